"""Pictures and points for the landmark networks: LFW with the teacher's points, renders with exact ones, crops without
a face; and the jitter that training applies. A sample is a crop of the face square times CROP_SCALE."""

import math

import cv2
import numpy as np

import common
from boxes import person_of, split_of
from landmark_loss import FLIP68

CROP_SCALE = 1.4


def load_lfw(labels, pictures):
    """Per split: pictures (indices), landmarks [n, 68, 2], people [n]. Only pictures on which the teacher was sure."""
    index = {str(n): i for i, n in enumerate(labels["all_names"])}
    out = {s: ([], [], []) for s in ("train", "valid", "test")}
    for name, shape, good in zip(labels["names"], labels["landmarks"], labels["good"]):
        if good:
            person = person_of(str(name))
            for store, value in zip(out[split_of(person)], (index[str(name)], shape, person)):
                store.append(value)
    common.check_disjoint(**{s: v[2] for s, v in out.items()})
    return {s: (np.array(v[0]), np.array(v[1], np.float32), np.array(v[2])) for s, v in out.items()}


def fast_crop(picture, cx, cy, side, roll, size, samples=None):
    """common.crop through OpenCV (uint8, HWC): the same geometry, for training."""
    n = samples or min(4, max(1, round(side / size)))
    large = size * n
    cos, sin = math.cos(roll), math.sin(roll)
    step = side / large
    # source pixel index of output pixel index (u, v): both centres are at + 0.5
    a = np.array([[cos * step, -sin * step], [sin * step, cos * step]])
    shift = np.array([cx, cy]) - a @ [large / 2, large / 2]
    matrix = np.hstack([a, (a @ [0.5, 0.5] + shift - 0.5)[:, None]])
    out = cv2.warpAffine(picture, matrix, (large, large), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return out if n == 1 else cv2.resize(out, (size, size), interpolation=cv2.INTER_AREA)


def to_crop(points, cx, cy, side, roll):
    """Points in source pixels -> fractions of the crop."""
    cos, sin = math.cos(roll), math.sin(roll)
    return (points - [cx, cy]) @ np.array([[cos, -sin], [sin, cos]]) / side + 0.5


def light(rng, image, patch_side=0.4):
    """Brightness, contrast, gamma, a gradient of light, grey, blur, lower resolution, noise, JPEG, a covered patch."""
    size = image.shape[0]
    if rng.random() < 0.35:
        k = rng.uniform(0.25, 0.8)
        small = cv2.resize(image, (int(size * k), int(size * k)), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)
    elif rng.random() < 0.15:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    x = image.astype(np.float32) / 255
    if rng.random() < 0.5:
        x = x ** math.exp(rng.uniform(-0.7, 0.7))
    x = (x - 0.5) * rng.uniform(0.5, 1.4) + 0.5 + rng.uniform(-0.2, 0.2)
    if rng.random() < 0.3:
        angle, ramp = rng.uniform(0, 2 * math.pi), np.linspace(-1, 1, size, dtype=np.float32)
        x *= (1 + rng.uniform(0, 0.6) * (math.cos(angle) * ramp[None] + math.sin(angle) * ramp[:, None]))[..., None]
    if rng.random() < 0.3:
        x = x * rng.uniform(0.75, 1.25, 3).astype(np.float32)
    if rng.random() < 0.3:
        x += rng.normal(0, rng.uniform(0.01, 0.06), x.shape).astype(np.float32)
    image = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.2:
        image[:] = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    if rng.random() < 0.25:
        w, h = (size * rng.uniform(0.3 * patch_side, patch_side, 2)).astype(int) + 1
        px, py = rng.integers(-w // 2, size - w // 2), rng.integers(-h // 2, size - h // 2)
        patch = rng.integers(0, 255, 3) if rng.random() < 0.5 else image[rng.integers(size), rng.integers(size)]
        image[max(0, py) : py + h, max(0, px) : px + w] = patch
    if rng.random() < 0.3:
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


def jittered(rng, picture, points, size, shift=0.1, scale=(0.8, 1.25), roll=35):
    """One training crop [size, size, 3] uint8 and its points as fractions of the crop."""
    cx, cy, side, turn = common.face_square(points)
    side *= CROP_SCALE * math.exp(rng.uniform(math.log(scale[0]), math.log(scale[1])))
    # Most crops come from a tracker and are nearly upright and centred; some are far off.
    calm = rng.random() < 0.5
    k = 0.4 if calm else 1.0
    cx, cy = np.array([cx, cy]) + rng.uniform(-shift, shift, 2) * k * side
    turn += math.radians(rng.uniform(-roll, roll)) * k
    image, where = fast_crop(picture, cx, cy, side, turn, size), to_crop(points, cx, cy, side, turn)
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        where = where[FLIP68] * [-1, 1] + [1, 0]
    return light(rng, image), where.astype(np.float32)


def without_face(rng, picture, points, boxes, size):
    """A crop that the tracker must give up on: background, or a face far off centre, far too small or too large."""
    height, width = picture.shape[:2]
    cx, cy, side, turn = common.face_square(points)
    for _ in range(20):
        kind = rng.random()
        if kind < 0.5:
            s = math.exp(rng.uniform(math.log(40), math.log(140)))
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            centre = (boxes[:, :2] + boxes[:, 2:]) / 2
            reach = (boxes[:, 2:] - boxes[:, :2]).max(1) * 0.5
            if (np.abs(centre - [x, y]).max(1) < reach + 0.35 * s).any():
                continue
        elif kind < 0.75:
            s = side * CROP_SCALE * rng.uniform(0.7, 1.4)
            angle, far = rng.uniform(0, 2 * math.pi), rng.uniform(0.4, 0.7)
            x, y = cx + far * s * math.cos(angle), cy + far * s * math.sin(angle)
        elif kind < 0.88:
            s = side * rng.uniform(0.25, 0.5)
            x, y = np.array([cx, cy]) + rng.uniform(-0.4, 0.4, 2) * side
        else:
            s, x, y = side * rng.uniform(3.2, 5), cx + rng.normal(0, 10), cy + rng.normal(0, 10)
        image = fast_crop(picture, x, y, s, rng.uniform(-0.5, 0.5), size)
        return light(rng, image)
    return np.full((size, size, 3), int(rng.integers(0, 255)), np.uint8)


def fixed_crops(pictures, indices, points, size, seed, shift=0.05, scale=(0.9, 1.1), roll=8):
    """Crops as a tracker would cut them, the same in every call: images, points in fractions, side of each crop."""
    rng = np.random.default_rng(seed)
    images, wanted = [], []
    for index, shape in zip(indices, points):
        cx, cy, side, turn = common.face_square(shape)
        side *= CROP_SCALE * rng.uniform(*scale)
        cx, cy = np.array([cx, cy]) + rng.uniform(-shift, shift, 2) * side
        turn += np.radians(rng.uniform(-roll, roll))
        images.append(fast_crop(pictures[index], cx, cy, side, turn, size))
        wanted.append(to_crop(shape, cx, cy, side, turn))
    return np.stack(images).transpose(0, 3, 1, 2), np.array(wanted, np.float32)
