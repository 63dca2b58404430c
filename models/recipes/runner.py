"""What every recipe shares while it runs: options, seeds, progress, averaged weights, checkpoints, publishing.

The contract is in README.md beside this file; recipe.py is the command.
"""

from __future__ import annotations

import copy
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

import common
import measures

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Options = Mapping[str, Any]
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Recipe:
    """One network and how it is made."""

    title: str
    task: str
    # What DATA has to hold, in a sentence.
    data: str
    run: Callable[[Run], None]
    # Writes tiny made-up data into a folder; returns the options of a two-step run on it.
    smoke: Callable[[Path], dict[str, Any]]
    # Further options with their defaults; every recipe has those of SHARED.
    options: Options = field(default_factory=dict)


SHARED: Options = {"seed": 1, "epochs": 10, "steps": 0, "batch": 64, "rate": 1e-3, "decay": 0.03, "device": "auto", "threads": 1}


class Failure(Exception):
    """A failure whose text says what to do next."""


class Run:
    """One run of a recipe: reads `data`, leaves an importable folder in `out`."""

    def __init__(self, name: str, data: Path, out: Path, options: Options, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self.name = name
        self.data = data
        self.out = out
        self.options = SimpleNamespace(**options)
        self.random = common.seed_all(self.options.seed)
        self.history: list[dict[str, Any]] = []
        self.published: list[str] = []
        self._tell = tell
        self._begun = time.monotonic()
        out.mkdir(parents=True, exist_ok=True)

    @property
    def device(self) -> torch.device:
        import torch

        wanted = self.options.device
        if wanted == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if wanted.startswith("cuda") and not torch.cuda.is_available():
            raise Failure("PyTorch sees no CUDA device. Use --device cpu, or install PyTorch for your graphics card.")
        return torch.device(wanted)

    def progress(
        self, epoch: int, step: int, share: float, losses: Figures | None = None, figures: Figures | None = None
    ) -> None:
        """One line of progress; an epoch's last one has `figures` and goes into the history."""
        line: dict[str, Any] = {"epoch": epoch, "step": step, "share": round(min(1.0, share), 4), "losses": rounded(losses or {})}
        line["seconds"] = round(time.monotonic() - self._begun, 1)
        if figures is not None:
            line["figures"] = rounded(figures)
            self.history.append(line)
        self._tell(line)

    def note(self, text: str) -> None:
        self._tell({"note": text})

    @property
    def stopping(self) -> bool:
        """Somebody made the file `stop` in OUT: end after this epoch and publish the best so far."""
        return (self.out / "stop").exists()

    def fit(
        self,
        network: nn.Module,
        *,
        batches: Callable[[int], Iterator[Any]],
        steps: int,
        loss: Callable[[nn.Module, Any], Mapping[str, Tensor]],
        measure: Callable[[nn.Module], Figures] | None = None,
        better: str | None = None,
        keep: float = 0.998,
        warmup: float = 0.1,
        clip: float = 5.0,
    ) -> nn.Module:
        """AdamW, warm-up and cosine, averaged weights. Returns the average that was best by `better`, or the last one.

        `batches(epoch)` gives at least `steps` batches; `loss` names the parts whose sum is minimised; `measure` is
        called with the averaged network after each epoch. After each epoch everything that is needed to go on lies in
        OUT/checkpoint.pt: the same command goes on from there after a crash.
        """
        import torch

        options = self.options
        device = self.device
        network = network.to(device)
        average = Average(network, keep)
        optimiser = adamw(network, options.rate, options.decay)
        total = max(1, steps * options.epochs)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_at((step + 1) / total, warmup))
        best: tuple[float, dict[str, Tensor]] | None = None
        first = 0
        saved = self._load_checkpoint()
        if saved is not None:
            network.load_state_dict(saved["network"])
            average.network.load_state_dict(saved["average"])
            average.steps = saved["averaged"]
            optimiser.load_state_dict(saved["optimiser"])
            schedule.load_state_dict(saved["schedule"])
            best, first, self.history = saved["best"], saved["epoch"], saved["history"]
            self.note(f"Goes on after epoch {first} of {options.epochs}.")
        for epoch in range(first, options.epochs):
            # Each epoch draws from a seed of its own, so that a run that was interrupted repeats the one that was not.
            torch.manual_seed(options.seed * 100_003 + epoch)
            self.random = np.random.default_rng([options.seed, epoch])
            network.train()
            sums: dict[str, float] = {}
            done = 0
            for batch in batches(epoch):
                parts = loss(network, batch)
                whole = sum(parts.values())
                optimiser.zero_grad(set_to_none=True)
                whole.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
                optimiser.step()
                schedule.step()
                average.follow(network)
                done += 1
                for name, value in parts.items():
                    sums[name] = sums.get(name, 0.0) + float(value.detach())
                if done % max(1, steps // 5) == 0 and done < steps:
                    self.progress(epoch + 1, done, (epoch * steps + done) / total, mean(sums, done))
                if done >= steps:
                    break
            if not all(math.isfinite(value) for value in sums.values()):
                raise Failure("The loss is no number any more. Use a smaller rate, such as a third of this one.")
            figures = measure(average.network.eval()) if measure else {}
            self.progress(epoch + 1, done, (epoch + 1) / options.epochs, mean(sums, max(1, done)), figures)
            if better is not None and (best is None or figures[better] >= best[0]):
                best = (figures[better], copy.deepcopy(average.network.state_dict()))
            self._save_checkpoint(
                {
                    "epoch": epoch + 1, "network": network.state_dict(), "average": average.network.state_dict(),
                    "averaged": average.steps, "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
                    "best": best, "history": self.history,
                }
            )
            if self.stopping:
                self.note(f"Stopped after epoch {epoch + 1}, as asked.")
                break
        if best is not None:
            average.network.load_state_dict(best[1])
        return average.network.eval().cpu()

    def publish(self, entry: Mapping[str, Any], figures: Mapping[str, Any] | None = None) -> Path:
        """Registers a network whose files lie in OUT/<id>/, with its figures and curves. Returns that folder.

        `entry`: all of a manifest entry but sha256 and bytes (models/README.md). `figures`, where given, is written with
        how the run went.
        """
        folder = self.out / entry["id"]
        if figures is not None:
            run = {"recipe": self.name, "options": vars(self.options), "versions": versions(), "history": self.history}
            common.write_json(folder / "figures.json", {**figures, "run": run})
        curves = curves_of(self.history)
        if curves:
            measures.plot_curves(curves, folder / "curves.png", entry["id"])
        common.register(dict(entry), self.out)
        self.published.append(entry["id"])
        return folder

    def registered(self, name: str) -> None:
        """Tells of a network that the recipe has registered in OUT by itself."""
        self.published.append(name)

    def _checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def _fingerprint(self) -> str:
        """A run goes on only as what it was begun as."""
        return json.dumps([self.name, str(self.data), vars(self.options)], sort_keys=True, default=str)

    def _save_checkpoint(self, state: dict[str, Any]) -> None:
        import torch

        temporary = self._checkpoint().with_suffix(".part")
        torch.save({**state, "fingerprint": self._fingerprint()}, temporary)
        os.replace(temporary, self._checkpoint())

    def _load_checkpoint(self) -> dict[str, Any] | None:
        import torch

        if not self._checkpoint().exists():
            return None
        saved: dict[str, Any] = torch.load(self._checkpoint(), map_location="cpu", weights_only=False)
        if saved["fingerprint"] != self._fingerprint():
            self.note("The checkpoint in OUT is of other options or data: this run begins anew.")
            return None
        return saved

    def finish(self) -> None:
        """Ends a run that succeeded: what only a crash needs goes."""
        if not self.published:
            raise Failure(f"The recipe {self.name} published nothing. That is a fault of the recipe.")
        for name in ("checkpoint.pt", "stop"):
            (self.out / name).unlink(missing_ok=True)


class Average:
    """The exponential moving average of a network's weights: what is measured and published."""

    def __init__(self, network: nn.Module, keep: float, ramp: float = 10) -> None:
        """`ramp`: the steps after which about half of what is kept is older."""
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.keep = keep
        self.ramp = ramp
        self.steps = 0

    def follow(self, network: nn.Module) -> None:
        """One step towards the weights as they are; the first steps are taken faster."""
        import torch

        self.steps += 1
        keep = min(self.keep, self.steps / (self.steps + self.ramp))
        with torch.no_grad():
            for mean_of, value in zip(self.network.state_dict().values(), network.state_dict().values()):
                if mean_of.dtype.is_floating_point:
                    mean_of.lerp_(value, 1 - keep)
                else:
                    mean_of.copy_(value)


def adamw(network: nn.Module, rate: float, decay: float) -> torch.optim.Optimizer:
    """Weights decay, biases and scales do not."""
    import torch

    decayed = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=rate)


def rate_at(share: float, warmup: float) -> float:
    """Share of the learning rate: a linear start, then half a cosine down to nothing."""
    return min(1.0, share / max(warmup, 1e-6)) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share)))


def mean(sums: Figures, count: int) -> dict[str, float]:
    return {name: value / count for name, value in sums.items()}


def rounded(values: Figures) -> dict[str, float]:
    return {name: float(f"{float(value):.6g}") for name, value in values.items()}


def curves_of(history: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Columns for measures.plot_curves: losses share an axis, each figure has its own."""
    curves: dict[str, list[float]] = {}
    for line in history:
        for name, value in line["losses"].items():
            curves.setdefault(f"loss {name}", []).append(value)
        for name, value in line["figures"].items():
            curves.setdefault(name, []).append(value)
    return curves


def versions() -> dict[str, str]:
    """Of what made the network."""
    found = {"python": sys.version.split()[0]}
    for name in ("torch", "numpy", "onnx"):
        module = sys.modules.get(name)
        if module is not None:
            found[name] = str(module.__version__)
    return found
