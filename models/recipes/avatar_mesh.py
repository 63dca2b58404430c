"""The cast: characters on the ICT-FaceKit head (MIT), deformed, painted and thinned out to what a picture of 256 px shows.

    template = Template(Head("data/ict_facekit.npz"))
    character = template.character(CAST["ada"])

A character is arrays in the model frame (x to the person's left, y up, z out of the face; cm): see `Character`.
"""

import heapq
from dataclasses import dataclass, field

import cv2
import numpy as np

import avatar_rig as rig
from head import BACK, GUMS, SKIN, TEETH, TEXTURE_ORIGIN, TEXTURE_SCALE, TEXTURE_SHAPE
from skin import Skins

TEXTURE_STEP = 2  # the painted texture is halved for the character
# Kinds of parts, as the renderer shades them.
FACE, MOUTH, TOOTH, HAIR, EYE, FRAME = "skin", "mouth", "teeth", "hair", "eye", "frame"


@dataclass
class Part:
    """One material: positions [n, 3], triangles [m, 3], a colour (linear) and maybe a texture with its coordinates (0..1)."""

    kind: str
    positions: np.ndarray
    triangles: np.ndarray
    colour: tuple
    uv: np.ndarray | None = None
    texture: np.ndarray | None = None  # uint8 sRGB [h, w, 3]
    shapes: dict = field(default_factory=dict)  # name -> delta [n, 3]
    tints: dict = field(default_factory=dict)  # name -> delta of the vertex colour [n, 3] (wrinkles)
    eye: str | None = None  # "Left", "Right": turns with the gaze about `pivot`
    pivot: np.ndarray | None = None


@dataclass
class Character:
    name: str
    parts: list
    eyes: dict  # side -> (centre [3], radius): lids stay outside
    frame: tuple  # (centre [3], side): the face square of the neutral face
    source: str = "ICT-FaceKit (MIT); paint and shapes by EDIN (Apache-2.0)"


def srgb(code):
    return (np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255.0) ** 2.2


def to_srgb(linear):
    return (np.clip(linear, 0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8)


# Shape: jaw and crown widen the lower and upper head, long stretches it; eyes, nose, mouth scale about their own centres.
CAST = {
    "ada": dict(seed=11, spread=0.8, jaw=-0.16, crown=0.12, long=0.0, eyes=1.45, nose=0.72, mouth=1.05, skin="f2c6a5", lip="c4565a", hair="6b2f1c", style="bob", iris="3f8f4f", brow=0.3, blush=0.5),
    "bruno": dict(seed=23, spread=1.1, jaw=0.28, crown=-0.08, long=-0.05, eyes=1.1, nose=1.3, mouth=1.2, skin="c98b62", lip="9a5648", hair="1c1512", style="crop", iris="6a4426", brow=0.75, beard=True),
    "chidi": dict(seed=37, spread=1.0, jaw=0.02, crown=0.05, long=0.12, eyes=1.3, nose=1.1, mouth=1.25, skin="7d4e33", lip="5a2724", hair="0d0b0a", style="afro", iris="3a2414", brow=0.5),
    "dora": dict(seed=41, spread=1.0, jaw=0.12, crown=0.0, long=-0.14, eyes=1.4, nose=0.8, mouth=0.98, skin="f6d7c3", lip="d4707a", hair="d99a3a", style="buns", iris="3b78b5", brow=0.4, blush=0.9, freckles=True),
    "egon": dict(seed=53, spread=1.2, jaw=-0.05, crown=0.02, long=0.2, eyes=1.15, nose=1.45, mouth=1.0, skin="e8bfa0", lip="b06a5e", hair="8f8c86", style="bald", iris="5b6a78", brow=0.85, glasses=True),
    "fumi": dict(seed=67, spread=0.9, jaw=-0.10, crown=0.14, long=-0.06, eyes=1.55, nose=0.62, mouth=0.95, skin="f0cfa8", lip="cf6a62", hair="5a2f9a", style="mohawk", iris="7a3fa0", brow=0.4),
    "gob": dict(seed=71, spread=1.6, jaw=0.18, crown=-0.16, long=0.0, eyes=1.4, nose=1.7, mouth=1.3, skin="7fae5a", lip="4d7a3c", hair="2c3a1e", style="bald", iris="d0961a", brow=0.65),
    "hana": dict(seed=83, spread=1.1, jaw=-0.2, crown=0.08, long=0.08, eyes=1.5, nose=0.68, mouth=0.95, skin="8a5a3c", lip="a03a4a", hair="b5341f", style="long", iris="2f8f8a", brow=0.35),
}  # fmt: skip
STYLES = ["bob", "crop", "afro", "buns", "bald", "mohawk", "long"]
HAIR_BLOBS = {  # centre, radii in cm, model frame
    "bob": [((0, 5.5, -1.0), (9.8, 9.5, 9.2)), ((-8.2, -1.5, 0.2), (2.6, 7.5, 4.0)), ((8.2, -1.5, 0.2), (2.6, 7.5, 4.0)), ((0, 11.2, 4.6), (7.0, 2.6, 4.4))],
    "crop": [((0, 7.0, -1.2), (8.6, 7.4, 8.6)), ((0, 11.6, 4.0), (6.2, 2.0, 4.0))],
    "afro": [((0, 8.6, -2.6), (12.5, 11.0, 10.4))],
    "buns": [((0, 6.2, -1.2), (9.0, 8.4, 9.0)), ((-7.5, 14.5, -1), (4, 4, 4)), ((7.5, 14.5, -1), (4, 4, 4)), ((-3.5, 11.2, 5.2), (4.4, 2.0, 3.4)), ((3.5, 11.2, 5.2), (4.4, 2.0, 3.4))],
    "bald": [],
    "mohawk": [((0, 12.6, 4.2), (1.7, 3.4, 4.6)), ((0, 13.4, 0.4), (1.8, 4.6, 5.4)), ((0, 12.0, -5.0), (1.8, 5.0, 6))],
    "long": [((0, 5.4, -1.2), (9.7, 9.8, 9.2)), ((-8.0, -6, -1.5), (3.0, 13, 4.2)), ((8.0, -6, -1.5), (3.0, 13, 4.2)), ((-3.8, 11.6, 4.0), (4.6, 2.4, 4.6)), ((4.2, 11.6, 4.0), (4.2, 2.4, 4.6))],
}  # fmt: skip


def random_spec(rng):
    """A character that nobody designed: for training."""
    tones = np.array([[0.95, 0.78, 0.65], [0.8, 0.56, 0.4], [0.5, 0.32, 0.21], [0.94, 0.84, 0.76], [0.5, 0.68, 0.35], [0.45, 0.55, 0.8], [0.75, 0.5, 0.75]])
    skin = tones[rng.choice(7, p=[0.25, 0.2, 0.2, 0.2, 0.05, 0.05, 0.05])] * rng.uniform(0.85, 1.05, 3)
    code = lambda v: "".join(f"{int(np.clip(x, 0, 1) * 255):02x}" for x in v)
    hair = rng.uniform(0.03, 0.9, 3) if rng.uniform() < 0.3 else np.array([0.5, 0.33, 0.2]) * rng.uniform(0.1, 1.6)
    return dict(seed=int(rng.integers(1e6)), spread=rng.uniform(0.7, 1.6), jaw=rng.uniform(-0.2, 0.28), crown=rng.uniform(-0.17, 0.15),
                long=rng.uniform(-0.15, 0.2), eyes=rng.uniform(1.05, 1.55), nose=rng.uniform(0.62, 1.7), mouth=rng.uniform(0.9, 1.35),
                skin=code(skin), lip=code(skin * [0.85, 0.5, 0.55]), hair=code(hair), style=str(rng.choice(STYLES)),
                iris=code(rng.uniform(0.15, 0.75, 3)), brow=rng.uniform(0.3, 0.9), blush=rng.uniform(0, 0.9), beard=rng.uniform() < 0.2,
                glasses=rng.uniform() < 0.15, freckles=rng.uniform() < 0.2)  # fmt: skip


def sphere(rows=10, columns=16):
    """Unit sphere with its poles on the z axis: positions, outward triangles."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, rows + 1), np.arange(columns) * 2 * np.pi / columns, indexing="ij")
    points = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], -1).reshape(-1, 3)
    triangles = []
    for i in range(rows):
        for j in range(columns):
            a, b, c, d = i * columns + j, i * columns + (j + 1) % columns, (i + 1) * columns + j, (i + 1) * columns + (j + 1) % columns
            triangles += [[a, c, b], [b, c, d]]
    return points.astype(np.float32), np.array(triangles, np.int32)


def torus(rx, ry, thick, rows=28, columns=6):
    """A ring in the x, y plane."""
    t, s = np.meshgrid(np.arange(rows) * 2 * np.pi / rows, np.arange(columns) * 2 * np.pi / columns, indexing="ij")
    out = np.stack([np.cos(t) * (rx + thick * np.cos(s)), np.sin(t) * (ry + thick * np.cos(s)), thick * np.sin(s)], -1).reshape(-1, 3)
    triangles = []
    for i in range(rows):
        for j in range(columns):
            a, b = i * columns + j, i * columns + (j + 1) % columns
            c, d = (i + 1) % rows * columns + j, (i + 1) % rows * columns + (j + 1) % columns
            triangles += [[a, c, b], [b, c, d]]
    return out.astype(np.float32), np.array(triangles, np.int32)


def thin(points, triangles, weight, target):
    """Half-edge collapses by quadric error (Garland and Heckbert 1997) until `target` vertices are left; vertices stay where
    they are, so that every shape of the full mesh serves the thin one. `weight` [n] makes a vertex dear; edges of the mesh stay.

    Returns (kept vertex indices, triangles over them).
    """
    n = len(points)
    corners = points[triangles].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    planes = np.c_[normals / area, -((normals / area) * corners[:, 0]).sum(1, keepdims=True)]
    outer = planes[:, :, None] * planes[:, None, :] * area[:, :, None]
    quadrics = np.zeros((n, 4, 4))
    for k in range(3):
        np.add.at(quadrics, triangles[:, k], outer)
    count = {}
    for a, b, c in triangles.tolist():
        for e in ((a, b), (b, c), (c, a)):
            key = min(e), max(e)
            count[key] = count.get(key, 0) + 1
    border = np.zeros(n, bool)
    for (a, b), k in count.items():
        if k == 1:
            border[[a, b]] = True
    faces = [list(t) for t in triangles.tolist()]
    around = [set() for _ in range(n)]
    for i, t in enumerate(faces):
        for v in t:
            around[v].add(i)
    version, alive = np.zeros(n, int), np.ones(n, bool)
    used = np.unique(triangles)
    flat = np.c_[points, np.ones(n)]

    def best(v):
        out = None
        for u in {w for i in around[v] for w in faces[i]} - {v}:
            q = quadrics[v] + quadrics[u]
            cost = (flat[u] @ q @ flat[u] + 1e-4 * ((points[u] - points[v]) ** 2).sum()) * weight[v]
            if out is None or cost < out[0]:
                out = cost, u
        return out

    heap = []
    for v in used:
        if not border[v]:
            b = best(v)
            if b:
                heap.append((b[0], int(v), b[1], 0))
    heapq.heapify(heap)
    left = len(used)
    while left > target and heap:
        _, v, u, at = heapq.heappop(heap)
        if not alive[v] or at != version[v]:
            continue
        if not alive[u]:
            b = best(v)
            if b:
                heapq.heappush(heap, (b[0], v, b[1], int(version[v])))
            continue
        moved = [i for i in around[v] if u not in faces[i]]
        flips = False
        for i in moved:
            t = points[faces[i]].astype(np.float64)
            s = points[[u if w == v else w for w in faces[i]]].astype(np.float64)
            a, b = np.cross(t[1] - t[0], t[2] - t[0]), np.cross(s[1] - s[0], s[2] - s[0])
            if a @ b < 0.2 * np.linalg.norm(a) * np.linalg.norm(b):
                flips = True
                break
        rings = [{w for i in around[x] for w in faces[i]} for x in (u, v)]
        if flips or len((rings[0] & rings[1]) - {u, v}) != 2:
            version[v] += 1
            continue
        for i in list(around[v]):
            if u in faces[i]:
                for w in faces[i]:
                    around[w].discard(i)
                faces[i] = None
            else:
                faces[i] = [u if w == v else w for w in faces[i]]
                around[u].add(i)
        alive[v] = False
        quadrics[u] += quadrics[v]
        weight[u] = max(weight[u], weight[v])
        left -= 1
        for w in {w for i in around[u] for w in faces[i]}:
            if alive[w] and not border[w]:
                version[w] += 1
                b = best(w)
                if b:
                    heapq.heappush(heap, (b[0], int(w), b[1], int(version[w])))
    kept = np.array([v for v in used if alive[v]])
    index = np.full(n, -1)
    index[kept] = np.arange(len(kept))
    return kept, index[np.array([t for t in faces if t is not None])].astype(np.int32)


class Template:
    """What all characters share: the thinned head, masks of the paint, ARKit's shapes on it."""

    def __init__(self, head, skin_vertices=3900):
        self.head = head
        self.skins = Skins(head)
        marks = head.neutral[head.landmark68]
        self.wrinkles = wrinkles(head.neutral, marks, 5)
        self.groups = {}
        for kind, which, target in ((FACE, (SKIN, BACK), skin_vertices), (MOUTH, (GUMS,), 420), (TOOTH, (TEETH,), 700)):
            triangles = head.triangles[np.isin(head.material, which)]
            weight = np.ones(len(head.neutral))
            if kind == FACE:
                away = np.min(np.linalg.norm(head.neutral[:, None] - marks[None, 17:], axis=2), axis=1)
                inner = np.min(np.linalg.norm(head.neutral[:, None] - marks[None, 36:], axis=2), axis=1)
                weight = 1 + 60 * np.exp(-((inner / 0.9) ** 2)) + 12 * np.exp(-((away / 1.6) ** 2))
                folds = sum(self.wrinkles.values())
                weight += 25 * np.clip(folds, 0, 1)
                weight[(head.neutral[:, 2] < 0) | (head.neutral[:, 1] < -8.5)] *= 0.1
            self.groups[kind] = thin(head.neutral, triangles, weight, target)
        self.deltas = {}
        for name in rig.SHAPES:
            delta = np.zeros_like(head.neutral)
            for part, value in rig.ict(np.eye(len(rig.SHAPES))[rig.INDEX[name]]).items():
                moved, by = head.expression[part]
                delta[moved] += value * by
            self.deltas[name] = delta

    def character(self, spec, name=""):
        """The `Character` of a spec of CAST or `random_spec`."""
        head, rng = self.head, np.random.default_rng(spec["seed"])
        weights = np.clip(rng.normal(0, spec["spread"], 100), -2.6, 2.6).astype(np.float32)
        base = head.neutral + (weights @ head.identity).reshape(-1, 3)
        marks = base[head.landmark68]
        balls = [eyeball(base[s]) for s in head.sclera]  # right, left
        # Mouths whose corners droop or rise at rest read as sad or happy: bring them to the template's height.
        bow = lambda v: float(v[[48, 54], 1].mean() - v[[62, 66, 51, 57], 1].mean())
        off = bow(head.neutral[head.landmark68]) - bow(marks) + 0.06
        way = "mouthSmile" if off > 0 else "mouthFrown"
        lift = sum(self.deltas[way + s] for s in ("Left", "Right"))
        per = bow((base + lift)[head.landmark68]) - bow(marks)
        base = base + np.clip(off / per, 0, 0.6) * lift
        # Lids a little open: characters look awake.
        opened = base + 0.28 * (self.deltas["eyeWideLeft"] + self.deltas["eyeWideRight"])
        warp = Warp(spec, base[head.landmark68], balls)
        rest = warp(opened)
        eyes = {side: warp.ball(i) for i, side in ((0, "Right"), (1, "Left"))}
        rest = self._outside(rest, eyes)
        shapes = {}
        for shape, delta in self.deltas.items():
            # A blink starts from lids that the eyes' size has opened wider.
            gain = 1.0 if shape.startswith(("jaw", "eyeLook", "eyeBlink")) else 1.75 if shape.startswith("brow") else 1.3
            start = opened if not shape.startswith("eyeBlink") else base
            moved = self._outside(warp(start + gain * delta), eyes)
            shapes[shape] = moved - rest
        parts = [self._part(kind, spec, rest, shapes, warp) for kind in self.groups]
        parts += self._eyes(spec, eyes) + hair_of(spec, rest[head.landmark68], lambda y: warp.y0 + (y - warp.y0) * (1 + spec["long"]))
        points = rest[head.landmark68]
        return Character(name, parts, eyes, face_frame(points))

    def _outside(self, points, eyes):
        """Lids stay outside the eyeballs."""
        out = points.copy()
        for near, side in zip(self.head._near_eyes, ("Right", "Left")):
            centre, radius = eyes[side]
            offset = out[near] - centre.astype(np.float32)
            distance = np.linalg.norm(offset, axis=1)
            inside = (distance < radius + 0.05) & (offset[:, 2] > 0)
            offset[inside] *= ((radius + 0.05) / distance[inside])[:, None]
            out[near] = offset + centre.astype(np.float32)
        return out

    def _part(self, kind, spec, rest, shapes, warp):
        kept, triangles = self.groups[kind]
        cut = {n: d[kept] for n, d in shapes.items()}
        part = Part(kind, rest[kept], triangles, (1.0, 1.0, 1.0), shapes={n: d for n, d in cut.items() if np.abs(d).max() > 0.004})
        if kind == FACE:
            size = np.array([TEXTURE_SHAPE[1], TEXTURE_SHAPE[0]])
            part.uv = (self.head.texture_at[kept, :2] / size).astype(np.float32)
            part.texture = to_srgb(self._paint(spec))
            shade = srgb(spec["skin"])
            for name, dark in self.wrinkles.items():
                part.tints[name] = (-dark[kept, None] * (0.75 - 0.3 * shade)).astype(np.float32)
        elif kind == TOOTH:
            part.colour = (0.86, 0.84, 0.76)
        else:
            part.colour = (0.5, 0.12, 0.13)
        return part

    def _paint(self, spec):
        rng, skins = np.random.default_rng(spec["seed"] + 1), self.skins
        albedo = np.broadcast_to(srgb(spec["skin"]), (*TEXTURE_SHAPE, 3)).astype(np.float32).copy()
        mix = lambda k, colour: albedo * (1 - k[..., None]) + colour * k[..., None]
        if spec.get("blush"):
            albedo = mix(spec["blush"] * np.clip(skins.cheeks, 0, 1) ** 1.5 * 0.4, srgb("e0605a"))
        if spec.get("freckles"):
            spots = np.zeros(TEXTURE_SHAPE, np.uint8)
            for centre in ((-4.0, 0.8), (4.0, 0.8), (0, 1.3)):
                for _ in range(9):
                    at = (np.array(centre) + rng.normal(0, 0.8, 2) - TEXTURE_ORIGIN * np.array([1, 1])) * [1, -1] * TEXTURE_SCALE
                    cv2.circle(spots, tuple(int(q) for q in at), 4, 255, -1, cv2.LINE_AA)
            albedo = mix(0.4 * spots / 255.0, srgb("8a5030"))
        albedo = mix(np.clip(skins.lips * 1.2, 0, 1), srgb(spec["lip"]))
        if spec.get("beard"):
            albedo = mix(np.clip(skins.beard * 1.1, 0, 1) * 0.8, srgb(spec["hair"]))
        brows = np.zeros(TEXTURE_SHAPE, np.uint8)
        for order in (range(17, 22), range(22, 27)):
            line = (skins.points[list(order)] + [0, 0.15] - TEXTURE_ORIGIN) * [1, -1] * TEXTURE_SCALE
            cv2.polylines(brows, [np.round(line * 8).astype(np.int32)], False, 255, max(3, int(spec["brow"] * 30)), cv2.LINE_AA, 3)
        albedo = mix(brows / 255.0, srgb(spec["hair"]) * 0.6)
        albedo = albedo * (1 - 0.85 * np.clip(skins.liner * 1.5, 0, 1))[..., None]
        return cv2.resize(albedo, None, fx=1 / TEXTURE_STEP, fy=1 / TEXTURE_STEP, interpolation=cv2.INTER_AREA)

    def _eyes(self, spec, eyes):
        ball, triangles = sphere(24, 20)
        out = []
        picture = iris_picture(srgb(spec["iris"]))
        for side, (centre, radius) in eyes.items():
            out.append(Part(EYE, ball * np.float32(radius) + centre.astype(np.float32), triangles, (1.0, 1.0, 1.0), eye_uv(ball), picture, eye=side, pivot=centre))
        return out


def wrinkles(p, marks, front_z):
    """Shape -> darkness 0..1 of each vertex of `p` in front of `front_z` where the skin folds at that shape; `marks` [68, 3]."""
    front = p[:, 2] > front_z

    def line(a, b, wide):
        a, b = np.asarray(a, float)[:2], np.asarray(b, float)[:2]
        t = np.clip(((p[:, :2] - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        away = np.linalg.norm(p[:, :2] - (a + t[:, None] * (b - a)), axis=1)
        return np.exp(-((away / wide) ** 2)) * front

    out = {}
    brow = marks[[21, 22]].mean(0)
    for side, s in (("Left", 1), ("Right", -1)):
        wing, corner = (marks[35], marks[54]) if s > 0 else (marks[31], marks[48])
        fold = line(wing + [0.5 * s, 0.4, 0], corner + [0.9 * s, 0.2, 0], 0.32)
        out["mouthSmile" + side] = 0.5 * fold
        out["noseSneer" + side] = 0.55 * line(wing + [0.4 * s, 0.5, 0], corner + [0.7 * s, 1.2, 0], 0.3) + 0.5 * line(brow + [0.45 * s, -1.6, 0], brow + [0.8 * s, -0.9, 0], 0.22)
        out["browDown" + side] = 0.75 * line(brow + [0.42 * s, -0.5, 0], brow + [0.5 * s, 0.8, 0], 0.2)
        out["mouthFrown" + side] = 0.4 * line(corner + [0.2 * s, -0.3, 0], corner + [0.7 * s, -1.3, 0], 0.25)
        eye = marks[45] if s > 0 else marks[36]
        out["cheekSquint" + side] = 0.35 * line(eye + [0.6 * s, 0, 0], eye + [1.4 * s, -0.3, 0], 0.2)
    out["browInnerUp"] = 0.45 * sum(line(brow + [-2.2, h, 0], brow + [2.2, h, 0], 0.2) for h in (1.7, 2.6))
    return out


def hair_of(spec, marks, raised):
    """Hair and glasses of a head with `marks` [68, 3]; `raised` maps heights as the head's length does."""
    out = []
    lift = 1 + spec.get("crown", 0) * 0.8
    ball, triangles = sphere()
    for centre, radii in HAIR_BLOBS[spec["style"]]:
        c = np.array(centre, np.float32) * [lift, 1, 1]
        c[1] = raised(c[1])
        r = np.array(radii, np.float32) * [lift, 1 + 0.5 * spec.get("long", 0), 1]
        out.append(Part(HAIR, (ball * r + c).astype(np.float32), triangles, tuple(srgb(spec["hair"]))))
    if spec.get("glasses"):
        for eye in (marks[36:42].mean(0), marks[42:48].mean(0)):
            ring, order = torus(2.7, 2.4, 0.14)
            out.append(Part(FRAME, (ring + eye + [0, -0.1, 1.9]).astype(np.float32), order, (0.02, 0.02, 0.025)))
        bridge, order = sphere(6, 8)
        middle = marks[36:48].mean(0)
        out.append(Part(FRAME, (bridge * [0.9, 0.14, 0.14] + middle + [0, 0.3, 2.0]).astype(np.float32), order, (0.02, 0.02, 0.025)))
    return out


def iris_picture(iris, size=96):
    """The eye as seen along its axis: iris, dark rim, pupil, white; uint8 sRGB [size, size, 3]."""
    at = (np.arange(size) + 0.5) / size - 0.5
    rho = np.hypot(*np.meshgrid(at, at)) / (1.6 * np.arcsin(0.56) / np.pi)
    white, rim = np.array([0.88, 0.88, 0.9]), iris * 0.3
    step = lambda edge: np.clip((rho - edge) / 0.05 + 0.5, 0, 1)[..., None]
    out = iris * (1 - step(0.86)) + rim * step(0.86)
    out = out * (1 - step(1.0)) + white * step(1.0)
    return to_srgb(np.array([0.01, 0.01, 0.012]) * (1 - step(0.5)) + out * step(0.5))


def eyeball(points):
    """(centre, radius) of the sphere through the back half of a sclera: no cornea."""
    points = points.astype(np.float64)
    points = points[points[:, 2] < np.median(points[:, 2])]
    solution = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def face_frame(marks):
    """(centre [3], side): the face square of models/README.md on the frontal neutral face, from 68 points in cm."""
    from common import face_square

    flat = np.stack([marks[:, 0], -marks[:, 1]], 1).astype(np.float64)
    cx, cy, side, _ = face_square(flat)
    return np.array([cx, -cy, float(marks[27:36, 2].mean())]), float(side)


class Warp:
    """Exaggeration as smooth maps of space, so that every shape follows."""

    def __init__(self, spec, marks, balls):
        self.spec, self.marks, self.balls = spec, marks.astype(np.float64), balls
        self.y0 = float(marks[33, 1])

    def _across(self, y):
        low = np.clip((self.marks[30, 1] - y) / 7.0, 0, 1.4)
        high = np.clip((y - self.marks[27, 1] - 1) / 8.0, 0, 1.2)
        return 1 + self.spec["jaw"] * low + self.spec["crown"] * high

    def __call__(self, points):
        s, out = self.spec, points.astype(np.float64)
        across = self._across(out[:, 1])

        def blow(p, centre, k, reach):
            away = p - centre
            return p + away * (k - 1) * np.exp(-((away / reach) ** 2).sum(1))[:, None]

        out = blow(out, self.marks[30] - [0, 0, 0.8], s["nose"], np.array([2.6, 2.6, 3.2]))
        out = blow(out, self.marks[[51, 57]].mean(0), s["mouth"], np.array([4.0, 3.0, 3.5]))
        for centre, radius in self.balls:
            out = blow(out, centre + [0, 0, radius], s["eyes"], np.array([2.6, 2.4, 4.0]))
        out[:, 0] *= across
        out[:, 1] = self.y0 + (out[:, 1] - self.y0) * (1 + s["long"])
        return out.astype(np.float32)

    def ball(self, i):
        """(centre, radius) of an eyeball that fills its lids after the warp."""
        centre, radius = self.balls[i]
        k = 1 + (self.spec["eyes"] - 1) * 0.85
        front = centre + [0, 0, radius]
        y = self.y0 + (front[1] - self.y0) * (1 + self.spec["long"])
        return np.array([centre[0] * float(self._across(np.array([centre[1]]))[0]), y, front[2] - radius * k + 0.1 * (k - 1)]), radius * k


def eye_uv(ball):
    """Where the points of a unit ball lie in the picture of an eye: by their distance from the pole that looks out of the face."""
    ring, around = np.arccos(np.clip(ball[:, 2], -1, 1)) / np.pi, np.arctan2(ball[:, 1], ball[:, 0])
    reach = np.minimum(ring * 1.6, 0.49)
    return np.stack([0.5 + np.cos(around) * reach, 0.5 - np.sin(around) * reach], 1).astype(np.float32)
