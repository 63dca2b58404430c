"""Two steps of every recipe (or of those that are named) on tiny made-up data, through to the manifest.

Run: python smoke.py [NAME ...]. Recipes run side by side, one to a core.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

import recipe

ENTRY = {
    "id", "task", "role", "default", "title", "file", "sha256", "bytes", "inputs", "outputs", "labels", "preprocessing", "licence", "card", "figures", "check",
}  # fmt: skip
LINE = {"epoch", "step", "share", "losses", "seconds"}


def fault_of(name: str, out: Path) -> str | None:
    """What is wrong with a recipe, if anything."""
    lines = io.StringIO()
    with redirect_stdout(lines):
        code = recipe.work([name, "--smoke", "--out", str(out), "--json"])
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    if code != 0:
        return f"it ended with {code}: {told[-1] if told else 'nothing'}"
    if not told or not told[-1].get("done"):
        return "its last line does not say what is done"
    progress = [line for line in told if "share" in line]
    short = [line for line in progress if not set(line) >= LINE]
    if short:
        return f"a line of progress lacks {sorted(LINE - set(short[0]))}"
    shares = [line["share"] for line in progress]
    if shares != sorted(shares) or (shares and shares[-1] != 1):
        return f"its progress is {shares}"
    entries = {entry["id"]: entry for entry in json.loads((out / "manifest.json").read_text())["models"]}
    for made in told[-1]["done"]:
        fault = f"{made} is not in its manifest" if made not in entries else fault_of_network(name, out, entries[made])
        if fault:
            return fault
    return None


def fault_of_network(name: str, out: Path, entry: dict[str, Any]) -> str | None:
    """Of the files of a network: they are those that the manifest names, ONNX gives what PyTorch gave, and the card says how to repeat."""
    made = entry["id"]
    if set(entry) != ENTRY:
        return f"{made}: its entry has {sorted(set(entry) ^ ENTRY)} too much or too little"
    missing = [key for key in ("file", "card", "figures", "check") if not (out / entry[key]).is_file()]
    if missing:
        return f"{made} lacks {', '.join(missing)}"
    data = (out / entry["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"] or len(data) != entry["bytes"]:
        return f"{made} has another hash than its manifest says"
    json.loads((out / entry["figures"]).read_text())
    if f"recipe.py {name} " not in (out / entry["card"]).read_text():
        return f"{made}: the card does not say how to repeat it"
    return fault_of_graph(made, data, entry, json.loads((out / entry["check"]).read_text()))


def fault_of_graph(made: str, data: bytes, entry: dict[str, Any], check: dict[str, Any]) -> str | None:
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for kind, tensors in (("inputs", session.get_inputs()), ("outputs", session.get_outputs())):
        named = {tensor["name"]: len(tensor["shape"]) for tensor in entry[kind]}
        found = {tensor.name: len(tensor.shape) for tensor in tensors if kind == "inputs" or tensor.name in named}
        if named != found:
            return f"{made}: the entry's {kind} are {named}, the graph's {found}"
    stored = {kind: {name: array_of(value) for name, value in check[kind].items()} for kind in ("inputs", "outputs")}
    names = list(stored["outputs"])
    for output, said in zip(names, session.run(names, {key: value.astype(np.float32) for key, value in stored["inputs"].items()})):
        wanted = stored["outputs"][output]
        if said.shape != wanted.shape or not np.abs(said - wanted).max() <= check["tolerance"]:
            return f"{made}: {output} is not what the check holds"
    classes = entry["outputs"][0]["shape"][-1]
    if entry["labels"] and classes != len(entry["labels"]):
        return f"{made}: {classes} outputs for {len(entry['labels'])} labels"
    return None


def array_of(value: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(value["base64"]), value["type"]).reshape(value["shape"])


def check(name: str) -> tuple[str, str | None, float]:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edin-recipe-") as folder:
        fault = fault_of(name, Path(folder))
    return name, fault, time.monotonic() - started


def main() -> int:
    names = sys.argv[1:] or list(recipe.RECIPES)
    workers = min(len(names), os.cpu_count() or 1, 4)
    failed, started = 0, time.monotonic()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for name, fault, seconds in pool.map(check, names):
            failed += fault is not None
            print(f"{name}: {fault or 'good'}, {seconds:.0f} s", flush=True)
    print(f"{len(names) - failed} of {len(names)} recipes are good, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
