"""Pictures of somebody at rest, and of the same in other states: what image animation learns from.

Drawn characters (random ones, never the cast) and rendered people, framed as the product frames both: the picture is 1.6 face
squares of the first state wide, its middle 0.16 of one above the face's. `image` uint8 [n, 1 + states, side, side, 3], the first
at rest and nearly upright; `marks` [n, 1 + states, 68, 2]: the true landmarks in the picture, -1..1; `code` [n, 1 + states, 56]:
weights [51], pose [3], gaze [2]; `emotion`; `person` (1: a person).
"""

import cv2
import numpy as np

import avatar_draw
import avatar_mesh
import avatar_rig as rig
import camera as optics
from avatar_people import Actors
from common import face_square
from head import Head
from render import load_backgrounds, vector_of

SIZE = 128  # of pictures, where nobody asks


def states_of(rng, count):
    """The first at rest, as a portrait is; the others as they come."""
    rest = rig.state(rng, "neutral")
    rest["pose"] = tuple(0.25 * np.array(rest["pose"]))
    rest["weights"][[rig.INDEX["eyeBlinkLeft"], rig.INDEX["eyeBlinkRight"]]] *= 0.1
    return [rest] + [rig.state(rng) for _ in range(count)]


def code_of(state):
    return np.concatenate([state["weights"], state["pose"], state["gaze"]]).astype(np.float32)


def landmark_vertices(template):
    """Of the thinned skin that characters have: the vertex that is nearest to each landmark."""
    kept = template.groups[avatar_mesh.FACE][0]
    points, marks = template.head.neutral[kept], template.head.neutral[template.head.landmark68]
    return np.array([np.linalg.norm(points - mark, axis=1).argmin() for mark in marks])


def landmarks_of(character, vertices, state):
    """Where the landmarks of a drawn character lie, -1..1."""
    skin = next(part for part in character.parts if part.kind == avatar_mesh.FACE)
    points = skin.positions[vertices].astype(np.float64)
    for name, delta in skin.shapes.items():
        points = points + state["weights"][rig.INDEX[name]] * delta[vertices]
    focal, cx, cy, pivot = avatar_draw.camera(character, SIZE)
    seen = ((points - pivot) * [1, -1, -1]) @ optics.rotation(*state["pose"]).T + [0, 0, avatar_draw.DISTANCE]
    return (focal * seen[:, :2] / seen[:, 2:] + [cx, cy]) / SIZE - 1


def drawn(rng, template, states, side):
    """One random character in all states, before one background and in one light; and its landmarks."""
    character = template.character(avatar_mesh.random_spec(rng))
    light = np.array([rng.normal(0.38, 0.35), -0.55 + rng.normal(0, 0.2), -0.74])
    background = rng.uniform(0.1, 0.9, 3)
    style = "toon" if rng.uniform() < 0.7 else "plain"
    vertices = landmark_vertices(template)
    pictures = [
        avatar_draw.draw(character, s["weights"], s["pose"], s["gaze"], side, style, background, light / np.linalg.norm(light))
        for s in states
    ]
    return pictures, [landmarks_of(character, vertices, s) for s in states]


class Sitters(Actors):
    """People before a camera that stays where it is."""

    def pictures(self, rng, states, side):
        close, look = rng.uniform(45, 130), int(rng.integers(2**31))
        frame, out, all_marks = None, [], []
        for state in states:
            self.want = state["weights"]
            turn = optics.rotation(*state["pose"])
            pitch, yaw = state["gaze"]
            sight = turn @ vector_of(pitch, -yaw)
            self._sight = lambda *_, sight=sight: sight
            scene = self._scene(rng, *state["pose"], (0.0, 0.0), None, close)
            marks = scene["points"][self.head.landmark68]
            flat = marks[:, :2] / marks[:, 2:]
            flat[:17] = self._outline(scene["points"], state["pose"][2])
            if frame is None:
                cx, cy, width, _ = face_square(flat)
                frame = 1 / (avatar_draw.ZOOM * width), np.array([cx, cy - avatar_draw.LIFT * width])
            picture = self._draw(np.random.default_rng(look), scene, *frame, (side, side), 2)
            out.append(picture)
            all_marks.append(2 * frame[0] * (flat - frame[1]))
        # One exposure and colour for all, taken from the first; no noise: it cannot be foretold.
        exposure = rng.uniform(0.2, 0.4) / (out[0][side // 4 : -side // 4, side // 4 : -side // 4].mean() + 1e-4) * np.exp(rng.normal(0, 0.07, 3))
        gamma = 1 / rng.uniform(1.9, 2.5)
        develop = lambda p: np.clip(1 - np.exp(-1.25 * np.clip(p * exposure, 0, None)), 0, 1) ** gamma
        return [(255 * develop(p)).round().astype(np.uint8) for p in out], all_marks


def pairs(run, characters, people, states, seed, side=SIZE):
    """The arrays above, from the run's cache or made there."""
    size = "" if side == SIZE else f"-{side}px"
    return run.derived(f"avatar-pairs-{characters}-{people}-{states}-{seed}{size}", lambda: make(run, characters, people, states, seed, side))


def make(run, characters, people, count, seed, side):
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    head = str(run.needs("ict_facekit.npz"))
    template = avatar_mesh.Template(Head(head))
    sitters = Sitters(head, load_backgrounds(run.needs("lfw_A-H.zip"), 300))
    images, points, codes, emotions = [], [], [], []
    total = characters + people
    for number in range(total):
        states = states_of(rng, count)
        if number < characters:
            pictures, marks = drawn(rng, template, states, side)
        else:
            sitters.lives = 0
            sitters._person(rng)
            sitters.lives = 10**9
            pictures, marks = sitters.pictures(rng, states, side)
        images.append(np.array(pictures))
        points.append(np.array(marks, np.float32))
        codes.append([code_of(s) for s in states])
        emotions.append([rig.EMOTIONS.index(s["emotion"]) for s in states])
        if number % 50 == 49:
            run.note(f"{number + 1} of {total} characters and people are drawn.")
    person = (np.arange(total) >= characters).astype(np.int8)
    return {"image": np.array(images), "marks": np.array(points), "code": np.array(codes, np.float32), "emotion": np.array(emotions), "person": person}
