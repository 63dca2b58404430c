"""Fitting a network, once for every recipe: AdamW, warm-up and cosine, averaged weights, bfloat16, a time limit, checkpoints.

`Run.fit` in runner.py is the door; what stands here beside it is for loops of another shape.
"""

from __future__ import annotations

import copy
import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from runner import Figures, Run


def fit(
    run: Run,
    network: nn.Module,
    *,
    batches: Callable[[int], Iterator[Any]],
    steps: int,
    loss: Callable[[nn.Module, Any], Mapping[str, Tensor]],
    measure: Callable[[nn.Module], Figures] | None,
    better: str | None,
    keep: float,
    ramp: float,
    warmup: float,
    clip: float,
    betas: tuple[float, float],
    make: Callable[[nn.Module, float, float], torch.optim.Optimizer] | None,
    patience: int,
    channels_last: bool,
    part: tuple[str, int, int] | None,
) -> nn.Module:
    """See Run.fit."""
    from runner import Failure

    options = run.options
    name, at, of = part or ("", 0, 1)
    network = network.to(run.device, memory_format=torch.channels_last if channels_last else torch.preserve_format)
    average = Average(network, keep, ramp)
    run.average = average.network
    optimiser = make(network, options.rate, options.decay) if make else adamw(network, options.rate, options.decay, betas)
    total = max(1, steps * options.epochs)
    best: tuple[float, dict[str, Tensor]] | None = None
    first, before = 0, 0.0
    saved = load_checkpoint(run, name)
    if saved is not None:
        network.load_state_dict(saved["network"])
        average.network.load_state_dict(saved["average"])
        average.steps = saved["averaged"]
        optimiser.load_state_dict(saved["optimiser"])
        best, first, before, run.history = saved["best"], saved["epoch"], saved["elapsed"], saved["history"]
        if first < options.epochs:
            whose = f" of {name}" if name else ""
            run.note(f"Goes on after epoch {first} of {options.epochs}{whose}.", before=run.history)
    begun = time.monotonic() - before

    def share(done: int) -> float:
        """0 to 1, by steps or by the clock, whichever is further: the schedule ends in time on a slow machine."""
        clock = (time.monotonic() - begun) / 60 / options.minutes * of if options.minutes else 0.0
        return min(1.0, max(done / total, clock))

    for epoch in range(first, options.epochs):
        if epoch > first and share(epoch * steps) >= 1:
            break
        if patience and better is not None and idle(run.history) >= patience:
            run.note(f"Stopped after epoch {epoch}: {patience} epochs in a row were no better.")
            break
        # Each epoch draws from a seed of its own, so that a run that was interrupted repeats the one that was not.
        torch.manual_seed(options.seed * 100_003 + epoch)
        run.random = np.random.default_rng([options.seed, epoch])
        network.train()
        sums: dict[str, Tensor] = {}
        done = 0
        run.share = share(epoch * steps)
        for batch in batches(epoch):
            for group in optimiser.param_groups:
                group["lr"] = options.rate * rate_at(share(epoch * steps + done + 1), warmup)
            parts = loss(network, batch)
            whole: Tensor = sum(parts.values(), torch.zeros((), device=run.device))
            optimiser.zero_grad(set_to_none=True)
            whole.backward()
            nn.utils.clip_grad_norm_(network.parameters(), clip)
            optimiser.step()
            average.follow(network)
            done += 1
            for key, value in parts.items():
                sums[key] = sums.get(key, torch.zeros_like(value.detach())) + value.detach()
            run.share = share(epoch * steps + done)
            if done % max(1, steps // 5) == 0 and done < steps:
                run.progress(epoch + 1, done, (at + run.share) / of, means(sums, done))
            if done >= steps or run.share >= 1:
                break
        losses = means(sums, max(1, done))
        if not all(math.isfinite(value) for value in losses.values()):
            raise Failure("The loss is no number any more. Use a smaller rate, such as a third of this one.")
        figures = measure(average.network.eval()) if measure else {}
        ends = epoch + 1 == options.epochs or run.share >= 1
        is_best = None if better is None else best is None or figures[better] >= best[0]
        whole_share = (at + (1.0 if ends else run.share)) / of
        run.progress(epoch + 1, done, whole_share, losses, figures, optimiser.param_groups[0]["lr"], is_best, name)
        if is_best and better is not None:
            best = (figures[better], copy.deepcopy(average.network.state_dict()))
        state = {"network": network.state_dict(), "average": average.network.state_dict(), "averaged": average.steps}
        state |= {"optimiser": optimiser.state_dict(), "best": best, "history": run.history}
        elapsed = time.monotonic() - begun
        save_checkpoint(run, name, {"epoch": options.epochs if ends else epoch + 1, "elapsed": elapsed, **state})
        if run.stopping and not ends:
            run.note(f"Stopped after epoch {epoch + 1}, as asked.")
            break
    if best is not None:
        average.network.load_state_dict(best[1])
    made = average.network.eval().cpu().to(memory_format=torch.contiguous_format)
    torch.save({"state": made.state_dict()}, run.out / f"weights{f'-{name}' if name else ''}.pt")
    return made


def idle(history: list[dict[str, Any]]) -> int:
    """Epochs since the best one."""
    for count, line in enumerate(reversed(history)):
        if line.get("best"):
            return count
    return len(history)


def fingerprint(run: Run) -> str:
    """A run goes on only as what it was begun as."""
    return json.dumps([run.name, str(run.data), vars(run.options)], sort_keys=True, default=str)


def save_checkpoint(run: Run, name: str, state: dict[str, Any]) -> None:
    path = run.out / f"checkpoint{f'-{name}' if name else ''}.pt"
    temporary = path.with_suffix(".part")
    torch.save({**state, "fingerprint": fingerprint(run)}, temporary)
    os.replace(temporary, path)


def load_checkpoint(run: Run, name: str) -> dict[str, Any] | None:
    path = run.out / f"checkpoint{f'-{name}' if name else ''}.pt"
    if not path.exists():
        return None
    saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    if saved["fingerprint"] != fingerprint(run):
        run.note("The checkpoint in OUT is of other options or data: this run begins anew.")
        return None
    return saved


_draw: Callable[[np.random.Generator], tuple[np.ndarray, ...]] | None = None


def _drawn(seed: list[int]) -> tuple[np.ndarray, ...]:
    assert _draw is not None
    return _draw(np.random.default_rng(seed))


def ahead(run: Run, epoch: int, steps: int, draw: Callable[[np.random.Generator], tuple[np.ndarray, ...]]) -> Iterator[tuple[Tensor, ...]]:
    """Batches that the processor draws, on the device: by --workers processes ahead of time, where there are any. Each step has a seed
    of its own, so that the batches are the same for any number of processes."""
    global _draw
    seeds = [[run.options.seed, epoch, step] for step in range(steps)]
    _draw = draw
    if run.options.workers < 1:
        for seed in seeds:
            yield tuple(torch.from_numpy(part).to(run.device) for part in _drawn(seed))
        return
    # Forked: the pictures to draw from are shared, not copied.
    with multiprocessing.get_context("fork").Pool(run.options.workers) as pool:
        for parts in pool.imap(_drawn, seeds):
            yield tuple(torch.from_numpy(part).to(run.device, non_blocking=True) for part in parts)


class Average:
    """The exponential moving average of a network's weights: what is measured and published."""

    def __init__(self, network: nn.Module, keep: float, ramp: float = 10) -> None:
        """`ramp`: the steps after which about half of what is kept is older."""
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.keep = keep
        self.ramp = ramp
        self.steps = 0

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """One step towards the weights as they are; the first steps are taken faster."""
        self.steps += 1
        keep = min(self.keep, self.steps / (self.steps + self.ramp))
        pairs = list(zip(self.network.state_dict().values(), network.state_dict().values()))
        moved = [pair for pair in pairs if pair[0].dtype.is_floating_point]
        torch._foreach_lerp_([mean for mean, _ in moved], [value for _, value in moved], 1 - keep)
        for mean, value in pairs:
            if not mean.dtype.is_floating_point:
                mean.copy_(value)


def adamw(network: nn.Module, rate: float, decay: float, betas: tuple[float, float] = (0.9, 0.999)) -> torch.optim.Optimizer:
    """Weights decay, biases and scales do not."""
    decayed = [p for p in network.parameters() if p.ndim > 1 and p.requires_grad]
    rest = [p for p in network.parameters() if p.ndim <= 1 and p.requires_grad]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, betas=betas)


def rate_at(share: float, warmup: float) -> float:
    """Share of the learning rate: a linear start, then half a cosine down to nothing."""
    return min(1.0, share / max(warmup, 1e-6)) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share)))


def means(sums: Mapping[str, Tensor], count: int) -> dict[str, float]:
    return {name: float(value) / count for name, value in sums.items()}


@torch.no_grad()
def answers(network: nn.Module, inputs: np.ndarray | Sequence[np.ndarray], batch: int = 256) -> list[np.ndarray]:
    """What a network says of `inputs` [n, ...] (several, where it takes several), in parts, on its own device: its outputs."""
    several = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
    device = next(network.parameters()).device
    network.eval()
    out: list[list[Tensor]] = []
    for start in range(0, len(several[0]), batch):
        given = (torch.from_numpy(np.ascontiguousarray(one[start : start + batch])).to(device).float() for one in several)
        said = network(*given)
        out.append([said] if isinstance(said, Tensor) else list(said))
    return [torch.cat(parts).float().cpu().numpy() for parts in zip(*out)]


def start_from(network: nn.Module, path: str, inputs: Tensor | None = None, prefix: str = "", part: str = "") -> None:
    """Gives a network the weights of an earlier run: weights.pt of an OUT folder (or that folder, where a recipe fits several
    networks: `part` names the one), or an exported model.onnx (which needs `inputs`, see unfold.py). Nothing where `path` is empty."""
    if part and path:
        path = os.path.join(path, f"weights-{part}.pt")
    if path.endswith(".onnx"):
        from pathlib import Path

        from unfold import start_from_onnx

        assert inputs is not None
        start_from_onnx(network, Path(path), inputs, prefix)
    elif path:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["state"])
