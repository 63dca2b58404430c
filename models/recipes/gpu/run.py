"""Trains what a pack holds, by value, in the time that there is: python run.py --pack PACK --out OUT --minutes 12

Each task leaves OUT/<task>.zip: weights.pt (recipe.py NAME --start weights.pt --epochs 0 measures and publishes it; weights-<part>.pt where
a recipe has several networks, --start is their folder then) and model.onnx, written anew while it trains; OUT/run.jsonl holds all lines of progress. What a task does not use of its time the next ones get.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import nn

from gpu import packed
from gpu.tasks import TASKS, TINY, Stage, Task
from runner import SHARED, Run

RESERVE_S = 15  # at the end, for what is written last
LEAST_S = 10  # a training that would get less is left out
EVERY_S = 60  # networks are written so often while they train


class Queue:
    """What is to be done, and until when."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.begun = time.monotonic()
        self.log = (given.out / "run.jsonl").open("a", encoding="utf-8")
        self.failed = 0

    def left_s(self) -> float:
        return self.given.minutes * 60 - RESERVE_S - (time.monotonic() - self.begun)

    def tell(self, line: Mapping[str, Any]) -> None:
        text = json.dumps({"at": round(time.monotonic() - self.begun, 1), **line})
        print(text, flush=True)
        self.log.write(text + "\n")
        self.log.flush()

    def work(self) -> None:
        names = [name for name in self.given.tasks.split(",") if (self.given.pack / f"{name}.npz").exists()]
        self.tell({"note": f"{', '.join(names) or 'nothing'} on {torch.cuda.get_device_name() if torch.cuda.is_available() else 'the processor'}"})
        for at, name in enumerate(names):
            value = TASKS[name].value / sum(TASKS[other].value for other in names[at:])
            try:
                self.train(name, TASKS[name], self.left_s() * value)
            except Exception as error:
                # The next task is worth its time all the same.
                self.failed += 1
                traceback.print_exc()
                self.tell({"task": name, "failed": f"{type(error).__name__}: {error}"})

    def train(self, name: str, task: Task, seconds: float) -> None:
        ends = time.monotonic() + seconds
        arrays = packed.read(self.given.pack / f"{name}.npz")
        made: dict[str, nn.Module] = {}
        shares = {stage: share for stage, (share, _) in task.stages.items()}
        for stage, (share, train) in task.stages.items():
            mine = (ends - time.monotonic()) * share / sum(list(shares.values())[list(shares).index(stage) :])
            if mine < LEAST_S and not self.given.small:
                self.tell({"task": name, "note": f"{stage} would get {mine:.0f} s: left out"})
                continue
            run = self.run_of(name, stage, task, mine, made)
            made[stage] = train(Stage(run, arrays, list(made.values())))
        if made:
            self.write(name, task, made)

    def run_of(self, name: str, stage: str, task: Task, seconds: float, made: Mapping[str, nn.Module]) -> Run:
        """The run of a stage, that writes what comes back as it goes."""
        written = time.monotonic()

        def tell(line: Mapping[str, Any]) -> None:
            nonlocal written
            self.tell({"task": name, "stage": stage, **line})
            comes_back = task.several or stage == list(task.stages)[-1]
            if comes_back and "figures" in line and run.average is not None and time.monotonic() - written > EVERY_S:
                self.write(name, task, {**made, stage: run.average})
                written = time.monotonic()

        options = {**SHARED, "bf16": True, "epochs": 100_000, "device": self.given.device, "workers": self.given.workers, **task.options}
        options |= TINY if self.given.small else {"minutes": seconds / 60}
        run = Run(f"{name}-{stage}", self.given.pack, self.given.work / f"{name}-{stage}", options, tell)
        return run

    def write(self, name: str, task: Task, made: Mapping[str, nn.Module]) -> None:
        """OUT/<name>.zip with weights and the ONNX file of the last network; the one before stays until it is whole."""
        copies = {stage: copy.deepcopy(network).cpu().eval().to(memory_format=torch.contiguous_format) for stage, network in made.items()}
        last = list(copies)[-1]
        with tempfile.TemporaryDirectory() as folder:
            for stage in copies if task.several else [last]:
                torch.save({"state": copies[stage].state_dict()}, Path(folder) / (f"weights-{stage}.pt" if task.several else "weights.pt"))
            task.export(copies[last], Path(folder) / "model.onnx")
            temporary = self.given.out / f"{name}.part"
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted([*Path(folder).glob("*.pt"), Path(folder) / "model.onnx"]):
                    archive.write(file, file.name)
            os.replace(temporary, self.given.out / f"{name}.zip")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="after which everything lies in OUT")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--workers", type=int, default=max(0, (os.cpu_count() or 1) - 2), help="processes that draw batches")
    parser.add_argument("--work", type=Path, help="where checkpoints lie while it runs; they stay where it is named")
    parser.add_argument("--small", action="store_true", help="two steps of everything: to try it out")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    kept = given.work is not None
    given.work = given.work or Path(tempfile.mkdtemp(prefix="edin-gpu-"))
    torch.backends.cudnn.benchmark = True
    torch.set_num_threads(1)
    queue = Queue(given)
    queue.work()
    if not kept:
        shutil.rmtree(given.work)
    return 1 if queue.failed else 0


if __name__ == "__main__":
    sys.exit(main())
