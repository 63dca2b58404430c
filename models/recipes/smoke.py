"""Two steps of every recipe (or of those that are named) on tiny made-up data, through to the manifest.

Run: python smoke.py [NAME ...]. Recipes run side by side, one to a core. `gpu` is the pack and the queue of gpu/, tried on the processor.
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
import traceback
import zipfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch

import recipe

ENTRY = {
    "id", "task", "role", "default", "title", "file", "sha256", "bytes", "inputs", "outputs", "labels", "preprocessing", "licence", "card", "figures", "check",
}  # fmt: skip
LINE = {"epoch", "step", "share", "losses", "seconds"}


# Other ways of a recipe that have code of their own: name -> recipe and options.
WAYS = {"animation-compact by keypoints alone": ("animation-compact", "--keypoints", "free")}


def fault_of(name: str, out: Path) -> str | None:
    """What is wrong with a recipe, if anything."""
    name, *options = WAYS.get(name, (name,))
    lines = io.StringIO()
    with redirect_stdout(lines):
        code = recipe.work([name, *options, "--smoke", "--out", str(out), "--json"])
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
    if set(entry) - {"cpu"} != ENTRY:
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
    fault = fault_of_graph(made, data, entry, json.loads((out / entry["check"]).read_text()))
    if fault is None and "cpu" in entry:
        fault = fault_of_graph(f"{made}, int8", (out / entry["cpu"]["file"]).read_bytes(), entry, json.loads((out / entry["cpu"]["check"]).read_text()))
    return fault


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


def fault_of_gpu(out: Path) -> str | None:
    """What is wrong with the pack and the queue of gpu/: every task goes in, is trained, and comes back as weights that ONNX agrees with."""
    import made_up
    from gpu import pack
    from gpu import run as queue
    from gpu.tasks import TASKS

    data, packed, left = out / "data", out / "pack", out / "out"
    data.mkdir()
    made_up.fer(data, 80, 16)
    made_up.raf(data, 56)
    made_up.voices(data, 0.3)
    for make in (made_up.marked, made_up.lfw, made_up.head):
        make(data)
    with redirect_stdout(io.StringIO()) as said:
        pack.main(["--data", str(data), "--out", str(packed), "--small"])
        code = queue.main(["--pack", str(packed), "--out", str(left), "--minutes", "5", "--device", "cpu", "--workers", "2", "--small"])
    if code != 0:
        return f"a task failed: {[line for line in said.getvalue().splitlines() if 'failed' in line]}"
    for name, task in TASKS.items():
        with zipfile.ZipFile(left / f"{name}.zip") as archive:
            files = set(archive.namelist())
            wanted = {f"weights-{stage}.pt" for stage in task.stages} if task.several else {"weights.pt"}
            if files != wanted | {"model.onnx"}:
                return f"{name}.zip holds {sorted(files)}"
            states = [torch.load(io.BytesIO(archive.read(file)), weights_only=True)["state"] for file in wanted]
        if not all(bool(torch.isfinite(value).all()) for state in states for value in state.values()):
            return f"{name}: weights that are no numbers"
    told = [json.loads(line) for line in (left / "run.jsonl").read_text().splitlines()]
    trained = {(line["task"], line["stage"]) for line in told if "figures" in line}
    missing = {(name, stage) for name, task in TASKS.items() for stage in task.stages} - trained
    return f"not trained: {sorted(missing)}" if missing else None


def check(name: str) -> tuple[str, str | None, float]:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="edin-recipe-") as folder:
        try:
            fault = fault_of_gpu(Path(folder)) if name == "gpu" else fault_of(name, Path(folder))
        except Exception as error:
            traceback.print_exc()
            fault = f"{type(error).__name__}: {error}"
    return name, fault, time.monotonic() - started


def main() -> int:
    names = sys.argv[1:] or ["gpu", *recipe.RECIPES, *WAYS]
    workers = min(len(names), os.cpu_count() or 1, 4)
    failed, started = 0, time.monotonic()
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(check, name) for name in names]):
            name, fault, seconds = done.result()
            failed += fault is not None
            print(f"{name}: {fault or 'good'}, {seconds:.0f} s", flush=True)
    print(f"{len(names) - failed} of {len(names)} recipes are good, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
