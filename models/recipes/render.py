"""Pictures of the ICT-FaceKit head with exact landmarks, gaze and eye openness.

    renderer = Renderer("data/ict_facekit.npz", backgrounds=load_backgrounds("data/lfw_A-H.zip"))
    sample = renderer.render(rng, 160)       # a whole face: image, landmarks, gaze, openness, pose
    sample = renderer.render_eye(rng, (60, 36), 1.25)   # one eye, framed as models/README.md frames it

    python3 render.py DATA contact-sheet.png
"""

import math
import sys
import zipfile

import cv2
import numpy as np
from PIL import Image

import camera as optics
import raster
from head import BACK, Head
from skin import Skins

IRIS = np.array([[0.035, 0.018, 0.009], [0.06, 0.03, 0.014], [0.11, 0.06, 0.025], [0.12, 0.11, 0.05], [0.10, 0.16, 0.2],
                 [0.16, 0.25, 0.34], [0.22, 0.25, 0.27]])
EXPRESSIONS = {
    "smile": {"mouthSmile": 0.8, "cheekSquint": 0.5, "cheekRaiser": 0.4, "mouthUpperUp": 0.3},
    "sad": {"mouthFrown": 0.8, "browInnerUp": 0.7, "mouthShrugLower": 0.3},
    "anger": {"browDown": 0.9, "eyeSquint": 0.4, "mouthPress": 0.6, "noseSneer": 0.4},
    "surprise": {"browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.7, "jawOpen": 0.5},
    "fear": {"browInnerUp": 0.8, "eyeWide": 0.8, "mouthStretch": 0.7, "jawOpen": 0.2},
    "disgust": {"noseSneer": 0.9, "mouthUpperUp": 0.7, "browDown": 0.4, "cheekRaiser": 0.3},
    "kiss": {"mouthPucker": 0.8, "mouthFunnel": 0.3},
    "talk": {"jawOpen": 0.35, "mouthLowerDown": 0.5, "mouthUpperUp": 0.3, "mouthFunnel": 0.3},
}
PERSON_LIVES = 12  # pictures before a renderer draws another person


def load_backgrounds(lfw_zip, count=500, seed=5):
    """Corners of LFW pictures, which show no face: up to `count` of uint8 [56, 56, 3]."""
    archive = zipfile.ZipFile(lfw_zip)
    names = sorted(n for n in archive.namelist() if n.endswith(".jpg"))
    rng = np.random.default_rng(seed)
    corners = []
    for name in rng.choice(names, min(count, len(names)), replace=False):
        picture = cv2.imdecode(np.frombuffer(archive.read(str(name)), np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        corner = picture[:56, :56] if rng.uniform() < 0.5 else picture[:56, -56:]
        if (corner.max(2) < 6).mean() < 0.01:  # the funnelled pictures have black borders
            corners.append(np.ascontiguousarray(corner))
    return corners


def angles_of(vector):
    """(pitch, yaw) in radians of a gaze vector, MPIIGaze convention."""
    x, y, z = vector / np.linalg.norm(vector)
    return math.asin(np.clip(-y, -1, 1)), math.atan2(-x, -z)


def vector_of(pitch, yaw):
    return np.array([-math.cos(pitch) * math.sin(yaw), -math.sin(pitch), -math.cos(pitch) * math.cos(yaw)])


class Renderer:
    """Keeps a person for a dozen pictures; every picture has its own pose, light, gaze and camera."""

    def __init__(self, model, backgrounds=(), lifetime=PERSON_LIVES):
        self.head = model if isinstance(model, Head) else Head(model)
        self.skins = Skins(self.head)
        self.backgrounds = list(backgrounds)
        self.lives, self.lifetime = 0, lifetime
        self.normals = np.empty((len(self.head.neutral), 3), np.float32)
        solid = self.head.triangles[self.head.material <= BACK]
        self._casting = np.ascontiguousarray(solid)

    def render(self, rng, size=160, gaze=None, blink=None, yaw_limit=60):
        """A face picture.

        Returns image uint8 [size, size, 3]; landmarks [68, 2] in its pixels; gaze (pitch, yaw) per eye (person's
        right, left) in radians, roll removed; openness per eye (eye aspect ratio) and blink weight per eye;
        pose (yaw, pitch, roll) of the head in degrees; identity (a number that tells persons apart). The points 0..16
        are the outline of the head as it is turned, as annotators of pictures draw it.
        """
        self._person(rng)
        # As people look into cameras, and as often evenly over all that the head can turn.
        turned = rng.uniform() < 0.5
        yaw = math.radians(rng.uniform(-yaw_limit, yaw_limit) if turned else np.clip(rng.normal(0, 0.3 * yaw_limit), -yaw_limit, yaw_limit))
        pitch = math.radians(np.clip(rng.normal(0, 14), -32, 32))
        roll = math.radians(np.clip(rng.normal(0, 10), -32, 32))
        scene = self._scene(rng, yaw, pitch, roll, gaze, blink, close=rng.uniform(25, 160))
        points = scene["points"]
        fill = rng.uniform(0.5, 0.88)
        landmarks = points[self.head.landmark68]
        flat = landmarks[:, :2] / landmarks[:, 2:]
        flat[:17] = self._outline(points, roll)
        low, high = flat.min(0), flat.max(0)
        focal = fill / (high - low).max()
        middle = (low + high) / 2 + rng.uniform(-1, 1, 2) * (1 - fill) * 0.5 / focal
        image = self._draw(rng, scene, focal, middle, (size, size), 2 if size <= 256 else 1)
        focal *= size
        centre = size / 2 - focal * middle
        marks = flat * focal + centre
        image = optics.occlude(rng, image, marks)
        image = optics.develop(rng, image)
        return self._labels(scene, image, marks, (yaw, pitch, roll))

    def render_eye(self, rng, size, crop_scale, gaze=None, blink=None, jitter=0.07, grey=False, yaw_limit=45, which=None):
        """One eye, framed by its landmarks as models/README.md says, with framing errors of `jitter`.

        Returns image uint8 [H, W, 3], gaze (pitch, yaw) in the frame of the crop, openness, blink, which, identity.
        """
        self._person(rng)
        which = int(rng.integers(2)) if which is None else which
        yaw = math.radians(np.clip(rng.normal(0, 0.42 * yaw_limit), -yaw_limit, yaw_limit))
        pitch = math.radians(np.clip(rng.normal(0, 12), -32, 32))
        scene = self._scene(rng, yaw, pitch, rng.normal(0, 0.03), gaze, blink, close=rng.uniform(35, 120), eye=which)
        landmarks = scene["points"][self.head.landmark68]
        flat = landmarks[:, :2] / landmarks[:, 2:]
        eyes = flat[36:42], flat[42:48]
        eye = eyes[which]
        apart = np.linalg.norm(eyes[0].mean(0) - eyes[1].mean(0))
        side = crop_scale * max(np.linalg.norm(eye[0] - eye[3]), 0.5 * apart / 2.2)
        side *= math.exp(rng.normal(0, jitter))
        middle = eye.mean(0) + rng.normal(0, 0.6 * jitter, 2) * side / crop_scale
        width, height = size
        image = self._draw(rng, scene, 1 / side, middle, size, 2)
        turn = np.linalg.norm(eyes[0].mean(0) - eyes[1].mean(0))
        roll = math.atan2(*(eyes[1].mean(0) - eyes[0].mean(0))[::-1]) if turn > 1e-6 else 0.0
        image = optics.occlude_eye(rng, image)
        image = optics.develop(rng, image, strong=True)
        if grey:
            image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)
        labels = self._labels(scene, image, None, (yaw, pitch, roll))
        keep = {k: labels[k] for k in ("image", "identity", "pose")}
        return {**keep, "gaze": labels["gaze"][which], "openness": labels["openness"][which],
                "blink": labels["blink"][which], "which": which}

    def _outline(self, points, roll):
        """The jaw points [17, 2] of a turned head: of the skin between each and the middle of the face what lies farthest out."""
        cos, sin = math.cos(roll), math.sin(roll)
        out = []
        for vertices, (x, y) in self.head.parallels:
            flat = points[vertices, :2] / points[vertices, 2:]
            out.append(flat[np.argmax(flat @ [cos * x - sin * y, sin * x + cos * y])])
        return np.array(out)

    def _person(self, rng):
        if self.lives <= 0:
            self.person = self.head.person(rng)
            self.texture, self.hair, self.facts = self.skins.paint(rng)
            self.texture_at = self.head.texture_at.copy()
            self.texture_at[:, 2] = self.person["hair"]
            self.long_hair = rng.uniform() < (0.7 if self.facts["made_up"] else 0.25)
            self.iris = IRIS[rng.choice(len(IRIS), p=[0.28, 0.24, 0.16, 0.1, 0.08, 0.08, 0.06])] * rng.uniform(0.7, 1.4)
            self.iris_ratio, self.reach_ratio = rng.normal(0.2, 0.008), rng.normal(1.71, 0.06)
            # The line of sight leaves the eye nasal of the pupil's axis and a little above it (angle kappa).
            self.kappa = np.radians([rng.normal(4.0, 1.5), rng.normal(1.5, 1.2)])
            self.identity = int(rng.integers(2**31))
            self.lives = self.lifetime
        self.lives -= 1

    def _scene(self, rng, yaw, pitch, roll, gaze, blink, close, eye=None):
        """Vertices in the camera frame, eyeballs, gaze and labels."""
        turn = optics.rotation(yaw, pitch, roll)
        at_camera = np.array([0.0, 0.0, close])
        axes = []
        sight = self._sight(rng, turn, gaze)
        for side in (0, 1):
            nasal = 1 if side == 0 else -1  # the person's right eye: nasal is towards the picture's right
            p, y = angles_of(turn.T @ sight)
            axes.append(vector_of(p - self.kappa[1], y + nasal * self.kappa[0]))
        expression, blinks = self._expression(rng, axes, blink)
        vertices = self.head.pose(self.person, expression)
        flip = np.array([1.0, -1.0, -1.0])
        origin = np.array([0.0, 1.0, 8.0])
        points = ((vertices - origin) * flip) @ turn.T + at_camera
        eyes = []
        landmarks = vertices[self.head.landmark68].astype(np.float64)
        for side, (centre, radius) in enumerate(self.person["eyes"]):
            corners = landmarks[36 + 6 * side], landmarks[39 + 6 * side]
            iris = self.iris_ratio * np.linalg.norm(corners[0] - corners[1])
            reach = self.reach_ratio * iris
            # The disc's pivot lies so that an eye that looks straight ahead has its iris on the eyeball.
            rest = math.sqrt(max(radius * radius - iris * iris, 0.5 * radius * radius))
            pivot = centre + np.array([0, 0, rest - reach])
            inner = corners[1] if side == 0 else corners[0]
            eyes.append({
                "centre": turn @ ((centre - origin) * flip) + at_camera, "radius": radius,
                "pivot": turn @ ((pivot - origin) * flip) + at_camera, "reach": reach, "iris": iris,
                "axis": turn @ axes[side], "inner": turn @ ((inner - origin) * flip) + at_camera})
        return {"points": np.ascontiguousarray(points, np.float32), "eyes": eyes, "sight": sight, "turn": turn,
                "blinks": blinks, "eye": eye, "expression": expression}

    def _sight(self, rng, turn, gaze):
        """A line of sight in the camera frame that the eyes can reach from this head pose."""
        for _ in range(60):
            if gaze is not None:
                return vector_of(*gaze)
            if rng.uniform() < 0.5:
                sight = vector_of(math.radians(rng.normal(-4, 11)), math.radians(rng.normal(0, 13)))
            else:
                sight = turn @ vector_of(math.radians(rng.uniform(-28, 20)), math.radians(rng.uniform(-32, 32)))
            p, y = angles_of(turn.T @ sight)
            if -0.55 < p < 0.42 and abs(y) < 0.65:
                return sight
        return turn @ vector_of(0.0, 0.0)

    def _expression(self, rng, axes, blink):
        """Expression weights that fit the gaze, and the blink weight of each eye."""
        weights = dict.fromkeys(self.head.names, 0.0)
        if rng.uniform() < 0.75:
            for name in rng.choice(list(EXPRESSIONS), rng.integers(1, 3), replace=False):
                strength = rng.uniform(0.2, 1.1)
                for part, value in EXPRESSIONS[name].items():
                    for full in (part, f"{part}_L", f"{part}_R"):
                        if full in weights:
                            weights[full] += strength * value * rng.uniform(0.8, 1.15)
        for full in rng.choice(self.head.names, 4, replace=False):
            if full not in ("mouthClose",) and not full.startswith(("eyeLook", "eyeBlink", "Pupil")):
                weights[full] += rng.uniform(0, 0.4)
        if rng.uniform() < 0.12:
            weights["jawOpen"] += rng.uniform(0.3, 0.8)
        weights["mouthClose"] = 0.0
        weights = {name: min(value, 1.0) for name, value in weights.items()}
        common = rng.uniform()
        blinks = []
        for side, letter in enumerate("RL"):
            if blink is not None:
                amount = blink[side] if np.ndim(blink) else blink
            elif common < 0.12:
                amount = rng.uniform(0.9, 1.0)
            elif common < 0.3:
                amount = rng.uniform(0.1, 0.75)
            else:
                amount = rng.uniform(0, 0.22)
            pitch, yaw = angles_of(axes[side])
            follow = rng.uniform(0.6, 1.05)
            look = {"Up": max(pitch, 0) / 0.5, "Down": max(-pitch, 0) / 0.6}
            outward = yaw if side == 0 else -yaw  # positive yaw looks to the picture's left
            look["Out"], look["In"] = max(outward, 0) / 0.7, max(-outward, 0) / 0.7
            for name, value in look.items():
                weights[f"eyeLook{name}_{letter}"] = min(1.0, value * follow) * (1 - min(1, amount))
            # A closing lid cancels the shapes that open it or that have lowered it already.
            for name in ("eyeWide", "eyeSquint"):
                weights[f"{name}_{letter}"] *= 1 - min(1, amount)
            weights[f"eyeBlink_{letter}"] = amount
            blinks.append(float(amount))
        return weights, blinks

    def _draw(self, rng, scene, focal, middle, size, oversample):
        """Linear float picture [H, W, 3]. `focal` and `middle` are fractions of the picture's width."""
        head, (width, height) = self.head, (size[0] * oversample, size[1] * oversample)
        focal = focal * width
        camera = np.array([focal, width / 2 - focal * middle[0], height / 2 - focal * middle[1]])
        points = scene["points"]
        screen = np.empty_like(points)
        screen[:, 0] = focal * points[:, 0] / points[:, 2] + camera[1]
        screen[:, 1] = focal * points[:, 1] / points[:, 2] + camera[2]
        screen[:, 2] = points[:, 2]
        triangles, material = head.triangles, head.material
        raster.vertex_normals(points, triangles, self.normals)
        depth, owner, weights = raster.blank(height, width)
        for eye, mark in zip(scene["eyes"], (raster.EYE_RIGHT, raster.EYE_LEFT)):
            raster.draw_eyeball(camera, eye["centre"], eye["radius"], mark, depth, owner)
        raster.draw_triangles(screen, triangles, depth, owner, weights)
        light = optics.Light(rng, scene["turn"])
        shadow_axes, shadow_map, shadow_scale = light.shadow(points, self._casting)
        image = optics.background(rng, (width, height), self.backgrounds)
        if scene["eye"] is None:
            optics.draw_long_hair(rng, image, screen[head.landmark68], self.hair if self.long_hair else None)
        mouth = points[head.landmark68[[62, 66]], 2].min()
        look = np.array([rng.uniform(0.02, 0.3), light.shadow_strength, rng.uniform(0.05, 0.4), rng.uniform(0.45, 1.1), 0.0])
        raster.shade_skin(image, owner, weights, triangles, points, self.normals, material, head.occlusion, self.texture_at,
                          self.texture, self.hair, light.towards, light.colour, light.ambient, shadow_axes, shadow_map,
                          shadow_scale, look, float(mouth))
        sclera = np.array([0.62, 0.57, 0.53]) * rng.uniform(0.6, 1.15) * (1 - 0.25 * self.facts["darkness"])
        veins = sclera * np.array([0.9, rng.uniform(0.35, 0.8), rng.uniform(0.4, 0.8)])
        inner = self.iris * rng.uniform(0.9, 2.0) * np.array([1.15, 1.0, 0.8])
        colours = np.stack([self.iris, inner, sclera, veins])
        pupil, seed = rng.uniform(0.22, 0.5), rng.uniform(0, 50)
        wet = np.array([rng.uniform(0.35, 0.9), rng.uniform(0.12, 0.3), rng.choice([0.0, 1.0, 2.5], p=[0.25, 0.35, 0.4]),
                        rng.uniform(0.3, 1.2) if rng.uniform() < 0.25 else 0.0, rng.uniform(0.0, 0.03)])
        limbus = rng.uniform(0.05, 0.14)
        distance = np.full((height, width), 1e3, np.float32)
        for eye, mark in zip(scene["eyes"], (raster.EYE_RIGHT, raster.EYE_LEFT)):
            raster.lid_distance(owner, mark, eye["centre"][2] / focal, distance)
            raster.shade_eye(image, owner, mark, camera, depth, eye["centre"], eye["radius"], eye["pivot"], eye["reach"],
                             eye["axis"], np.array([eye["iris"], pupil, limbus, seed]), colours, eye["inner"],
                             light.towards, light.colour, light.ambient, distance, wet)
        optics.draw_lashes(rng, image, depth, screen, head.lashes, head.lash_tip, self.facts["lash"], self.hair)
        optics.draw_glasses(rng, image, points[head.landmark68], scene["turn"], camera)
        if oversample > 1:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return image

    def _labels(self, scene, image, marks, pose):
        vertices = scene["points"][self.head.landmark68]
        flat = vertices[:, :2] / vertices[:, 2:]
        across = flat[42:48].mean(0) - flat[36:42].mean(0)
        roll = math.atan2(across[1], across[0])
        gaze, openness = [], []
        for side in (0, 1):
            eye = vertices[36 + 6 * side : 42 + 6 * side].astype(np.float64)
            gaze.append(angles_of(optics.towards_eye(eye.mean(0), roll) @ scene["sight"]))
            height = np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])
            openness.append(float(height / (2 * np.linalg.norm(eye[0] - eye[3]))))
        return {"image": image, "landmarks": marks, "gaze": np.array(gaze), "openness": np.array(openness),
                "blink": np.array(scene["blinks"]), "pose": tuple(math.degrees(a) for a in pose), "identity": self.identity}


def contact_sheet(renderer, rng, columns=10, rows=6, size=128):
    """Faces above, single eyes below."""
    faces = [renderer.render(rng, size)["image"] for _ in range(columns * rows)]
    grid = np.concatenate([np.concatenate(faces[r * columns : (r + 1) * columns], 1) for r in range(rows)], 0)
    across = columns * size // 128
    eyes = [renderer.render_eye(rng, (128, 76), 1.3)["image"] for _ in range(across * 3)]
    strip = np.concatenate([np.concatenate(eyes[r * across : (r + 1) * across], 1) for r in range(3)], 0)
    return np.concatenate([grid, strip], 0)


if __name__ == "__main__":
    data, out = sys.argv[1], sys.argv[2]
    machine = Renderer(f"{data}/ict_facekit.npz", load_backgrounds(f"{data}/lfw_A-H.zip"))
    sheet = contact_sheet(machine, np.random.default_rng(3))
    sheet = cv2.resize(sheet, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    Image.fromarray(sheet).quantize(128).save(out, optimize=True)
