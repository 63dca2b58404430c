"""The compact speech network: measures the folds that `speech_train.py` left, exports the final fit and registers it.

    python speech_train.py DATA --work WORK --final
    python speech.py DATA --work WORK

With 20 speakers the data is the limit, so the committed weights are trained on all of them; the figures are those of
four networks of the same recipe, each on the five speakers that it has not heard. The figures of a speaker use the
temperature that all other speakers give.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import ravdess
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of
from common import MODELS, export_onnx, register, round_to_half, save_arrays, write_card, write_json
from features import LOG_MEL, log_mel, speech_span
from measures import fit_temperature, plot_curves, softmax
from speech_networks import Compact, CompactProduct
from speech_train import SEGMENT, logits_of, segment

HOP = 50  # frames between segments: 0.5 s
LEAST = 50  # frames of speech that a segment must hold to be judged
ENTRY = "speech-compact"
LICENCE = "Weights and data: CC BY-NC-SA 4.0 (RAVDESS, Livingstone and Russo 2018)."


def inputs_of(sound: np.ndarray) -> np.ndarray:
    mel = log_mel(sound)
    first, end = speech_span(mel)
    return mel[:, first:end]


def segments_of(sound: np.ndarray) -> list[np.ndarray]:
    """Inputs of all 2.5 s segments, half a second apart, that hold at least half a second of the clip's speech."""
    mel = log_mel(sound)
    first, end = speech_span(mel)
    out = []
    for start in range(0, max(1, mel.shape[1] - SEGMENT + HOP), HOP):
        if min(end, start + SEGMENT) - max(first, start) >= LEAST:
            out.append(segment(mel, (first, end), start, SEGMENT))
    return out


def disturbances() -> dict:
    """What the held-out voices are put through, each with its own seed a clip."""
    def noisy(snr_db: float):
        return lambda sound, random: ravdess.add_noise(sound, snr_db, random, 0.5)

    return {
        "pink noise 20 dB": noisy(20),
        "pink noise 10 dB": noisy(10),
        "pink noise 5 dB": noisy(5),
        "20 dB quieter": lambda sound, random: sound * 0.1,
        "recorded at 8 kHz": lambda sound, random: ravdess.resample_poly(ravdess.resample_poly(sound, 1, 2), 2, 1),
        "small room": ravdess.room,
    }


def load(work: Path, name: str, held_out: list[int]) -> Compact:
    stored = torch.load(work / f"{name}.pt")
    if stored["held_out"] != held_out:
        raise ValueError(f"{name} was trained with other speakers held out")
    network = Compact()
    network.load_state_dict(stored["state"])
    return round_to_half(network, mask=None)


def of_group(clips: list[ravdess.Clip], fold: int) -> list[ravdess.Clip]:
    return [clip for clip in clips if ravdess.group_of(clip.actor) == fold]


def held_out_logits(clips: list[ravdess.Clip], work: Path, folds: list[int]) -> dict[str, np.ndarray]:
    """Logits of each clip, and of each of its segments, by the fold that has not heard its speaker."""
    out: dict[str, list] = {k: [] for k in ("whole", "emotion", "actor", "fold", "segment", "segmentClip")}
    for fold in folds:
        network = load(work, f"fold{fold}", ravdess.GROUPS[fold])
        for clip in of_group(clips, fold):
            out["whole"].append(logits_of(network, [inputs_of(clip.sound)])[0])
            parts = logits_of(network, segments_of(clip.sound))
            out["segment"] += list(parts)
            out["segmentClip"] += [len(out["emotion"])] * len(parts)
            out["emotion"].append(clip.emotion)
            out["actor"].append(clip.actor)
            out["fold"].append(fold)
    return {k: np.array(v) for k, v in out.items()}


def temperatures(held: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """For each clip the temperature that all other held-out speakers give, and that of all of them together."""
    factor = np.empty(len(held["emotion"]))
    for actor in np.unique(held["actor"]):
        others = held["actor"] != actor
        factor[~others] = fit_temperature(held["whole"][others], held["emotion"][others])
    return factor, fit_temperature(held["whole"], held["emotion"])


def by_speaker(probabilities: np.ndarray, truth: np.ndarray, actors: np.ndarray) -> dict[str, float]:
    right = probabilities.argmax(1) == truth
    return {str(actor): float(right[actors == actor].mean()) for actor in np.unique(actors)}


def measure(clips: list[ravdess.Clip], work: Path, folds: list[int]) -> tuple[dict, float]:
    held = held_out_logits(clips, work, folds)
    save_arrays(work / "held_out.npz", held)
    factor, temperature = temperatures(held)
    whole = softmax(held["whole"] / factor[:, None])
    parts = softmax(held["segment"] / factor[held["segmentClip"], None])
    emotion, actor, of = held["emotion"], held["actor"], held["segmentClip"]
    joined = np.stack([np.log(parts[of == at] + 1e-9).mean(0) for at in range(len(emotion))])
    joined = softmax(joined)

    figures = {
        "heldOut": [ravdess.GROUPS[fold] for fold in folds],
        "wholeClips": figures_of(whole, emotion, ravdess.LABELS, actor),
        "segments": figures_of(parts, emotion[of], ravdess.LABELS, actor[of]),
        "meanOfSegments": figures_of(joined, emotion, ravdess.LABELS, actor),
        "accuracyBySpeaker": by_speaker(whole, emotion, actor),
        "disturbed": disturbed(clips, work, folds, temperature),
        "temperature": temperature,
    }
    return figures, temperature


def disturbed(clips: list[ravdess.Clip], work: Path, folds: list[int], temperature: float) -> dict:
    """Figures on disturbed voices, each by the fold that has not heard the speaker."""
    networks = [(load(work, f"fold{fold}", ravdess.GROUPS[fold]), of_group(clips, fold)) for fold in folds]
    heard = [clip for _, theirs in networks for clip in theirs]
    emotion, actor = np.array([c.emotion for c in heard]), np.array([c.actor for c in heard])
    out = {}
    for name, change in disturbances().items():
        logits = []
        for network, theirs in networks:
            sounds = (change(clip.sound, np.random.default_rng([5, at])).astype(np.float32) for at, clip in enumerate(theirs))
            logits.append(logits_of(network, [inputs_of(sound) for sound in sounds]))
        out[name] = figures_of(softmax(np.concatenate(logits), temperature), emotion, ravdess.LABELS, actor)
    return out


def card(folder: Path, figures: dict, epochs: int) -> None:
    whole = figures["wholeClips"]
    rows = rows_of(whole, ("uar", "accuracy", "ece"), "whole clips: ")
    rows += rows_of(figures["segments"], ("uar", "ece"), "2.5 s segments: ")
    rows += rows_of(figures["meanOfSegments"], ("uar",), "mean over a clip's segments: ")
    for name, part in figures["disturbed"].items():
        rows += rows_of(part, ("uar",), f"{name}: ")
    rows.append(("majority baseline", f"{whole['majorityBaseline']:.3f}"))
    rows.append(("time of 2.5 s, one thread", f"{figures['time']['medianMs']:.2f} ms (two shared cores, onnxruntime)"))
    rows.append(("size", f"{figures['bytes'] / 1e6:.2f} MB, float16 weights"))
    table = "| figure | value (95 % interval, by speaker) |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
    speakers = ", ".join(f"{k}: {v:.2f}" for k, v in figures["accuracyBySpeaker"].items())
    table += f"\n\nAccuracy by speaker (each by the fold that has not heard them): {speakers}."
    table += f"\n\nWhole clips of unseen speakers:\n\n{class_table(whole)}"
    table += "\n\n![confusion](confusion.png) ![curves](curves.png)"
    write_card(
        folder / "card.md",
        "Speech emotion, compact residual CNN on log-mel",
        "Reads one of eight acted emotions from a voice: a whole clip, or segments of 2.5 s.",
        "RAVDESS speech of 20 actors, 1,200 clips of two sentences in North American English, 16 kHz. Trained with seven "
        "changed copies of each clip (noise, pitch, speed, stretch, room and band limit), random 2.5 s cuts, mixup.",
        LICENCE,
        f"By speaker: four published groups of five are held out in turn, {epochs} epochs were fixed beforehand and nothing was chosen on them. "
        "The figures belong to those four networks. The committed weights are a fifth, trained alike on all 20 speakers (one third more than "
        "each of the four); nobody is left here to measure it on. Calibration: the figures of a speaker use the temperature that all other "
        "speakers give, the committed weights that of all 20.",
        table,
        "`logmel` float32 [n, 64, t], any t from 16 frames: decibels as `features.py` computes them (16 kHz, 25 ms Hamming window, 10 ms hop, "
        "64 HTK bands of 50 to 8000 Hz), trimmed at 40 dB under the loudest frame. Level normalisation is in the graph.",
        "`probabilities` [n, 8] (calibrated) and `logits` [n, 8] (over the temperature), order " + ", ".join(ravdess.LABELS) + ".",
        "See [speech-thesis](../speech-thesis/card.md), measured on actors 8, 17, 21, 23 and 24.",
        f"`python models/recipes/speech_train.py DATA --work WORK --epochs {epochs} --final`, then `python models/recipes/speech.py DATA --work WORK`.",
        "Acted emotions of 20 professional actors who say two sentences: expect less on spontaneous speech, other languages, children "
        "and old people, none of which were measured. Accuracy differs widely between speakers (row above).",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="what speech_train.py wrote")
    parser.add_argument("--fold", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    folder = options.models / ENTRY
    clips = ravdess.read(options.data / "ravdess")
    figures, temperature = measure(clips, options.work, options.fold)
    product = CompactProduct(load(options.work, "final", []), temperature)
    sample = inputs_of(clips[-1].sound)[None, :, :120]
    names = ["probabilities", "logits"]
    path = export_onnx(product, {"logmel": sample}, names, folder / "model.onnx", half=True, dynamic={"logmel": {2: "t"}})
    check_lengths(product, path, clips[-1].sound)
    time = milliseconds(path, {"logmel": log_mel(clips[-1].sound[: int(2.5 * ravdess.RATE)])[None]})
    figures |= {"time": time, "bytes": path.stat().st_size}
    write_json(folder / "figures.json", figures)
    curves = json.loads((options.work / f"fold{options.fold[-1]}.json").read_text())
    history = {"loss train": [c["loss"] for c in curves], "UAR of unseen speakers": [c["uar"] for c in curves if "uar" in c]}
    plot_curves(history, folder / "curves.png", f"{ENTRY}, one of the four (UAR: every fifth epoch, not used to choose)")
    plot_confusion(figures["wholeClips"], folder / "confusion.png", f"{ENTRY}, unseen speakers")
    card(folder, figures, len(curves))
    print(*(f"{kind} {figures[kind]['uar']:.3f} ece {figures[kind]['ece']:.3f}" for kind in ("wholeClips", "segments", "meanOfSegments")))
    entry = {
        "id": ENTRY,
        "task": "speech",
        "role": "compact",
        "default": True,
        "title": "Speech emotion, compact CNN on log-mel",
        "file": f"{ENTRY}/model.onnx",
        "inputs": [{"name": "logmel", "type": "float32", "shape": ["n", LOG_MEL.mels, "t"], "meaning": "mel bands in decibels, trimmed"}],
        "outputs": [
            {"name": "probabilities", "type": "float32", "shape": ["n", 8], "meaning": "calibrated probabilities"},
            {"name": "logits", "type": "float32", "shape": ["n", 8], "meaning": "logits over the temperature"},
        ],
        "labels": ravdess.LABELS,
        "preprocessing": {**LOG_MEL.preprocessing(), "segmentSeconds": 2.5, "segmentHopSeconds": 0.5, "leastFrames": 16},
        "licence": {"weights": "CC BY-NC-SA 4.0", "data": "RAVDESS: CC BY-NC-SA 4.0"},
        "card": f"{ENTRY}/card.md",
        "figures": f"{ENTRY}/figures.json",
        "check": f"{ENTRY}/check.json",
    }  # fmt: skip
    register(entry, options.models)


def check_lengths(product: CompactProduct, path: Path, sound: np.ndarray) -> None:
    """The graph takes any number of frames from 16 on: held against PyTorch at several."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    mel = inputs_of(np.concatenate([sound, sound, sound]))
    for frames in (16, 33, 101, 250, mel.shape[1]):
        part = np.ascontiguousarray(mel[None, :, :frames])
        with torch.no_grad():
            wanted = product(torch.from_numpy(part))[0].numpy()
        worst = np.abs(session.run(["probabilities"], {"logmel": part})[0] - wanted).max()
        if not worst <= 1e-4:
            raise ValueError(f"{frames} frames: ONNX differs from PyTorch by {worst}")


if __name__ == "__main__":
    main()
