"""Weights of committed networks as float16, where the answers stay the same: half the bytes. The arithmetic stays float32.

python halve.py ID...; `recipe.py --adopt` does it with what it takes in.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import common

# Most that an output of the check's input may move, of the largest value of that output.
MOST_MOVED = 0.005
LEAST_SAVED = 0.2  # of the file


def answers(path: Path, inputs: dict[str, np.ndarray], names: list[str]) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, inputs)))


def halve(path: Path, check: Path) -> dict[str, Any] | None:
    """Halves the file at `path` and writes what it gives now into its check; nothing where it would save little or an output moves too
    far. Returns the bytes before and after, and how far outputs moved."""
    stored = json.loads(check.read_text())
    inputs = {name: common.decode(value).astype(np.float32) for name, value in stored["inputs"].items()}
    names = list(stored["outputs"])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "model.onnx"
        shutil.copy(path, made)
        common.store_half(made)
        before, after = answers(path, inputs, names), answers(made, inputs, names)
        moved = max(float(np.abs(before[name] - after[name]).max() / (np.abs(before[name]).max() + 1e-9)) for name in names)
        sizes = path.stat().st_size, made.stat().st_size
        if moved > MOST_MOVED or sizes[1] > (1 - LEAST_SAVED) * sizes[0]:
            return None
        shutil.copy(made, path)
    stored["outputs"] = {name: common.encode(after[name]) for name in names}
    common.write_json(check, stored)
    return {"bytes": sizes, "moved": moved}


def main(names: list[str], models: Path = common.MODELS) -> int:
    entries = {entry["id"]: entry for entry in json.loads((models / "manifest.json").read_text())["models"]}
    for name in names:
        entry = entries[name]
        done = halve(models / entry["file"], models / entry["check"])
        common.register({key: value for key, value in entry.items() if key not in ("sha256", "bytes")}, models)
        print(name, "stays as it is" if done is None else f"{done['bytes'][0]} -> {done['bytes'][1]} bytes, outputs moved by {done['moved']:.5f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
