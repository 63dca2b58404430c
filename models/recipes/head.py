"""The ICT-FaceKit head as arrays: identities, expressions, eyeballs, landmarks.

Model frame: x to the person's left, y up, z out of the face, in cm. The person's left eye has x > 0.
"""

import numpy as np

from raster import blank, draw_triangles, vertex_normals

SKIN, BACK, GUMS, TEETH, LASHES = 0, 1, 2, 3, 4
BEHIND = 2.2  # how far behind the outline of the front view a turned head still shows its jaw, in cm
TEXTURE_SCALE = 25  # texture pixels per cm
TEXTURE_ORIGIN = (-10.24, 13.5)  # model x, y of the texture's first pixel
TEXTURE_SHAPE = (576, 512)


class Head:
    """`Head(path to ict_facekit.npz)`; `person()` draws an identity, `pose()` moves it.

    With `eyes_only` the mesh ends around the eyes, brows and nose: for single eyes, several times faster. Landmarks
    outside it are then meaningless.
    """

    def __init__(self, path, eyes_only=False):
        data = np.load(path)
        quads, material, names = data["faces"], data["face_material"], list(data["materials"])
        kinds = {"M_Face": SKIN, "M_BackHead": BACK, "M_GumsTongue": GUMS, "M_Teeth": TEETH, "M_EyeLashes": LASHES}
        wanted = np.isin(material, [names.index(n) for n in kinds])
        to_kind = np.array([kinds.get(n, 0) for n in names])
        if eyes_only:
            x, y, z = data["neutral"].T
            near = (y > -0.6) & (y < 8.5) & (z > 3.0) & (np.abs(x) < 7.6)
            wanted &= near[quads[:, :3]].all(1) & (quads[:, 3] < 0) | wanted & near[np.maximum(quads, 0)].all(1) & (quads[:, 3] >= 0)
            wanted &= ~np.isin(to_kind[material], [GUMS, TEETH])
        sclera = {side: np.unique(quads[material == names.index(f"M_Sclera{side}")]) for side in ("Left", "Right")}
        sclera = {side: v[v >= 0] for side, v in sclera.items()}
        kept = np.unique(quads[wanted])
        kept = np.union1d(kept[kept >= 0], np.concatenate(list(sclera.values())))
        index = np.full(len(data["neutral"]), -1)
        index[kept] = np.arange(len(kept))
        q, k = quads[wanted], to_kind[material[wanted]]
        second = q[:, 3] >= 0
        triangles = np.concatenate([q[:, :3], q[second][:, [0, 2, 3]]])
        kind = np.concatenate([k, k[second]])
        triangles = index[triangles].astype(np.int32)
        lashes = triangles[kind == LASHES]
        self.triangles = np.ascontiguousarray(triangles[kind != LASHES])
        self.material = np.ascontiguousarray(kind[kind != LASHES].astype(np.int32))
        self.neutral = data["neutral"][kept].astype(np.float32)
        upper = self.neutral[lashes, 1].mean(1) > 3.35
        self.lashes = np.ascontiguousarray(lashes[upper]), np.ascontiguousarray(lashes[~upper])
        self.sclera = [index[sclera["Right"]], index[sclera["Left"]]]  # the order of the landmarks
        self.lash_tip = np.zeros(len(self.neutral), np.float32)  # 0 at the root, 1 at the tip
        for side, s in zip((-1, 1), self.sclera):
            card = np.unique(lashes)
            card = card[self.neutral[card, 0] * side > 0]
            away = np.linalg.norm(self.neutral[card] - self.neutral[s].mean(0), axis=1)
            self.lash_tip[card] = np.clip((away - away.min()) / (np.percentile(away, 97) - away.min()), 0, 1)
        scale = data["identity_scale"].astype(np.float32)
        self.identity = (data["identity"][:, kept].astype(np.float32) * scale[:, None, None]).reshape(100, -1)
        scale = data["expression_scale"].astype(np.float32)
        self.names = [str(n) for n in data["expression_names"]]
        self.expression = {}
        for i, name in enumerate(self.names):
            delta = data["expression"][i, kept].astype(np.float32) * scale[i]
            moved = np.flatnonzero(np.abs(delta).max(1) > (0.02 if eyes_only else 1e-4))
            self.expression[name] = (moved, np.ascontiguousarray(delta[moved]))
        self.landmark68 = index[data["landmark68"]]
        self._near_eyes = [
            np.flatnonzero((np.linalg.norm(self.neutral - c, axis=1) < 2.4) & (self.neutral[:, 2] > 7.2))
            for c in (self.neutral[s].mean(0) for s in self.sclera)
        ]
        self._near_eyes = [v[~np.isin(v, self.sclera[i])] for i, v in enumerate(self._near_eyes)]
        x, y, z = self.neutral.T
        texture = np.stack([(x - TEXTURE_ORIGIN[0]) * TEXTURE_SCALE, (TEXTURE_ORIGIN[1] - y) * TEXTURE_SCALE, 0 * x], 1)
        self.texture_at = texture.astype(np.float32)
        self.parallels = None if eyes_only else self._parallels(triangles[kind == SKIN])
        self.occlusion = self._occlusion()

    def _parallels(self, skin):
        """For each jaw point the skin from it inwards, along a ray of the face as seen from the front, and that ray's
        direction (x right and y down in the picture); beside the cheeks also the skin behind the point, up to the ear. The
        outline of a turned head lies somewhere on it."""
        flat, depth = self.neutral[:, :2], self.neutral[:, 2]
        skin = np.unique(skin)
        centre = flat[self.landmark68[27:31]].mean(0)
        out = []
        for jaw in self.landmark68[:17]:
            ray = flat[jaw] - centre
            length = np.linalg.norm(ray)
            ray /= length
            offset = flat[skin] - centre
            along, across = offset @ ray, offset @ [-ray[1], ray[0]]
            inner = (along > 0.4 * length) & (along < length) & (depth[skin] > depth[jaw] - 0.3)
            behind = BEHIND * ray[0] ** 2
            outer = (along > 0.8 * length) & (along < 1.04 * length) & (depth[skin] < depth[jaw]) & (depth[skin] > depth[jaw] - behind)
            near = (np.abs(across) < 0.3) & (inner | outer)
            out.append((np.append(skin[near], jaw), ray * [1, -1]))
        return out

    def grow_hair(self, rng, vertices):
        """Random hairline and volume: moves `vertices` outwards, returns hairiness per vertex (0..1)."""
        x, y, z = self.neutral.T
        parting = rng.uniform(-3, 3)
        hairline = rng.uniform(8.6, 11.5) - rng.uniform(0.0, 0.05) * (x - parting) ** 2
        cap = np.clip((y - hairline) / rng.uniform(0.2, 1.2), 0, 1)
        behind = np.clip((rng.uniform(-0.5, 2.0) - z) / 1.5, 0, 1) * np.clip((y + rng.uniform(-1, 3)) / 2.0, 0, 1)
        hair = np.maximum(cap, behind) if rng.uniform() < 0.92 else np.zeros_like(x)
        hair[(np.abs(x) > 7.3) & (np.abs(y - 1.5) < 4.2) & (z > -1.5) & (z < 4.5)] = 0
        volume = rng.uniform(0.1, 2.6) * (0.6 + 0.4 * np.sin(rng.uniform(0.2, 0.9) * x + rng.uniform(0, 6)))
        away = np.stack([x, 0.8 * (y - 3), z - 1], 1)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        vertices += (hair * np.clip(volume, 0.05, 3))[:, None] * away
        return hair.astype(np.float32)

    def person(self, rng, spread=1.0):
        """Vertices and eyeballs of a person drawn from the identity shapes."""
        weights = np.clip(rng.normal(0, spread, 100), -2.2, 2.2).astype(np.float32)
        vertices = self.neutral + (weights @ self.identity).reshape(-1, 3)
        eyes = []
        for sclera in self.sclera:
            points = vertices[sclera].astype(np.float64)
            points = points[points[:, 2] < np.median(points[:, 2])]  # the back half: no cornea
            system = np.c_[2 * points, np.ones(len(points))]
            solution = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
            centre = solution[:3]
            eyes.append((centre, float(np.sqrt(solution[3] + centre @ centre))))
        return {"vertices": vertices, "eyes": eyes, "hair": self.grow_hair(rng, vertices)}

    def pose(self, person, expression):
        """Vertices of a person with expression weights {name: weight}; lids stay outside the eyeballs."""
        vertices = person["vertices"].copy()
        for name, weight in expression.items():
            if weight and len(self.expression[name][0]):
                moved, delta = self.expression[name]
                vertices[moved] += np.float32(weight) * delta
        for near, (centre, radius) in zip(self._near_eyes, person["eyes"]):
            offset = vertices[near] - centre.astype(np.float32)
            distance = np.linalg.norm(offset, axis=1)
            least = radius + 0.04
            inside = (distance < least) & (offset[:, 2] > 0)
            offset[inside] *= (least / distance[inside])[:, None]
            vertices[near] = offset + centre.astype(np.float32)
        return vertices

    def _occlusion(self, directions=64, size=160):
        """Share of the sky that each vertex sees on the neutral head."""
        golden = np.pi * (3 - np.sqrt(5))
        normals = np.empty_like(self.neutral)
        vertex_normals(self.neutral, self.triangles, normals)
        seen = np.zeros(len(self.neutral))
        total = np.full(len(self.neutral), 1e-6)
        solid = self.triangles[self.material <= BACK]
        for i in range(directions):
            z = 1 - (i + 0.5) * 2 / directions
            r = np.sqrt(1 - z * z)
            d = np.array([r * np.cos(i * golden), r * np.sin(i * golden), z])  # towards the sky
            u = np.cross(d, [0.0, 1.0, 0.1])
            u /= np.linalg.norm(u)
            v = np.cross(d, u)
            flat = np.stack([self.neutral @ u, self.neutral @ v, -self.neutral @ d], 1)
            flat[:, :2] = (flat[:, :2] + 20) * size / 40
            depth, owner, weights = blank(size, size)
            draw_triangles(flat.astype(np.float32), solid, depth, owner, weights)
            x, y = np.clip(flat[:, :2].astype(int), 0, size - 1).T
            visible = flat[:, 2] < depth[y, x] + 0.45
            lambert = np.maximum(0, normals @ d)
            seen += lambert * visible
            total += lambert
        return (0.25 + 0.75 * np.clip(seen / total, 0, 1)).astype(np.float32)
