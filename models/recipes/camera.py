"""What stands between the head and the picture: rotation, light, background, lashes, glasses, occluders, the sensor."""

import math

import cv2
import numpy as np

import raster

SHADOW_SIZE = 160


def rotation(yaw, pitch, roll):
    """Head rotation in the camera frame (x right, y down, z away); positive yaw turns the face to the picture's left,
    positive pitch lifts it, positive roll turns it clockwise in the picture."""
    cy, sy, cp, sp, cr, sr = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch), math.cos(roll), math.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def towards_eye(point, roll):
    """Rotation into the frame that looks straight at `point`, with the picture's roll taken back."""
    z = point / np.linalg.norm(point)
    x = np.cross([0.0, 1.0, 0.0], z)
    x /= np.linalg.norm(x)
    frame = np.stack([x, np.cross(z, x), z])
    cos, sin = math.cos(roll), math.sin(roll)
    return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]) @ frame


class Light:
    """One directional light and a linear environment, in the camera frame."""

    def __init__(self, rng, turn):
        around, above = rng.uniform(-1.5, 1.5), rng.normal(0.5, 0.45)
        self.towards = np.array([math.sin(around) * math.cos(above), -math.sin(above), -math.cos(around) * math.cos(above)])
        key = rng.uniform(0.0, 1.6) if rng.uniform() < 0.8 else 0.0
        tint = np.exp(rng.normal(0, 0.1, 3))
        self.colour = key * tint
        level = rng.uniform(0.35, 1.1) if key > 0.3 else rng.uniform(0.7, 1.3)
        ambient = np.zeros((4, 3))
        ambient[0] = level * np.exp(rng.normal(0, 0.08, 3))
        ambient[1] = level * rng.normal(0, 0.25, 3) * 0.5 + level * rng.normal(0, 0.25)
        ambient[2] = -level * (rng.uniform(0, 0.5) + rng.normal(0, 0.06, 3))
        ambient[3] = -level * rng.uniform(0, 0.3)
        self.ambient = ambient
        self.shadow_strength = rng.uniform(0.3, 1.0)

    def shadow(self, points, triangles):
        """(axes [4, 3], map, pixels per cm): what the light sees. Row 3 of axes is the centre."""
        w = -self.towards
        u = np.cross(w, [0.0, 1.0, 0.0])
        u /= np.linalg.norm(u) + 1e-9
        v = np.cross(w, u)
        axes = np.stack([u, v, w, np.zeros(3)])
        flat = points @ axes[:3].T.astype(np.float32)
        centre = flat.mean(0)
        axes[3, :2] = centre[:2]
        scale = SHADOW_SIZE / 36
        flat[:, 0] = (flat[:, 0] - centre[0]) * scale + SHADOW_SIZE / 2
        flat[:, 1] = (flat[:, 1] - centre[1]) * scale + SHADOW_SIZE / 2
        depth, owner, weights = raster.blank(SHADOW_SIZE, SHADOW_SIZE)
        if self.colour.max() > 0:
            raster.draw_triangles(flat, triangles, depth, owner, weights)
        return axes, depth, scale


def background(rng, size, corners):
    """Linear float picture [H, W, 3] behind the head."""
    width, height = size
    if corners and rng.uniform() < 0.75:
        corner = corners[rng.integers(len(corners))].astype(np.float32) / 255
        n = int(rng.integers(20, 57))
        x, y = rng.integers(0, 57 - n, 2)
        picture = cv2.resize(corner[y : y + n, x : x + n], (width, height), interpolation=cv2.INTER_CUBIC)
    else:
        cells = rng.integers(1, 6, 2)
        picture = cv2.resize(rng.uniform(0, 1, (*cells, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.clip(picture, 0.001, 1) ** 2.2 * rng.uniform(0.3, 1.2), np.float32)


def draw_long_hair(rng, image, marks, hair):
    """Shoulders, and hair that falls behind the face, painted onto the background. `marks`: 68 x (pixel x, y, depth)."""
    height, width = image.shape[:2]
    chin, brow = marks[8, :2], marks[27, :2]
    tall = np.linalg.norm(chin - brow) + 1e-6
    up = (brow - chin) / tall
    side = np.array([-up[1], up[0]])
    middle = marks[[0, 16], :2].mean(0)
    if hair is not None:
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        wide, high, low = tall * rng.uniform(0.85, 1.25), tall * rng.uniform(1.1, 1.5), tall * rng.uniform(0.8, 2.2)
        wave = 1 + 0.05 * np.sin(angle * rng.integers(3, 9) + rng.uniform(0, 6))
        lift = np.where(np.sin(angle) > 0, high, low) * np.sin(angle)
        ring = middle + (np.cos(angle) * wide * wave)[:, None] * side + lift[:, None] * up
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [np.round(np.clip(ring, -9e3, 9e3) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        strands = cv2.resize(rng.uniform(0.3, 1.4, (3, max(8, width // 5))).astype(np.float32), (width, height))
        image[:] = image * (1 - mask[..., None]) + (hair * strands[..., None]) * mask[..., None]
    if rng.uniform() < 0.8:
        drop = tall * rng.uniform(0.45, 0.75)
        corners = np.stack([chin - up * drop - side * tall * 0.5, chin - up * drop + side * tall * 0.5,
                            chin - up * drop * 2 + side * tall * 2.2, chin - up * tall * 6 + side * tall * 3,
                            chin - up * tall * 6 - side * tall * 3, chin - up * drop * 2 - side * tall * 2.2])
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [np.round(np.clip(corners, -9e3, 9e3) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        cloth = (rng.uniform(0, 0.7, 3) ** 2 + 0.01) * np.exp(0.1 * rng.normal(0, 1, (height, width, 1)))
        image[:] = image * (1 - mask[..., None]) + cloth.astype(np.float32) * mask[..., None]


def draw_lashes(rng, image, depth, screen, cards, tip, opacity, hair):
    """Lash cards (upper, lower) as striped layers that fade from the root (`tip` 0) to the tip (1)."""
    for triangles, lift, strength in zip(cards, (0.2, 0.04), (1.0, 0.3)):
        over, owner, weights = depth + np.float32(lift), np.full(depth.shape, -1, np.int32), np.zeros((*depth.shape, 2), np.float32)
        raster.draw_triangles(screen, triangles, over, owner, weights)
        mask = owner >= 0
        if mask.any():
            t, w = owner[mask], weights[mask]
            far = (tip[triangles[t]] * np.stack([1 - w.sum(1), w[:, 0], w[:, 1]], 1)).sum(1)
            columns = rng.uniform(0.2, 1.3, depth.shape[1])[np.nonzero(mask)[1]]
            k = np.clip(np.clip(columns, 0, 1) * opacity * strength * (1 - far), 0, 0.95)[:, None].astype(np.float32)
            image[mask] = image[mask] * (1 - k) + np.minimum(hair, 0.03) * k * 0.5


def draw_glasses(rng, image, landmarks, turn, camera):
    """Frames, sometimes a tint or a reflection, for one picture in seven."""
    if rng.uniform() > 0.14:
        return
    focal, cx, cy = camera
    eyes = [landmarks[36:42].astype(np.float64).mean(0), landmarks[42:48].astype(np.float64).mean(0)]
    across, down, forward = turn[:, 0], turn[:, 1], -turn[:, 2]
    wide, tall, power = rng.uniform(2.3, 2.95), rng.uniform(1.5, 2.3), rng.uniform(1, 2.6)
    thick = rng.uniform(0.08, 0.4)
    colour = (rng.uniform(0, 0.08, 3) if rng.uniform() < 0.7 else rng.uniform(0.05, 0.5, 3))
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    shape_x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (1 / power)
    shape_y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (1 / power)

    def flat(points):
        return np.round(np.stack([focal * points[:, 0] / points[:, 2] + cx, focal * points[:, 1] / points[:, 2] + cy], 1) * 16).astype(np.int32)

    sheet = np.zeros(image.shape[:2], np.float32)
    lens = np.zeros(image.shape[:2], np.float32)
    pixels = max(1, int(round(thick * focal / eyes[0][2])))
    rings = []
    for side, eye in ((-1, eyes[0]), (1, eyes[1])):
        centre = eye + 1.4 * forward + 0.25 * down + 0.15 * side * across
        ring = flat(centre + np.outer(shape_x * wide, across) + np.outer(shape_y * tall, down))
        cv2.fillPoly(lens, [ring], 1.0, cv2.LINE_AA, 4)
        cv2.polylines(sheet, [ring], True, 1.0, pixels, cv2.LINE_AA, 4)
        rings.append(centre)
    bridge = np.stack([rings[0] + wide * across - 0.3 * down, rings[1] - wide * across - 0.3 * down])
    cv2.polylines(sheet, [flat(bridge)], False, 1.0, pixels, cv2.LINE_AA, 4)
    tint = 1 - lens[..., None] * rng.uniform(0, 0.15, 3) if rng.uniform() < 0.8 else 1 - lens[..., None] * rng.uniform(0.2, 0.6, 3)
    image *= tint.astype(np.float32)
    if rng.uniform() < 0.5:
        height, width = image.shape[:2]
        y, x = np.mgrid[:height, :width]
        slant = rng.uniform(0, np.pi)
        stripe = np.sin((x * np.cos(slant) + y * np.sin(slant)) / width * rng.uniform(3, 14) + rng.uniform(0, 6))
        image += (lens * np.clip(stripe - rng.uniform(0.3, 0.9), 0, 1) * rng.uniform(0.1, 0.8))[..., None].astype(np.float32)
    image[:] = image * (1 - sheet[..., None]) + colour.astype(np.float32) * sheet[..., None]


def occlude(rng, image, marks):
    """A hand, bar or lock of hair over part of one face in seven (linear picture, in place)."""
    if rng.uniform() > 0.14:
        return image
    height, width = image.shape[:2]
    target = marks[rng.integers(len(marks))]
    mask = np.zeros((height, width), np.float32)
    if rng.uniform() < 0.5:
        count = rng.integers(4, 9)
        angle = np.sort(rng.uniform(0, 2 * np.pi, count))
        radius = rng.uniform(0.08, 0.24, count) * width
        polygon = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] + target
        cv2.fillPoly(mask, [polygon.astype(np.int32)], 1.0, cv2.LINE_AA)
    else:
        direction = rng.uniform(0, np.pi)
        reach = np.array([np.cos(direction), np.sin(direction)]) * width
        ends = np.stack([target - reach * rng.uniform(0.1, 1), target + reach]).astype(int)
        cv2.line(mask, tuple(ends[0].tolist()), tuple(ends[1].tolist()), 1.0, int(rng.integers(2, max(3, width // 8))), cv2.LINE_AA)
    colour = np.array([0.4, 0.25, 0.18]) * rng.uniform(0.2, 1.4) if rng.uniform() < 0.5 else rng.uniform(0, 0.8, 3)
    texture = colour * np.exp(0.2 * rng.normal(0, 1, (height, width, 1)))
    texture = cv2.GaussianBlur(texture.astype(np.float32), (0, 0), 2)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 1.5))[..., None]
    return image * (1 - mask) + texture * mask


def occlude_eye(rng, image):
    """A soft dark or light bar over the border of one eye picture in twelve."""
    if rng.uniform() > 0.08:
        return image
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    x = int(rng.choice([rng.uniform(0, 0.2), rng.uniform(0.8, 1.0)]) * width)
    cv2.line(mask, (x, 0), (int(x + rng.normal(0, 0.15) * width), height), 1.0, int(rng.integers(1, max(2, width // 8))), cv2.LINE_AA)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 2.0))[..., None]
    return image * (1 - mask) + np.float32(rng.uniform(0, 0.5)) * mask


def develop(rng, image, strong=False):
    """Linear picture -> uint8: exposure, white balance, tone curve, blur, low resolution, noise, JPEG, sometimes grey."""
    height, width = image.shape[:2]
    middle = image[height // 4 : -height // 4, width // 4 : -width // 4].mean() + 1e-4
    exposure = rng.uniform(0.13, 0.42) / middle
    image = np.clip(image * (exposure * np.exp(rng.normal(0, 0.07, 3))), 0, None)
    image = 1 - np.exp(-1.25 * image)
    image = np.clip(image, 1e-4, 1) ** (1 / rng.uniform(1.8, 2.6))
    image = 0.5 + (image - 0.5) * rng.uniform(0.7, 1.25) + rng.normal(0, 0.04)
    image = image.astype(np.float32)
    if rng.uniform() < (0.5 if strong else 0.35):
        scale = rng.uniform(0.3, 0.9)
        small = cv2.resize(image, (max(8, int(width * scale)), max(8, int(height * scale))), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    blur = rng.choice([0, rng.uniform(0.3, 0.9), rng.uniform(0.9, 1.8)], p=[0.4, 0.45, 0.15]) * min(1.0, width / 90)
    if blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    if rng.uniform() < 0.12:
        n = int(rng.integers(3, 3 + max(1, width // 20)))
        kernel = np.zeros((n, n), np.float32)
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * n / 2
        cv2.line(kernel, tuple(np.round(n / 2 - reach).astype(int).tolist()), tuple(np.round(n / 2 + reach).astype(int).tolist()), 1.0)
        image = cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1))
    noise = abs(rng.normal(0, 0.014 if strong else 0.022))
    grain = rng.normal(0, noise, image.shape[:2] + ((1,) if rng.uniform() < 0.5 else (3,)))
    if rng.uniform() < 0.3:
        grain = cv2.GaussianBlur(np.broadcast_to(grain, image.shape).astype(np.float32), (0, 0), 0.7) * 1.8
    image = np.clip((image + grain) * 255, 0, 255).astype(np.uint8)
    if rng.uniform() < 0.2:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)
    if rng.uniform() < 0.5:
        quality = int(rng.integers(25, 95))
        image = cv2.imdecode(cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)[:, :, ::-1]
    return np.ascontiguousarray(image)
