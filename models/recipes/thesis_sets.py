"""Labelled sets of what nobody has: rendered people and characters whose emotion is known, for the thesis's tables.

    python thesis_sets.py clips DATA OUT [--people 6 --amplitudes 1]
    python thesis_sets.py characters DATA OUT [--each 20]
    python thesis_sets.py held-out DATA OUT

`clips`: people of the ICT head who show an emotion three times, once a second, after half a second of rest; labels.csv has path,
label, subject, amplitude (share of the full display) and displacement (of the landmark that moves most, pixels). `characters`: the
cast of models/avatars in random displays; path, label, subject. `held-out`: links to what no committed network learned from, a folder
each with path, label, subject: rafdb, mrl, ravdess (of whom only speech-thesis has not heard).
"""

import argparse
import csv
import subprocess
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

import avatar_mesh
import avatar_rig as rig
import camera as optics
import common
import rafdb
import ravdess
import speech_thesis
from avatar_people import Actors
from avatar_set import shoot
from eye_sets import MRL_TEST
from head import Head
from render import load_backgrounds, vector_of

SIDE, FRAMES_A_SECOND, REST, CYCLES = 224, 20, 10, 3  # pixels; frames a second; frames; movements of a second each
EMOTIONS = [name for name in rig.EMOTIONS if name != "contempt"]
GRAIN = 1.0  # of the sensor, grey levels, new in each frame


class Stage:
    """One person in one light who can be drawn in any strength of a display, and nothing else changes."""

    def __init__(self, actors, seed):
        self.actors, self.seed = actors, seed
        rng = np.random.default_rng(seed)
        actors.lives = 0
        actors._person(rng)
        actors.lives = 10**9
        self.pose = tuple(np.radians(rng.normal(0, [8, 4, 3])))
        self.close, self.light = rng.uniform(45, 90), int(rng.integers(2**31))
        self.exposure, self.balance = rng.uniform(0.22, 0.34), np.exp(rng.normal(0, 0.04, 3))
        self.frame = None

    def draw(self, weights):
        """(float picture [SIDE, SIDE, 3] 0..255 without grain, landmarks [68, 2] in pixels)."""
        actors = self.actors
        actors.want = weights
        turn = optics.rotation(*self.pose)
        actors._sight = lambda *_: turn @ vector_of(0.0, 0.0)
        scene = actors._scene(np.random.default_rng(self.light), *self.pose, (0.0, 0.0), None, self.close)
        marks = scene["points"][actors.head.landmark68]
        flat = marks[:, :2] / marks[:, 2:]
        if self.frame is None:
            # The camera stands still: it was set up for the face at rest.
            low, high = flat.min(0), flat.max(0)
            self.frame = 0.62 / (high - low).max(), (low + high) / 2
        focal, middle = self.frame
        linear = actors._draw(np.random.default_rng(self.light), scene, focal, middle, (SIDE, SIDE), 2)
        if not hasattr(self, "gain"):
            self.gain = self.exposure / (linear[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4].mean() + 1e-4)
        toned = 1 - np.exp(-1.25 * np.clip(linear * self.gain * self.balance, 0, None))
        return 255 * np.clip(toned, 1e-4, 1) ** (1 / 2.2), (flat - middle) * focal * SIDE + SIDE / 2


def clip(stage, display, amplitude, file, seed):
    """Writes one clip. Returns how far the landmark moves that moves most, in pixels."""
    rng = np.random.default_rng(seed)
    strengths = np.round((1 - np.cos(2 * np.pi * np.arange(FRAMES_A_SECOND) / FRAMES_A_SECOND)) / 2, 6)
    drawn = {s: stage.draw(np.float32(s * amplitude) * display) for s in (np.unique(strengths) if display.any() else [0.0])}
    order = [0.0] * REST + list(strengths) * CYCLES
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIDE}x{SIDE}", "-r", str(FRAMES_A_SECOND),
               "-i", "-", "-c:v", "libx264", "-crf", "8", "-pix_fmt", "yuv444p", str(file)]  # fmt: skip
    frames = [drawn[s if display.any() else 0.0][0] + rng.normal(0, GRAIN, (SIDE, SIDE, 3)) for s in order]
    subprocess.run(command, input=np.clip(np.round(frames), 0, 255).astype(np.uint8).tobytes(), check=True)
    moved = drawn[max(drawn)][1] - drawn[0.0][1]
    return float(np.linalg.norm(moved, axis=1).max())


def clips(data, out, people, amplitudes, seed):
    actors = Actors(str(data / "ict_facekit.npz"), load_backgrounds(data / "lfw_A-H.zip", 100))
    rows = []
    for person in range(people):
        stage = Stage(actors, seed * 1000 + person)
        rng = np.random.default_rng([seed, person])
        for emotion in EMOTIONS:
            # Somebody's own way to show it, the same in each amplitude.
            display = rig.display(rng, emotion, strength=1.0) if emotion != "neutral" else np.zeros(len(rig.SHAPES), np.float32)
            for amplitude in amplitudes if emotion != "neutral" else amplitudes[:1]:
                name = f"p{person}-{emotion}-{amplitude:g}.mp4"
                moved = clip(stage, display, amplitude, out / name, [seed, person, int(1000 * amplitude)])
                rows.append({"path": name, "label": emotion, "subject": f"p{person}", "amplitude": f"{amplitude:g}", "displacement": f"{moved:.3f}"})
        print(f"{person + 1} of {people} people", flush=True)
    return rows


def characters(data, out, each, seed):
    template = avatar_mesh.Template(Head(str(data / "ict_facekit.npz")))
    rows = []
    for name, spec in avatar_mesh.CAST.items():
        character, rng = template.character(spec, name), np.random.default_rng([seed, spec["seed"]])
        for emotion in EMOTIONS:
            for k in range(each):
                file = f"{name}-{emotion}-{k}.png"
                Image.fromarray(shoot(rng, character, emotion)).save(out / file)
                rows.append({"path": file, "label": emotion, "subject": name})
        print(name, flush=True)
    return rows


def unpacked(data, name, work):
    """DATA/NAME, or the archive of that name in a folder of WORK."""
    if (data / name).is_dir():
        return data / name
    if not (work / name).is_dir():
        with zipfile.ZipFile(data / f"{name}.zip") as archive:
            archive.extractall(work / name)
    return work / name


def linked(folder, files):
    """A set of links: files as (path, label, subject or None)."""
    folder.mkdir(parents=True)
    rows = []
    for k, (file, label, subject) in enumerate(files):
        name = f"{k}{file.suffix}"
        (folder / name).symlink_to(file.resolve())
        rows.append({"path": name, "label": label} | ({"subject": subject} if subject else {}))
    common.write_table(folder / "labels.csv", rows)


def held_out(data, out):
    raf, mrl = unpacked(data, "rafdb_train", out), unpacked(data, "mrl_eyes", out)
    faces = rafdb.listed(raf)
    linked(out / "rafdb", [(raf / faces[k]["path"], faces[k]["label"], None) for k in rafdb.parts_of(rafdb.read(raf))[2]])
    with (mrl / "labels.csv").open(newline="") as file:
        eyes = [row for row in csv.DictReader(file) if row["subject"] in MRL_TEST]
    linked(out / "mrl", [(mrl / row["path"], row["label"], row["subject"]) for row in eyes])
    voices = [file for actor in speech_thesis.HELD_OUT for file in sorted((data / "ravdess" / f"Actor_{actor:02d}").glob("*.flac"))]
    linked(out / "ravdess", [(file, ravdess.LABELS[int(file.stem.split("-")[2]) - 1], file.parent.name) for file in voices])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["clips", "characters", "held-out"])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--amplitudes", default="1")
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.what == "clips":
        common.write_table(args.out / "labels.csv", clips(args.data, args.out, args.people, [float(part) for part in args.amplitudes.split(",")], args.seed))
    elif args.what == "characters":
        common.write_table(args.out / "labels.csv", characters(args.data, args.out, args.each, args.seed))
    else:
        held_out(args.data, args.out)


if __name__ == "__main__":
    main()
