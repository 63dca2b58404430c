"""Builds the cast: models/avatars/NAME.glb, and a contact sheet of every character in every emotion.

    python3 avatar_cast.py DATA [--sheet sheet.jpg]
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import avatar_draw
import avatar_glb
import avatar_mesh
import avatar_rig as rig
from avatar_makehuman import HEADS, MakeHuman
from head import Head

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=HERE.parent / "avatars")
    args = parser.parse_args()
    args.out.mkdir(exist_ok=True)
    heads = ((avatar_mesh.Template(Head(str(args.data / "ict_facekit.npz"))), avatar_mesh.CAST), (MakeHuman(args.data / "makehuman_head_cc0.npz"), HEADS))
    rows = []
    for name, character in ((name, template.character(spec, name)) for template, cast in heads for name, spec in cast.items()):
        print(name, avatar_glb.write(character, args.out / f"{name}.glb"), "bytes")
        shots = [avatar_draw.draw(character, rig.display(np.random.default_rng(0), e, clean=True), size=128) for e in rig.EMOTIONS]
        rows.append(np.concatenate(shots, 1))
    Image.fromarray(np.concatenate(rows, 0)).save(args.out / "cast.jpg", quality=85)


if __name__ == "__main__":
    main()
