"""The rig that people, characters and results share: ARKit's blend shapes, emotions by action units, random states.

Weights are 0..1, one for each of SHAPES, in that order everywhere (shared/avatar/blendShapes.ts has the same list). ICT-FaceKit
names sides _L and _R, splits browInnerUp and cheekPuff, and has cheekRaiser beside cheekSquint; `ict()` translates.
"""

import math

import numpy as np

# ARKit's 52 without tongueOut, which no head here has.
SHAPES = [
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft",
    "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft",
    "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel", "mouthLeft",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight",
]  # fmt: skip
INDEX = {name: i for i, name in enumerate(SHAPES)}
SIDES = {"L": "Left", "R": "Right"}
EMOTIONS = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust", "contempt"]

# How far a turned eye (radians) stands for a whole eyeLook shape.
LOOK_FULL = {"Up": 0.5, "Down": 0.6, "Out": 0.7, "In": 0.7}

# Displays of each emotion after Ekman's EMFACS tables; parts without a side are for both.
DISPLAYS = {
    "neutral": [{}],
    "happy": [
        {"mouthSmile": 1.0, "cheekSquint": 0.7, "mouthUpperUp": 0.25, "jawOpen": 0.06},
        {"mouthSmile": 1.0, "cheekSquint": 0.9, "mouthUpperUp": 0.45, "jawOpen": 0.18, "eyeSquint": 0.2},
        {"mouthSmile": 0.85, "mouthDimple": 0.4, "cheekSquint": 0.5},
    ],
    "sad": [
        {"mouthFrown": 1.0, "browInnerUp": 1.0, "mouthShrugLower": 0.45, "eyeBlink": 0.15},
        {"mouthFrown": 0.8, "browInnerUp": 0.9, "browDown": 0.25, "eyeSquint": 0.3, "mouthShrugLower": 0.6},
        {"mouthFrown": 0.9, "browInnerUp": 0.75, "mouthStretch": 0.2, "mouthRollLower": 0.3, "eyeBlink": 0.2},
    ],
    "angry": [
        {"browDown": 1.0, "eyeSquint": 0.55, "mouthPress": 0.8, "noseSneer": 0.3, "mouthFrown": 0.25},
        {"browDown": 1.0, "eyeWide": 0.35, "mouthFunnel": 0.3, "mouthUpperUp": 0.5, "mouthLowerDown": 0.7, "jawOpen": 0.15,
         "noseSneer": 0.45},
        {"browDown": 1.0, "eyeSquint": 0.6, "mouthRollLower": 0.45, "mouthRollUpper": 0.45, "jawForward": 0.4},
    ],
    "surprise": [
        {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.6},
        {"browInnerUp": 0.9, "browOuterUp": 1.0, "eyeWide": 0.6, "jawOpen": 0.38, "mouthFunnel": 0.3},
    ],
    "fear": [
        {"browInnerUp": 1.0, "browDown": 0.35, "browOuterUp": 0.3, "eyeWide": 1.0, "mouthStretch": 0.9, "jawOpen": 0.15},
        {"browInnerUp": 1.0, "browDown": 0.3, "eyeWide": 0.9, "mouthStretch": 0.75, "mouthLowerDown": 0.5, "jawOpen": 0.25},
    ],
    "disgust": [
        {"noseSneer": 1.0, "mouthUpperUp": 0.85, "browDown": 0.45, "cheekSquint": 0.45, "eyeSquint": 0.3},
        {"noseSneer": 1.0, "mouthUpperUp": 0.55, "mouthShrugUpper": 0.4, "mouthFrown": 0.45, "eyeSquint": 0.4, "browDown": 0.35},
    ],
    "contempt": [
        {"mouthSmileRight": 0.65, "mouthDimpleRight": 0.8, "mouthPressRight": 0.3},
        {"mouthSmileLeft": 0.65, "mouthDimpleLeft": 0.8, "mouthPressLeft": 0.3},
    ],
}  # fmt: skip

# What the small network reads from a face; gaze gives the eyeLook shapes, and mouthClose means nothing without jawOpen.
PREDICTED = [s for s in SHAPES if not s.startswith("eyeLook") and s != "mouthClose"]


def full_names(part):
    """The shapes that a part of DISPLAYS stands for."""
    return [n for n in (part, part + "Left", part + "Right") if n in INDEX]


def display(rng, emotion, strength=None, clean=False):
    """Weights [51] of one display: variant, strength 0.55 to 1.1, asymmetry, other parts a little. `clean`: the first variant."""
    weights = np.zeros(len(SHAPES), np.float32)
    variants = DISPLAYS[emotion]
    variant = variants[0 if clean else rng.integers(len(variants))]
    strength = strength if strength is not None else 1.0 if clean else rng.uniform(0.55, 1.1)
    lean = 0.0 if clean else rng.normal(0, 0.08)
    for part, value in variant.items():
        k = 1.0 if clean else rng.uniform(0.75, 1.2)
        for name in full_names(part):
            side = 1 + lean if name.endswith("Left") else 1 - lean if name.endswith("Right") else 1
            weights[INDEX[name]] += strength * value * k * side
    if not clean:
        for name in rng.choice(PREDICTED, 3, replace=False):
            if not name.startswith("eyeBlink"):
                weights[INDEX[name]] += rng.uniform(0, 0.15)
        if rng.uniform() < 0.15:
            weights[INDEX["jawOpen"]] += rng.uniform(0, 0.25)
    return np.clip(weights, 0, 1)


def look(weights, pitch, yaw):
    """Sets the eyeLook shapes for eyes that are turned by `pitch` (up) and `yaw` (to the person's left), radians, in the head."""
    for side, out in (("Left", yaw), ("Right", -yaw)):
        closed = weights[INDEX[f"eyeBlink{side}"]]
        values = {"Up": pitch, "Down": -pitch, "Out": out, "In": -out}
        for way, value in values.items():
            weights[INDEX[f"eyeLook{way}{side}"]] = min(1.0, max(0.0, value) / LOOK_FULL[way]) * (1 - closed)


def state(rng, emotion=None):
    """A random state of a face: weights [51], yaw, pitch, roll of the head and pitch, yaw of the eyes in it (radians)."""
    emotion = emotion or str(rng.choice(EMOTIONS))
    weights = display(rng, emotion)
    yaw, pitch, roll = np.radians([np.clip(rng.normal(0, 14), -35, 35), np.clip(rng.normal(0, 8), -20, 20), np.clip(rng.normal(0, 6), -18, 18)])
    chance = rng.uniform()
    blink = rng.uniform(0.85, 1.0) if chance < 0.06 else rng.uniform(0.1, 0.6) if chance < 0.12 else rng.uniform(0, 0.1)
    for side in ("Left", "Right"):
        weights[INDEX[f"eyeBlink{side}"]] = max(weights[INDEX[f"eyeBlink{side}"]], blink)
        for name in ("eyeWide", "eyeSquint"):
            weights[INDEX[name + side]] *= 1 - blink
    gaze = math.radians(rng.normal(-2, 6)), math.radians(rng.normal(0, 8))
    look(weights, *gaze)
    return {"emotion": emotion, "weights": weights, "pose": (yaw, pitch, roll), "gaze": gaze}


def ict(weights):
    """Weights [51] -> {ICT shape: weight}."""
    out = {}
    for name, value in zip(SHAPES, np.asarray(weights, float)):
        if not value:
            continue
        if name in ("browInnerUp", "cheekPuff"):
            out[f"{name}_L"] = out[f"{name}_R"] = float(value)
        elif name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            out[name[:-4] + "_L"] = float(value)
        elif name.endswith("Right") and name not in ("jawRight", "mouthRight"):
            out[name[:-5] + "_R"] = float(value)
        else:
            out[name] = float(value)
    for side in "LR":  # AU 6 is the cheek raiser; ARKit's cheekSquint stands for both
        if f"cheekSquint_{side}" in out:
            out[f"cheekRaiser_{side}"] = 0.7 * out[f"cheekSquint_{side}"]
    return out
