"""A set like FERG: characters that show emotions, for the networks that read emotions on avatars.

    python3 avatar_set.py DATA OUT.npz --random 240 --each 6 --cast 40 [--seed 1]

Pictures [n, 64, 64, 3] as the product's judge sees them (drawn at 128 and averaged), emotion, character (0..7 the cast, then
random ones) and whether the display is at full strength.
"""

import argparse
from pathlib import Path

import numpy as np

import avatar_draw
import avatar_mesh
import avatar_rig as rig
from head import Head


def shoot(rng, character, emotion):
    state = rig.state(rng, emotion)
    around = rng.normal(0.38, 0.35)
    light = np.array([around, -0.55 + rng.normal(0, 0.2), -0.74])
    background = rng.uniform(0.1, 0.9, 3) if rng.uniform() < 0.6 else (0.55, 0.68, 0.75)
    picture = avatar_draw.draw(character, state["weights"], state["pose"], state["gaze"], 128, background=background, light=light / np.linalg.norm(light))
    return picture.reshape(64, 2, 64, 2, 3).mean((1, 3)).round().astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--random", type=int, default=240)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--cast", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    template = avatar_mesh.Template(Head(str(args.data / "ict_facekit.npz")))
    pictures, emotions, characters = [], [], []
    specs = list(avatar_mesh.CAST.values()) + [avatar_mesh.random_spec(rng) for _ in range(args.random)]
    for number, spec in enumerate(specs):
        character = template.character(spec)
        for emotion in rig.EMOTIONS:
            for _ in range(args.cast if number < len(avatar_mesh.CAST) else args.each):
                pictures.append(shoot(rng, character, emotion))
                emotions.append(rig.EMOTIONS.index(emotion))
                characters.append(number)
        if number % 20 == 19:
            print(number + 1, len(specs), flush=True)
    np.savez_compressed(args.out, image=np.array(pictures), emotion=np.array(emotions), character=np.array(characters))


if __name__ == "__main__":
    main()
