"""Draws a character: the reference of daemon/avatar/draw.ts, which does the same steps in the same order.

    picture = draw(character, state["weights"], state["pose"], state["gaze"], 128)

Camera frame: x right, y down, z away, in cm. Everything is drawn twice as large and averaged.
"""

import math

import numba
import numpy as np

import camera as optics
from avatar_mesh import EYE, FACE, FRAME, HAIR, MOUTH, TOOTH
from avatar_rig import INDEX
from raster import vertex_normals

jit = numba.njit(cache=True, fastmath=False)

DISTANCE, BEHIND = 70.0, 6.0  # camera to the pivot; the pivot lies behind the face's plane
ZOOM, LIFT = 1.6, 0.16  # the picture is 1.6 face squares wide, its middle 0.16 of one above the face's
LIGHT = np.array([0.38, -0.55, -0.74]) / np.linalg.norm([0.38, -0.55, -0.74])  # towards the light
LABELS = {FACE: 1, HAIR: 2, MOUTH: 3, TOOTH: 3, EYE: 4, FRAME: 5}
STEPS = 1024  # of the shading tables, for lambert -1..1
OUTLINE, OUTLINE_DEPTH = 0.8, 1.0


def toon_table(shine):
    x = np.linspace(-1, 1, STEPS)
    out = 0.62 + 0.38 / (1 + np.exp(-(x - 0.15) / 0.05))
    return (out + shine / (1 + np.exp(-(x - 0.82) / 0.03))).astype(np.float32)


def plain_table():
    x = np.linspace(-1, 1, STEPS)
    return (0.45 + 0.55 * np.maximum(0, x)).astype(np.float32)


TABLES = {
    "toon": {FACE: toon_table(0.0), HAIR: toon_table(0.14), FRAME: toon_table(0.3)},
    "plain": {FACE: plain_table(), HAIR: plain_table(), FRAME: plain_table()},
}
FLAT = np.ones(STEPS, np.float32)


@jit
def fill(screen, lambert, shade, uv, texture, triangles, table, label, image, depth, labels):
    """Z-buffered triangles in linear colour: shade [n, 3] times the texture (linear [h, w, 3]) times the table of lambert."""
    size = depth.shape[0]
    th, tw = texture.shape[0], texture.shape[1]
    last = table.shape[0] - 1
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        x0, x1 = max(0, int(math.ceil(min(ax, bx, cx) - 0.5))), min(size - 1, int(math.floor(max(ax, bx, cx) - 0.5)))
        y0, y1 = max(0, int(math.ceil(min(ay, by, cy) - 0.5))), min(size - 1, int(math.floor(max(ay, by, cy) - 0.5)))
        inverse = 1.0 / area
        for y in range(y0, y1 + 1):
            py = y + 0.5 - ay
            for x in range(x0, x1 + 1):
                px = x + 0.5 - ax
                w1 = (px * (cy - ay) - py * (cx - ax)) * inverse
                w2 = (py * (bx - ax) - px * (by - ay)) * inverse
                w0 = 1.0 - w1 - w2
                if w1 < -1e-5 or w2 < -1e-5 or w0 < -1e-5:
                    continue
                z = w0 * screen[a, 2] + w1 * screen[b, 2] + w2 * screen[c, 2]
                if z >= depth[y, x]:
                    continue
                depth[y, x] = z
                labels[y, x] = label
                light = w0 * lambert[a] + w1 * lambert[b] + w2 * lambert[c]
                k = table[int(min(1.0, max(0.0, 0.5 * light + 0.5)) * last)]
                u = w0 * uv[a, 0] + w1 * uv[b, 0] + w2 * uv[c, 0]
                v = w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]
                tx, ty = min(tw - 1, max(0, int(u * tw))), min(th - 1, max(0, int(v * th)))
                for ch in range(3):
                    s = w0 * shade[a, ch] + w1 * shade[b, ch] + w2 * shade[c, ch]
                    image[y, x, ch] = max(0.0, s) * texture[ty, tx, ch] * k


@jit
def outline(image, depth, labels, edge):
    """Darkens where parts meet or depth breaks: the pixel and its right and lower neighbour."""
    size = depth.shape[0]
    for y in range(size):
        for x in range(size):
            for k in range(2):
                yy, xx = (y, x + 1) if k == 0 else (y + 1, x)
                if yy >= size or xx >= size:
                    continue
                a, b = labels[y, x], labels[yy, xx]
                inside = a == 3 and b == 3
                if (a != b or (abs(depth[y, x] - depth[yy, xx]) > OUTLINE_DEPTH and a != 0)) and not inside:
                    edge[y, x] = 1
                    edge[yy, xx] = 1
    for y in range(size):
        for x in range(size):
            if edge[y, x]:
                for ch in range(3):
                    image[y, x, ch] *= 1 - OUTLINE


def camera(character, size):
    """(focal in pixels of the doubled picture, cx, cy, pivot [3])."""
    centre, side = character.frame
    pivot = centre - [0, 0, BEHIND]
    focal = 2 * size * (DISTANCE - BEHIND) / (ZOOM * side)
    return focal, size, size * (1 + 2 * LIFT / ZOOM), pivot


def draw(character, weights, pose=(0.0, 0.0, 0.0), gaze=(0.0, 0.0), size=128, style="toon", background=(0.55, 0.68, 0.75), light=LIGHT):
    """uint8 sRGB [size, size, 3]; weights [51] of SHAPES, pose (yaw, pitch, roll) and gaze (pitch, yaw) in the head, radians."""
    focal, cx, cy, pivot = camera(character, size)
    turn = optics.rotation(*pose)
    big = 2 * size
    image = np.empty((big, big, 3), np.float32)
    image[:] = np.asarray(background, np.float32) * np.linspace(1.05, 0.8, big, dtype=np.float32)[:, None, None]
    depth, labels = np.full((big, big), 1e6, np.float32), np.zeros((big, big), np.int32)
    lips = lips_depth(character)
    for part in character.parts:
        points, shade = part.positions.astype(np.float64), np.ones((len(part.positions), 3))
        for name, delta in part.shapes.items():
            w = weights[INDEX[name]]
            if w:
                points = points + w * delta
        for name, tint in part.tints.items():
            w = weights[INDEX[name]]
            if w:
                shade = shade + w * tint
        shade = np.maximum(shade, 0.15) * part.colour
        if part.kind == FACE:
            points = outside(points, character.eyes)
        if part.eye:
            points = turn_eye(points, part.pivot, *gaze)
            height = (points[:, 1] - part.pivot[1]) / np.abs(part.positions - part.pivot).max()
            shade = shade * (1 - 0.3 * np.clip(height - 0.2, 0, 1))[:, None]
        if part.kind in (MOUTH, TOOTH):
            shade = shade * np.exp(-0.35 * np.maximum(0, lips - points[:, 2]))[:, None]
        seen = ((points - pivot) * [1, -1, -1]) @ turn.T + [0, 0, DISTANCE]
        screen = np.stack([focal * seen[:, 0] / seen[:, 2] + cx, focal * seen[:, 1] / seen[:, 2] + cy, seen[:, 2]], 1)
        normals = np.empty_like(seen)
        vertex_normals(seen, part.triangles, normals)
        lambert = normals @ light
        uv = part.uv if part.uv is not None else np.zeros((len(points), 2), np.float32)
        texture = linear(part)
        fill(screen, lambert, shade, uv, texture, part.triangles, TABLES[style].get(part.kind, FLAT), LABELS[part.kind], image, depth, labels)
    if style == "toon":
        outline(image, depth, labels, np.zeros((big, big), np.uint8))
    small = image.reshape(size, 2, size, 2, 3).mean((1, 3))
    return (np.clip(small, 0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8)


def linear(part):
    if part.texture is None:
        return np.ones((1, 1, 3), np.float32)
    if not hasattr(part, "linear"):
        part.linear = ((part.texture / 255.0) ** 2.2).astype(np.float32)
    return part.linear


def lips_depth(character):
    """Depth of the lips (model z): what lies behind them is dark."""
    return character.frame[0][2] - 1.2


def outside(points, eyes):
    for centre, radius in eyes.values():
        offset = points - centre
        distance = np.sqrt((offset**2).sum(1))
        inside = (distance < radius + 0.05) & (offset[:, 2] > 0)
        points[inside] = centre + offset[inside] * ((radius + 0.05) / distance[inside])[:, None]
    return points


def turn_eye(points, pivot, pitch, yaw):
    """Turns an eye by pitch (up) and yaw (to the person's left)."""
    cp, sp, cy, sy = math.cos(pitch), math.sin(pitch), math.cos(yaw), math.sin(yaw)
    p = points - pivot
    y, z = cp * p[:, 1] + sp * p[:, 2], cp * p[:, 2] - sp * p[:, 1]
    return np.stack([cy * p[:, 0] + sy * z, y, cy * z - sy * p[:, 0]], 1) + pivot

