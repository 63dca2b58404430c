"""Painted faces: albedo, gloss and hairiness of one person, in the frontal plane of the head model.

A texture is float32 [576, 512, 5]: linear albedo r, g, b; gloss; hairiness (brows, stubble, hair).
"""

import cv2
import numpy as np

from head import TEXTURE_ORIGIN, TEXTURE_SCALE, TEXTURE_SHAPE

# Linear albedo of skin, from light to dark.
TONES = np.array([[0.62, 0.41, 0.32], [0.56, 0.34, 0.24], [0.47, 0.27, 0.18], [0.35, 0.19, 0.12], [0.22, 0.115, 0.07],
                  [0.11, 0.06, 0.04]], np.float32)
HAIR = np.array([[0.012, 0.01, 0.009], [0.03, 0.018, 0.012], [0.07, 0.038, 0.02], [0.16, 0.09, 0.045],
                 [0.34, 0.23, 0.12], [0.28, 0.27, 0.26], [0.55, 0.53, 0.5]], np.float32)


def _pixels(points):
    """Model x, y -> texture pixels."""
    points = np.asarray(points, np.float32)
    return np.stack([(points[..., 0] - TEXTURE_ORIGIN[0]), (TEXTURE_ORIGIN[1] - points[..., 1])], -1) * TEXTURE_SCALE


def _mask(polygon, blur):
    mask = np.zeros(TEXTURE_SHAPE, np.uint8)
    cv2.fillPoly(mask, [np.round(_pixels(polygon) * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), blur * TEXTURE_SCALE)


def _cloud(rng, size):
    """Smooth noise with features of `size` cm, about -1..1."""
    cells = [max(3, int(n / (size * TEXTURE_SCALE))) for n in TEXTURE_SHAPE]
    small = rng.normal(0, 0.5, cells).astype(np.float32)
    return cv2.resize(small, TEXTURE_SHAPE[::-1], interpolation=cv2.INTER_CUBIC)


def _blob(centre, sx, sy):
    v, u = np.mgrid[: TEXTURE_SHAPE[0], : TEXTURE_SHAPE[1]].astype(np.float32) / TEXTURE_SCALE
    c = _pixels(np.asarray(centre)) / TEXTURE_SCALE
    return np.exp(-(((u - c[0]) / sx) ** 2) - ((v - c[1]) / sy) ** 2)


def _brow(rng, points, lift, thickness, density, length):
    """Hair strokes along one brow; `points` from the outer to the inner end."""
    mask = np.zeros(TEXTURE_SHAPE, np.uint8)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    inner_x = points[-1, 0]
    direction = np.sign(points[0, 0] - inner_x)
    count = int(density * 230)
    for s in rng.uniform(-0.02, 1.03, count):
        p = np.array([np.interp(s * along[-1], along, points[:, k]) for k in (0, 1)])
        p[0] -= direction * 0.25 * max(0.0, s - 0.9) * 10 * 0.3
        half = thickness * np.interp(s, [0, 0.35, 0.8, 1.03], [0.25, 0.75, 1.0, 0.7])
        across = rng.uniform(-1, 1)
        p[1] += lift + across * half
        angle = np.interp(s, [0, 0.6, 1], [-0.25, 0.35, 1.1]) + rng.normal(0, 0.22) - 0.4 * across
        step = length * rng.uniform(0.6, 1.2) * np.array([direction * np.cos(angle), np.sin(angle)])
        line = np.round(_pixels(np.stack([p, p + step])) * 8).astype(np.int32)
        cv2.line(mask, line[0], line[1], 255, 1, cv2.LINE_AA, 3)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), rng.uniform(0.6, 1.6))


class Skins:
    """Paints persons for one head; masks are made once."""

    def __init__(self, head):
        points = head.neutral[head.landmark68][:, :2].astype(np.float64)
        self.points = points
        self.lips = _mask(points[list(range(48, 60))], 0.08)
        self.upper_lip = _mask(points[[31, 35, 54, 53, 52, 51, 50, 49, 48]], 0.35)
        jaw = np.concatenate([points[2:15], points[[54, 35, 31, 48]]])
        self.beard = np.clip(_mask(jaw, 0.5) - self.lips, 0, 1)
        self.cheeks = _blob((-4.2, 0.6), 2.2, 1.6) + _blob((4.2, 0.6), 2.2, 1.6) + 0.7 * _blob((0, 1.2), 1.3, 1.3)
        self.lids, self.under, self.liner = 0, 0, np.zeros(TEXTURE_SHAPE, np.float32)
        for first in (36, 42):
            eye = points[first : first + 6]
            centre = eye.mean(0)
            self.lids = self.lids + _blob(centre + [0, 0.75], 1.6, 0.55)
            self.under = self.under + _blob(centre - [0, 0.95], 1.4, 0.5)
            line = np.zeros(TEXTURE_SHAPE, np.uint8)
            cv2.polylines(line, [np.round(_pixels(eye[:4]) * 8).astype(np.int32)], False, 255, 3, cv2.LINE_AA, 3)
            self.liner = np.maximum(self.liner, cv2.GaussianBlur(line.astype(np.float32) / 255, (0, 0), 1.2))
        self.bridge = _blob((0, 2.5), 0.8, 3.0) + _blob((0, 0.4), 1.0, 0.9) + 0.8 * _blob((0, 8.5), 4.0, 1.8)

    def paint(self, rng):
        """(texture, linear hair colour, facts) of a random person."""
        place = rng.uniform(0, len(TONES) - 1.001)
        i = int(place)
        tone = (TONES[i] * (1 - place + i) + TONES[i + 1] * (place - i)) * rng.uniform(0.88, 1.12, 3).astype(np.float32)
        darkness = place / (len(TONES) - 1)
        grey = rng.uniform() < 0.1
        pool = [5, 6] if grey else ([0, 0, 1] if darkness > 0.5 else [0, 0, 1, 1, 2, 3, 4])
        hair = HAIR[rng.choice(pool)] * rng.uniform(0.8, 1.25)
        brow_hair = hair * (0.55 if rng.uniform() < 0.5 else 1.0)
        albedo = np.broadcast_to(tone, (*TEXTURE_SHAPE, 3)).copy()
        mottle = 0.10 * _cloud(rng, 2.5) + 0.07 * _cloud(rng, 0.7) + rng.uniform(0.02, 0.09) * _cloud(rng, 0.16)
        mottle += rng.uniform(0.01, 0.05) * rng.normal(0, 1, TEXTURE_SHAPE).astype(np.float32)
        albedo *= np.exp(mottle)[..., None]
        red = rng.uniform(0, 0.5) * (1 - 0.7 * darkness) * np.clip(self.cheeks + 0.3 * _cloud(rng, 1.0), 0, 1)
        albedo *= np.exp(red[..., None] * np.array([0.1, -0.45, -0.4], np.float32))
        albedo *= np.exp(-(rng.uniform(0, 0.5) * self.under + rng.uniform(-0.05, 0.35) * self.lids))[..., None]
        made_up = rng.uniform() < 0.35
        if made_up:
            shadow = np.exp(rng.normal(-0.5, 0.4, 3)).astype(np.float32)
            albedo *= 1 + (0.8 * self.lids)[..., None] * (np.clip(shadow, 0.15, 1.2) - 1)
        freckles = rng.uniform() < 0.2
        if freckles:
            spots = np.clip(rng.normal(0, 1, TEXTURE_SHAPE).astype(np.float32) - 2.2, 0, 1)
            spots = cv2.GaussianBlur(spots, (0, 0), 1.3) * 14 * np.clip(self.cheeks, 0, 1)
            albedo *= np.exp(-np.clip(spots, 0, 0.7))[..., None] ** np.array([0.5, 0.9, 1.0], np.float32)
        lip = tone * np.array([0.95, 0.55, 0.58], np.float32) * rng.uniform(0.75, 1.1)
        if made_up and rng.uniform() < 0.7:
            lip = np.array([0.42, 0.06, 0.08], np.float32) * rng.uniform(0.4, 1.3) + 0.2 * lip
        k = (self.lips * rng.uniform(0.55, 1.0))[..., None]
        albedo = albedo * (1 - k) + lip * np.exp(0.15 * _cloud(rng, 0.15))[..., None] * k
        hairy = np.zeros(TEXTURE_SHAPE, np.float32)
        lift, thick = rng.normal(0.05, 0.08), rng.uniform(0.16, 0.42)
        density, length = rng.uniform(0.45, 1.8), rng.uniform(0.35, 0.75)
        for points in (self.points[17:22], self.points[26:21:-1]):
            hairy = np.maximum(hairy, np.clip(1.25 * _brow(rng, points, lift, thick, density, length), 0, 1))
        albedo = albedo * (1 - hairy[..., None]) + brow_hair * hairy[..., None]
        lined = rng.uniform(0.2, 1.0) if made_up else rng.uniform(0, 0.35)
        albedo *= np.exp(-1.6 * lined * self.liner)[..., None]
        beard = rng.uniform()
        if beard < 0.4 and not made_up:
            area = self.beard if beard < 0.3 else self.upper_lip * (1 - self.lips)
            speck = np.clip(0.5 + 0.5 * rng.normal(0, 1, TEXTURE_SHAPE), 0, 1.2).astype(np.float32)
            strength = rng.choice([0.25, 0.45, 0.85])
            k = np.clip(area * strength * cv2.GaussianBlur(speck, (0, 0), 0.8) * 1.6, 0, 1)[..., None]
            albedo = albedo * (1 - k) + hair * k
        gloss = 0.6 + 1.4 * self.bridge + 1.2 * self.lips + 0.3 * _cloud(rng, 0.2)
        texture = np.concatenate([np.clip(albedo, 0.004, 0.9), np.clip(gloss, 0, 3)[..., None],
                                  np.zeros((*TEXTURE_SHAPE, 1), np.float32)], -1)
        return np.ascontiguousarray(texture, np.float32), hair.astype(np.float32), {
            "darkness": darkness, "made_up": made_up, "lash": (0.35 + 0.6 * rng.uniform()) * (1.2 if made_up else 0.8)}
