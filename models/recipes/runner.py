"""What every recipe shares while it runs: options, seeds, progress, derived data, publishing. Training stands in training.py.

The contract is in README.md beside this file; recipe.py is the command.
"""

from __future__ import annotations

import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
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


# `minutes`: end in this time, with fewer epochs if need be; 0 is no limit. `start`: weights.pt of an earlier OUT folder, or an exported
# model.onnx, to go on from. `workers`: processes that draw batches where the processor makes them. `cache`: where derived data are kept; empty is OUT/work.
SHARED: Options = {
    "seed": 1, "epochs": 10, "steps": 0, "batch": 64, "rate": 1e-3, "decay": 0.03, "bf16": False, "minutes": 0.0, "start": "",
    "device": "auto", "threads": 1, "workers": 0, "cache": "",
}  # fmt: skip
# Of a machine, not of a network: they are not part of how a run is repeated.
MACHINE = ("device", "threads", "workers", "cache")


class Failure(Exception):
    """A failure whose text says what to do next."""


class Run:
    """One run of a recipe: reads `data`, leaves an importable folder in `out`."""

    def __init__(
        self, name: str, data: Path, out: Path, options: Options, tell: Callable[[Mapping[str, Any]], None], defaults: Options | None = None
    ) -> None:
        self.name = name
        self.data = data
        self.out = out
        self.options = SimpleNamespace(**options)
        self.random = common.seed_all(self.options.seed)
        self.history: list[dict[str, Any]] = []
        self.published: list[str] = []
        # How far the network that is being fitted has come, 0..1.
        self.share = 0.0
        # Its averaged weights so far.
        self.average: nn.Module | None = None
        self._defaults = defaults or {}
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

    def autocast(self) -> AbstractContextManager[Any]:
        """bfloat16 for what a network computes, where --bf16 says so."""
        import torch

        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.options.bf16)

    def generator(self, epoch: int) -> torch.Generator:
        """Random numbers of an epoch, on the device."""
        import torch

        return torch.Generator(self.device).manual_seed(self.options.seed * 100_003 + epoch)

    def progress(
        self,
        epoch: int,
        step: int,
        share: float,
        losses: Figures | None = None,
        figures: Figures | None = None,
        rate: float | None = None,
        best: bool | None = None,
        part: str = "",
    ) -> None:
        """One line of progress; an epoch's last one has `figures` and goes into the history, perhaps with the learning rate
        and whether it is the best so far. `part` names one of several networks that are fitted in turn."""
        line: dict[str, Any] = {"epoch": epoch, "step": step, "share": round(min(1.0, share), 4), "losses": rounded(losses or {})}
        line["seconds"] = round(time.monotonic() - self._begun, 1)
        if part:
            line["part"] = part
        if figures is not None:
            line["figures"] = rounded(figures)
            if rate is not None:
                line["rate"] = float(f"{rate:.6g}")
            if best is not None:
                line["best"] = best
            self.history.append(line)
        self._tell(line)

    def note(self, text: str, **more: Any) -> None:
        self._tell({"note": text, **more})

    @property
    def stopping(self) -> bool:
        """Somebody made the file `stop` in OUT: end after this epoch and publish the best so far."""
        return (self.out / "stop").exists()

    @property
    def cache(self) -> Path:
        """The folder of what was computed from DATA and can be computed again."""
        return Path(self.options.cache) if self.options.cache else self.out / "work"

    def needs(self, name: str) -> Path:
        """A file or folder of DATA."""
        path = self.data / name
        if not path.exists():
            raise Failure(f"{self.data} has no {name}. `python models/recipes/recipe.py --list` says what each recipe's data folder holds.")
        return path

    def unpacked(self, name: str) -> Path:
        """The folder of DATA's archive NAME.zip: DATA/NAME where it lies there unpacked, else it is unpacked into the cache."""
        folder = Path(name).stem
        for place in (self.data / folder, self.cache / folder):
            if place.is_dir():
                return place
        part = self.cache / f"{folder}.part"
        with zipfile.ZipFile(self.needs(name)) as archive:
            archive.extractall(part)
        os.replace(part, self.cache / folder)
        return self.cache / folder

    def derived(self, name: str, make: Callable[[], Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Arrays that are computed once and kept in the cache as NAME.npz. `name` holds all that they depend on."""
        path = self.cache / f"{name}.npz"
        if not path.exists():
            self.note(f"Makes {name}; it is kept in {self.cache}.")
            common.save_arrays(path, make())
        with np.load(path) as stored:
            return {key: stored[key] for key in stored.files}

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
        ramp: float = 10,
        warmup: float = 0.1,
        clip: float = 5.0,
        betas: tuple[float, float] = (0.9, 0.999),
        make: Callable[[nn.Module, float, float], torch.optim.Optimizer] | None = None,
        patience: int = 0,
        channels_last: bool = False,
        part: tuple[str, int, int] | None = None,
    ) -> nn.Module:
        """AdamW (or what `make` makes of network, rate and decay), warm-up and cosine, averaged weights. Returns the
        average that was best by `better`, or the last one; after `patience` epochs that were no better it ends (0: never).

        `batches(epoch)` gives at least `steps` batches; `loss` names the parts whose sum is minimised; `measure` is
        called with the averaged network after each epoch. After each epoch everything that is needed to go on lies in
        OUT/checkpoint.pt: the same command goes on from there after a crash. The weights are left in OUT/weights.pt. `part`:
        (name, number, of how many) where a recipe fits several networks in turn. `channels_last` is twice as fast for
        convolutions in bfloat16; a 1x1 convolution of three channels in float32 breaks PyTorch 2.13's memory with it.
        """
        import training

        return training.fit(
            self, network, batches=batches, steps=steps, loss=loss, measure=measure, better=better, keep=keep, ramp=ramp, warmup=warmup,
            clip=clip, betas=betas, make=make, patience=patience,
            channels_last=channels_last, part=part,
        )  # fmt: skip

    @property
    def command(self) -> str:
        """The command that repeats this run: options that differ from their defaults are named."""
        words = [f"python models/recipes/recipe.py {self.name} --data DATA --out OUT"]
        for name, value in vars(self.options).items():
            if name in (*MACHINE, "how", "calibrated") or value == self._defaults.get(name, value):
                continue
            flag = name.replace("_", "-")
            words.append(f"--{'' if value else 'no-'}{flag}" if isinstance(value, bool) else f"--{flag} {without_folders(value)}")
        return " ".join(words)

    def publish(self, entry: Mapping[str, Any], figures: Mapping[str, Any] | None = None, curves: Mapping[str, list[float]] | None = None) -> Path:
        """Registers a network whose files lie in OUT/<id>/, with its figures and curves. Returns that folder.

        `entry`: a manifest entry (models/README.md) without sha256 and bytes; its files need no mention where they have their usual
        names. `figures`, where given, is written with how the run went. `curves`: in place of those of the history.
        """
        name = entry["id"]
        folder = self.out / name
        files = {"file": "model.onnx", "card": "card.md", "figures": "figures.json", "check": "check.json"}
        if figures is not None:
            options = {key: without_folders(value) for key, value in vars(self.options).items() if key not in MACHINE}
            run = {"recipe": self.name, "options": options, "versions": versions(), "history": self.history}
            common.write_json(folder / "figures.json", {**figures, "run": run})
        drawn = curves if curves is not None else curves_of(self.history)
        if drawn:
            measures.plot_curves(drawn, folder / "curves.png", name)
            show_curves(folder / "card.md")
        common.register({**{key: f"{name}/{file}" for key, file in files.items()}, **entry}, self.out)
        self.published.append(name)
        return folder

    def finish(self) -> None:
        """Ends a run that succeeded: what only a crash needs goes."""
        if not self.published:
            raise Failure(f"The recipe {self.name} published nothing. That is a fault of the recipe.")
        for path in (*self.out.glob("checkpoint*.pt"), self.out / "stop"):
            path.unlink(missing_ok=True)


def show_curves(card: Path) -> None:
    """Shows the curves in a card that does not as yet, below its figures."""
    text = card.read_text(encoding="utf-8")
    if "(curves.png)" not in text:
        card.write_text(text.replace("\n## Inputs\n", "\n![curves](curves.png)\n\n## Inputs\n", 1), encoding="utf-8")


def without_folders(value: Any) -> Any:
    """Of absolute paths, in a text that may list some, the last part: the rest is of a machine."""
    if not isinstance(value, str):
        return value
    return ",".join(Path(part).name if Path(part).is_absolute() else part for part in value.split(","))


def rounded(values: Figures) -> dict[str, float]:
    return {name: float(f"{float(value):.6g}") for name, value in values.items()}


def curves_of(history: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Columns for measures.plot_curves: losses share an axis, each figure has its own. Of several parts the last one."""
    curves: dict[str, list[float]] = {}
    last = history[-1].get("part") if history else None
    for line in history:
        if line.get("part") == last:
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
