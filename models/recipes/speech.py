"""The compact speech network: folds over the speakers (speech_train.py), what they say of voices unheard, and the final fit.

With 20 speakers the data is the limit, so the committed weights are trained on all of them; the figures are those of
four networks of the same recipe, each on the five speakers that it has not heard. The figures of a speaker use the
temperature that all other speakers give.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import made_up
import ravdess
from classification import class_table, figures_of, milliseconds, plot_confusion, rows_of
from common import class_outputs, export_onnx, round_to_half, save_arrays, tensor, write_card
from features import LOG_MEL, log_mel, speech_span
from measures import fit_temperature, softmax
from runner import Recipe, Run
from speech_networks import CompactProduct
from speech_train import SEGMENT, clips_of, logits_of, prepare, segment, train_fold

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


def of_group(clips: list[ravdess.Clip], fold: int) -> list[ravdess.Clip]:
    return [clip for clip in clips if ravdess.group_of(clip.actor) == fold]


def held_out_logits(clips: list[ravdess.Clip], folds: dict[int, nn.Module]) -> dict[str, np.ndarray]:
    """Logits of each clip, and of each of its segments, by the fold that has not heard its speaker."""
    out: dict[str, list] = {k: [] for k in ("whole", "emotion", "actor", "fold", "segment", "segmentClip")}
    for fold, network in folds.items():
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


def measure(clips: list[ravdess.Clip], folds: dict[int, nn.Module], held_out: Path) -> tuple[dict[str, Any], float]:
    """`held_out`: where the logits of unheard speakers go."""
    held = held_out_logits(clips, folds)
    save_arrays(held_out, held)
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
        "disturbed": disturbed(clips, folds, temperature),
        "temperature": temperature,
    }
    return figures, temperature


def disturbed(clips: list[ravdess.Clip], folds: dict[int, nn.Module], temperature: float) -> dict:
    """Figures on disturbed voices, each by the fold that has not heard the speaker."""
    networks = [(network, of_group(clips, fold)) for fold, network in folds.items()]
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


def card(folder: Path, figures: dict[str, Any], run: Run) -> None:
    epochs = run.options.epochs
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
        f"`{run.command}`.",
        "Acted emotions of 20 professional actors who say two sentences: expect less on spontaneous speech, other languages, children "
        "and old people, none of which were measured. Accuracy differs widely between speakers (row above).",
    )


def run(run: Run) -> None:
    data = run.needs("ravdess")
    prepared = clips_of(run.derived("ravdess-logmel-8", lambda: prepare(data)))
    groups = [int(fold) for fold in run.options.folds.split(",")]
    folds: dict[int, nn.Module] = {}
    for at, fold in enumerate(groups):
        folds[fold] = round_to_half(train_fold(run, prepared, ravdess.GROUPS[fold], (f"fold{fold}", at, len(groups) + 1)), mask=None)
    final = round_to_half(train_fold(run, prepared, [], ("final", len(groups), len(groups) + 1)), mask=None)
    clips = ravdess.read(data)
    figures, temperature = measure(clips, folds, run.out / "held_out.npz")
    publish(run, final, figures, temperature, clips[-1].sound)


def publish(run: Run, final: nn.Module, figures: dict[str, Any], temperature: float, sound: np.ndarray) -> None:
    folder = run.out / ENTRY
    product = CompactProduct(final, temperature)
    sample = inputs_of(sound)[None, :, :120]
    path = export_onnx(product, {"logmel": sample}, ["probabilities", "logits"], folder / "model.onnx", half=True, dynamic={"logmel": {2: "t"}})
    check_lengths(product, path, sound)
    time = milliseconds(path, {"logmel": log_mel(sound[: int(2.5 * ravdess.RATE)])[None]})
    figures |= {"time": time, "bytes": path.stat().st_size}
    plot_confusion(figures["wholeClips"], folder / "confusion.png", f"{ENTRY}, unseen speakers")
    card(folder, figures, run)
    fold = [line for line in run.history if line.get("part", "").startswith("fold")]
    last = [line for line in fold if line["part"] == fold[-1]["part"]] if fold else []
    curves = {"loss train": [sum(line["losses"].values()) for line in last], "UAR of unseen speakers": [line["figures"]["uar"] for line in last]} if last else {}
    run.publish({
        "id": ENTRY, "task": "speech", "role": "compact", "default": False, "title": "Speech emotion, compact CNN on log-mel",
        "inputs": [tensor("logmel", ["n", LOG_MEL.mels, "t"], "mel bands in decibels, trimmed")], "outputs": class_outputs(8),
        "labels": ravdess.LABELS,
        "preprocessing": {**LOG_MEL.preprocessing(), "segmentSeconds": 2.5, "segmentHopSeconds": 0.5, "leastFrames": 16},
        "licence": {"weights": "CC BY-NC-SA 4.0", "data": "RAVDESS: CC BY-NC-SA 4.0"},
    }, figures, curves)  # fmt: skip


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


def smoke(folder: Path) -> dict[str, Any]:
    made_up.voices(folder)
    return {"epochs": 1, "steps": 2, "batch": 4}


RECIPE = Recipe(
    title="Speech emotion, compact CNN on log-mel", task="speech", run=run, smoke=smoke, data="The folder holds ravdess/Actor_NN/*.flac.",
    options={"epochs": 80, "batch": 16, "rate": 2e-3, "bf16": True, "folds": "3,0,1,2"},
)  # fmt: skip
