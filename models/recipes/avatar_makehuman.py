"""Characters on MakeHuman's base head (CC0) with ARKit's shapes of TalkingHead (MIT): heads that no ICT head can be.

    head = MakeHuman("data/makehuman_head_cc0.npz")
    character = head.character(HEADS["ines"], "ines")

Everything is brought into the frame of avatar_mesh.py (cm, eyes where an ICT head has them), so that hair, light and camera serve both.
"""

import cv2
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

import avatar_rig as rig
from avatar_mesh import EYE, FACE, MOUTH, TEXTURE_STEP, TOOTH, Character, Part, eye_uv, face_frame, hair_of, iris_picture, sphere, srgb, thin, to_srgb, wrinkles
from head import TEXTURE_ORIGIN, TEXTURE_SCALE, TEXTURE_SHAPE

# `targets`: MakeHuman's own, by name; a side that is left out stands for both.
HEADS = {
    "ines": dict(targets={"macrodetails/asian-female-old": 0.7, "head/head-age-incr": 0.5, "head/head-round": 0.6, "head/head-fat-incr": 0.5, "neck/neck-double-incr": 0.6, "eyes/eye-bag-incr": 0.7}, eyes=1.3, lined=0.5, skin="e6b58c", lip="b5595a", hair="c9c9cf", style="bob", iris="4a3524", brow=0.52, blush=0.5),
    "jori": dict(targets={"macrodetails/caucasian-male-young": 0.6, "head/head-triangular": 0.8, "ears/ear-shape-pointed": 1.0, "ears/ear-scale-vert-incr": 1.0, "ears/ear-scale-incr": 0.8, "ears/ear-wing-incr": 0.7, "chin/chin-triangle": 0.7, "nose/nose-scale-vert-decr": 0.4}, eyes=1.55, skin="8fb6d9", lip="5a7fb0", hair="f2f2f5", style="mohawk", iris="e8b020", brow=0.5),
}  # fmt: skip
EYES, MOUTH_HEIGHT = np.array([0.0, 3.64, 8.6]), 7.2  # of an ICT head: between the eyeballs' fronts; eyes to mouth
NECK = 20.0  # cm below the eyes where the head ends
GAIN = {"jaw": 1.0, "eyeLook": 1.0, "eyeBlink": 1.05, "brow": 1.7, "noseSneer": 3.0, "mouthUpperUp": 2.4, "mouthSmile": 1.6, "mouthStretch": 1.8, "cheekSquint": 1.8}


class MakeHuman:
    def __init__(self, path):
        with np.load(path) as data:
            self.data = {key: data[key] for key in data.files}
        self.base = self.data["base"].astype(np.float64) * 10
        self.names = {str(name): i for i, name in enumerate(self.data["target_names"])}
        self.group = {str(name): i for i, name in enumerate(self.data["groups"])}

    def target(self, name):
        """(vertices, deltas in cm)."""
        i = self.names[name]
        rows = slice(self.data["target_offset"][i], self.data["target_offset"][i + 1])
        return self.data["target_index"][rows].astype(int), self.data["target_delta"][rows] * (10 * float(self.data["target_scale"][i]))

    def delta(self, name):
        out = np.zeros_like(self.base)
        vertices, by = self.target(name)
        out[vertices] = by
        return out

    def own(self, name):
        """The delta of a target of HEADS."""
        if name in self.names:
            return self.delta(name)
        folder, rest = name.split("/", 1)
        return self.delta(f"{folder}/l-{rest}") + self.delta(f"{folder}/r-{rest}")

    def triangles(self, *groups):
        quads = self.data["faces"][np.isin(self.data["face_group"], [self.group[g] for g in groups])]
        out = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        return out[(out >= 0).all(1) & (out[:, 0] != out[:, 2])]

    def character(self, spec, name=""):
        points = self.base + sum(weight * self.own(target) for target, weight in spec["targets"].items())
        shapes = {shape: self.delta(f"arkit/{shape}") for shape in rig.SHAPES}
        marks_at = self.marks(shapes)
        # Into the frame of ICT heads.
        eyes = [self._eye(points, side) for side in ("r", "l")]
        front = np.mean([centre + [0, 0, radius] for centre, radius in eyes], 0)
        scale = MOUTH_HEIGHT / (front[1] - points[marks_at[[62, 66]], 1].mean())
        place = lambda p: (p - front) * scale + EYES
        points, shapes = place(points), {n: d * scale for n, d in shapes.items()}
        balls = {side: (place(centre), radius * scale) for side, (centre, radius) in zip(("Right", "Left"), eyes)}
        points, shapes, balls = self._eyes_larger(points, shapes, balls, spec["eyes"])
        marks = points[marks_at]
        points = points + 0.2 * (shapes["eyeWideLeft"] + shapes["eyeWideRight"])
        rest = outside(points, balls)
        moved = {}
        for shape, delta in shapes.items():
            gain = next((k for start, k in GAIN.items() if shape.startswith(start)), 1.3)
            moved[shape] = outside(points + gain * delta, balls) - rest
        folds = wrinkles(rest, marks, marks[30, 2] - 6)
        parts = [self._skin(spec, rest, moved, marks, folds)] + self._mouth(rest, moved, marks)
        ball, order = sphere(24, 20)
        parts += [Part(EYE, (ball * r + c).astype(np.float32), order, (1.0, 1.0, 1.0), eye_uv(ball), iris_picture(srgb(spec["iris"])), eye=side, pivot=c) for side, (c, r) in balls.items()]
        return Character(name, parts + hair_of(spec, marks, lambda y: y), balls, face_frame(marks), "MakeHuman (CC0), shapes of TalkingHead (MIT); paint by EDIN (Apache-2.0)")

    def marks(self, shapes):
        """Vertices [68] that stand for the iBUG points which are needed; the rest repeat them."""
        p, out = self.base, np.zeros(68, int)
        body = np.unique(self.triangles("body"))
        body = body[p[body, 1] > 58]
        size = lambda delta: np.linalg.norm(delta, axis=1)
        among = lambda chosen, of: chosen[of.argmax()]
        lips = body[(self.lips() > 0.3)[body]]
        out[48:68] = among(lips, -p[lips, 0])
        out[54] = among(lips, p[lips, 0])
        middle = lips[np.abs(p[lips, 0]) < 0.25]
        out[51], out[57] = among(middle, p[middle, 1]), among(middle, -p[middle, 1])
        upper = middle[size(shapes["mouthRollUpper"])[middle] > size(shapes["mouthRollLower"])[middle]]
        lower = np.setdiff1d(middle, upper)
        out[62], out[66] = among(upper, -p[upper, 1]), among(lower, p[lower, 1])
        out[27:36] = among(body, p[body, 2])
        for mark, side in ((31, "r"), (35, "l")):
            vertices, by = self.target("nose/nose-flaring-incr")
            s = vertices[(p[vertices, 0] > 0) == (side == "l")]
            out[mark] = among(s, np.abs(p[s, 0]))
        for start, side in ((36, "Right"), (42, "Left")):
            lid = body[(size(shapes["eyeBlink" + side]) > 0.05)[body]]
            lid = lid[np.abs(p[lid, 1] - p[lid, 1].mean()) < 1.0]
            outer, inner = lid[np.abs(p[lid, 0]).argmax()], lid[np.abs(p[lid, 0]).argmin()]
            first, last = (outer, inner) if side == "Right" else (inner, outer)
            out[[start, start + 1, start + 5]], out[start + 2 : start + 5] = first, last
        for start, side, s in ((17, "Right", -1), (22, "Left", 1)):
            brow = size(shapes["browDown" + side]) + size(shapes["browOuterUp" + side])
            ridge = body[(brow > 0.3 * brow.max())[body]]
            across = np.linspace(2.0, 5.0, 5) if s > 0 else np.linspace(-5.0, -2.0, 5)
            for k, x in enumerate(across * 0.95):
                near = ridge[np.abs(p[ridge, 0] - x) < 0.45]
                out[start + k] = among(near if len(near) else ridge, (brow[near] if len(near) else brow[ridge]))
        chin = body[(np.abs(p[body, 0]) < 0.2) & (p[body, 2] > 11) & (p[body, 1] < p[out[57], 1] - 1) & (p[body, 1] > p[out[57], 1] - 6)]
        out[1:16] = among(chin, p[chin, 2] - 1.2 * p[chin, 1])
        level = body[(np.abs(p[body, 1] - p[out[30], 1]) < 1) & (p[body, 2] > 5)]
        out[0], out[16] = among(level, -p[level, 0]), among(level, p[level, 0])
        return out

    def _eye(self, points, side):
        ball = points[np.unique(self.triangles(f"helper-{side}-eye"))]
        low, high = ball.min(0), ball.max(0)
        return (low + high) / 2 - [0, 0, 0.08], float((high - low)[1] / 2)

    def _eyes_larger(self, points, shapes, balls, k):
        """Eyes and lids blown up about the eyeballs' fronts, shapes too."""

        def blow(p):
            for centre, radius in balls.values():
                away = p - (centre + [0, 0, radius])
                p = p + away * (k - 1) * np.exp(-((away / [2.6, 2.4, 4.0]) ** 2).sum(1))[:, None]
            return p

        larger = blow(points)
        shapes = {n: blow(points + d) - larger for n, d in shapes.items()}
        grown = {side: (centre + [0, 0, radius * (1 - (1 + (k - 1) * 0.85)) + 0.1 * (k - 1)], radius * (1 + (k - 1) * 0.85)) for side, (centre, radius) in balls.items()}
        return larger, shapes, grown

    def _skin(self, spec, rest, moved, marks, folds):
        order = self.triangles("body")
        inside = self.inner_mouth()
        order = order[(rest[order, 1] > EYES[1] - NECK).all(1) & ~inside[order].all(1)]
        away = np.min(np.linalg.norm(rest[:, None] - marks[None, 17:], axis=2), axis=1)
        kept, order = thin(rest, order, 1 + 30 * np.exp(-((away / 2.0) ** 2)) + 20 * np.clip(sum(folds.values()), 0, 1), 3600)
        cut = {n: d[kept].astype(np.float32) for n, d in moved.items()}
        part = Part(FACE, rest[kept].astype(np.float32), order, (1.0, 1.0, 1.0), shapes={n: d for n, d in cut.items() if np.abs(d).max() > 0.004})
        size = np.array([TEXTURE_SHAPE[1], TEXTURE_SHAPE[0]])
        part.uv = (self.texture_at(part.positions) / size).clip(0, 1).astype(np.float32)
        part.texture = to_srgb(self._paint(spec, rest, marks))
        shade = srgb(spec["skin"])
        part.tints = {n: (-dark[kept, None] * (0.75 - 0.3 * shade)).astype(np.float32) for n, dark in folds.items()}
        return part

    def texture_at(self, points):
        return (points[:, :2] - TEXTURE_ORIGIN) * [1, -1] * TEXTURE_SCALE

    def lips(self):
        """How much a vertex is lip, 0..1: what makes lips fuller moves it."""
        size = sum(np.linalg.norm(self.delta(f"mouth/mouth-{lip}lip-volume-incr"), axis=1) for lip in ("upper", "lower"))
        return size / size.max()

    def inner_mouth(self):
        """Whether a vertex lies in the mouth: skin is in front of it."""
        body = np.unique(self.triangles("body"))
        body = body[((self.base[body] > [-3.4, 61.5, 4.5]) & (self.base[body] < [3.4, 69.5, 16])).all(1)]
        p, out = self.base[body], np.zeros(len(self.base), bool)
        near = np.linalg.norm(p[:, None, :2] - p[None, :, :2], axis=2) < 0.45
        ahead = np.where(near, p[None, :, 2], -np.inf).max(1) - p[:, 2]
        out[body] = ahead > 0.75
        # Nostrils and the fold under the chin are others; the mouth is the largest.
        edges = self.triangles("body")
        edges = edges[out[edges].all(1)]
        graph = coo_matrix((np.ones(2 * len(edges)), (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 2]])), shape=(len(out), len(out)))
        part = connected_components(graph, directed=False)[1]
        return out & (part == np.bincount(part[out]).argmax())

    def _mouth(self, rest, moved, marks):
        out = []
        for kind, colour, groups, order in (
            (MOUTH, (0.42, 0.09, 0.1), (), None), (TOOTH, (0.86, 0.84, 0.76), ("helper-upper-teeth", "helper-lower-teeth"), None), (MOUTH, (0.62, 0.2, 0.22), ("helper-tongue",), None),
        ):  # fmt: skip
            order = self.triangles(*groups) if groups else self.triangles("body")
            if not groups:
                inside = self.inner_mouth()
                order = order[inside[order].any(1)]
            kept, index = np.unique(order, return_inverse=True)
            shapes = {n: d[kept].astype(np.float32) for n, d in moved.items()}
            out.append(Part(kind, rest[kept].astype(np.float32), index.reshape(-1, 3).astype(np.int32), colour, shapes={n: d for n, d in shapes.items() if np.abs(d).max() > 0.004}))
        return out

    def _paint(self, spec, rest, marks):
        albedo = np.broadcast_to(srgb(spec["skin"]), (*TEXTURE_SHAPE, 3)).astype(np.float32).copy()
        mix = lambda k, colour: albedo * (1 - k[..., None]) + colour * k[..., None]
        order = self.triangles("body")
        order = order[(self.lips()[order] > 0.2).all(1)]
        at = self.texture_at(rest)
        if spec.get("blush"):
            y, x = np.mgrid[: TEXTURE_SHAPE[0], : TEXTURE_SHAPE[1]]
            for centre in ((-4.2, -0.4), (4.2, -0.4)):
                cx, cy = (np.array(centre) - TEXTURE_ORIGIN) * [1, -1] * TEXTURE_SCALE
                albedo = mix(spec["blush"] * 0.35 * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (1.6 * TEXTURE_SCALE) ** 2)), srgb("e0605a"))
        mask = np.zeros(TEXTURE_SHAPE, np.uint8)
        for t in order:
            cv2.fillConvexPoly(mask, np.round(at[t] * 8).astype(np.int32), 255, cv2.LINE_AA, 3)
        albedo = mix(cv2.GaussianBlur(mask, (0, 0), 1.5) / 255.0, srgb(spec["lip"]))
        brows = np.zeros(TEXTURE_SHAPE, np.uint8)
        for part in (range(17, 22), range(22, 27)):
            line = self.texture_at(marks[list(part)])
            cv2.polylines(brows, [np.round(line * 8).astype(np.int32)], False, 255, max(3, int(spec["brow"] * 30)), cv2.LINE_AA, 3)
        if spec.get("lined"):
            lines = np.zeros(TEXTURE_SHAPE, np.uint8)
            for s, wing, corner in ((-1, 31, 48), (1, 35, 54)):
                way = [marks[wing] + [0.5 * s, 0.3, 0], marks[corner] + [0.8 * s, 0.4, 0], marks[corner] + [0.7 * s, -0.9, 0]]
                cv2.polylines(lines, [np.round(self.texture_at(np.array(way)) * 8).astype(np.int32)], False, 255, 4, cv2.LINE_AA, 3)
            albedo = albedo * (1 - spec["lined"] * cv2.GaussianBlur(lines, (0, 0), 1.2) / 255.0)[..., None]
        albedo = mix(brows / 255.0, srgb(spec["hair"]) * 0.6)
        return cv2.resize(albedo, None, fx=1 / TEXTURE_STEP, fy=1 / TEXTURE_STEP, interpolation=cv2.INTER_AREA)


def outside(points, balls):
    """Lids stay outside the eyeballs."""
    out = points.copy()
    for centre, radius in balls.values():
        offset = out - centre
        distance = np.linalg.norm(offset, axis=1)
        inside = (distance < radius + 0.05) & (offset[:, 2] > 0)
        out[inside] = centre + offset[inside] * ((radius + 0.05) / distance[inside])[:, None]
    return out
