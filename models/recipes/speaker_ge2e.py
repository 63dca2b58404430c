"""Whose voice is it: Resemblyzer's speaker encoder as it is, and a projection of its embedding under which one person's voice stays
alike over emotions.

speakers.csv: set,path,speaker,emotion; paths are relative to DATA. A clip's voice is cut into pieces as the product cuts it
(daemon/speech/voicePrints.ts). The projection (linear discriminants of the speakers) is fitted on the sets; each set is judged by one
that knows none of its speakers, RAVDESS by groups of actors. Pairs are drawn inside a set, so that microphones tell nothing.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from scipy.linalg import eigh
from torch import Tensor, nn
from torch.nn import functional as F

import made_up
import ravdess
from common import MODELS, check_disjoint, export_onnx, tensor, write_card
from face_report import milliseconds, one_thread
from measures import cluster_bootstrap
from runner import Failure, Recipe, Run
from speaker_encoder import SpeakerEncoder, read_weights
from speech_reader import load
from whisper_encoder import RATE

ENTRY = "speaker-ge2e"
WINDOW_S, HOP_S, LEAST_S = 1.6, 0.8, 0.5
PAUSE_S = 0.25
# What a second, third and fourth voice must add to the mean likeness of pieces to their voices: found on made-up conversations.
VOICE_GAINS = (0.075, 0.05, 0.04)
PIECES = (1, 4, 8)  # of a side of a pair: 1.6 s, and about 4 and 7 s of voice
DIMENSIONS, RIDGE = 128, 0.3  # of the projection; ridge over the mean variance within speakers


class Projected(nn.Module):
    """Sound [n, samples] -> embedding [n, dimensions] of unit length."""

    def __init__(self, encoder: SpeakerEncoder, mean: np.ndarray, directions: np.ndarray) -> None:
        super().__init__()
        self.encoder = encoder
        self.project = nn.Linear(*directions.shape)
        self.project.weight.data.copy_(torch.from_numpy(directions.T))
        self.project.bias.data.copy_(torch.from_numpy(-directions.T @ mean))

    def forward(self, sound: Tensor) -> Tensor:
        return F.normalize(self.project(self.encoder(sound)), dim=1)


def voiced(session: onnxruntime.InferenceSession, sound: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of voice in samples; pauses up to PAUSE_S belong to them."""
    size, context = 512, 64
    loud = np.sqrt(np.sort(sound**2)[len(sound) // 2 :].mean()) if len(sound) else 0
    count = len(sound) // size
    if count == 0 or loud == 0:
        return []
    even = np.concatenate([np.zeros(context, np.float32), sound * (0.05 / loud)]).astype(np.float32)
    windows = np.stack([even[i * size : (i + 1) * size + context] for i in range(count)])
    memory = np.zeros((1, 1, 128), np.float32)
    heard = session.run(["speech_probs"], {"input": windows, "h": memory, "c": memory})[0] >= 0.5
    found: list[tuple[int, int]] = []
    for i in np.flatnonzero(heard):
        start, end = int(i) * size, (int(i) + 1) * size
        if found and start - found[-1][1] <= PAUSE_S * RATE:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def pieces(session: onnxruntime.InferenceSession | None, sound: np.ndarray) -> list[np.ndarray]:
    """What the product gives to the network of a clip; without a network that hears voice, all of it is voice."""
    window, hop, least = (round(seconds * RATE) for seconds in (WINDOW_S, HOP_S, LEAST_S))
    out = []
    for start, end in [(0, len(sound))] if session is None else voiced(session, sound):
        if end - start < window:
            out += [sound[start:end]] if end - start >= least else []
            continue
        starts = list(range(start, end - window + 1, hop))
        if end - (starts[-1] + window) >= hop // 4:
            starts.append(end - window)
        out += [sound[at : at + window] for at in starts]
    return out


def embeddings(run: Run, encoder: SpeakerEncoder) -> dict[str, np.ndarray]:
    """Of each piece of each clip: its embedding and the clip's number; rows: set, speaker, emotion of the clips."""
    with run.needs("speakers.csv").open() as file:
        table = list(csv.DictReader(file))
    chosen: list[dict[str, str]] = []
    count: dict[tuple[str, str], int] = {}
    for k in run.random.permutation(len(table)):
        name = (table[k]["set"], table[k]["speaker"])
        count[name] = count.get(name, 0) + 1
        if count[name] <= run.options.clips:
            chosen.append(table[k])
    # Made-up voices are none to Silero.
    session = None if run.options.tiny else one_thread(MODELS / "vad-silero" / "model.onnx")
    values, owners = [], []
    with torch.no_grad():
        for k, row in enumerate(chosen):
            for piece in pieces(session, load(run.data / row["path"])):
                values.append(encoder(torch.from_numpy(piece[None].copy())).numpy()[0])
                owners.append(k)
    if not values:
        raise Failure("speakers.csv names no clip with half a second of voice.")
    rows = np.array([(row["set"], f"{row['set']} {row['speaker']}", row["emotion"]) for row in chosen])
    return {"values": np.stack(values), "clip": np.array(owners), "rows": rows}


def fit(values: np.ndarray, speaker: np.ndarray, dimensions: int = DIMENSIONS, ridge: float = RIDGE) -> tuple[np.ndarray, np.ndarray]:
    """Mean [d] and directions [d, dimensions]: linear discriminants, each speaker alike."""
    mean = values.mean(0)
    names, inverse = np.unique(speaker, return_inverse=True)
    within, between = np.zeros((2, values.shape[1], values.shape[1]))
    for k in range(len(names)):
        own = values[inverse == k] - mean
        centre = own.mean(0)
        within += (own - centre).T @ (own - centre) / len(own) / len(names)
        between += np.outer(centre, centre) / len(names)
    within += (ridge * np.trace(within) / len(within) + 1e-9) * np.eye(len(within))
    _, vectors = eigh(between, within)
    directions = vectors[:, ::-1][:, :dimensions]
    # Their length means nothing, and float16 has to hold them.
    return mean, np.ascontiguousarray(directions / np.abs(directions).max())


def projected(values: np.ndarray, fitted: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    mean, directions = fitted
    out = (values - mean) @ directions
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def unheard(stored: dict[str, np.ndarray]) -> np.ndarray:
    """Each piece under a projection that was fitted without its speaker's set; without its group of actors for RAVDESS."""
    values, rows = stored["values"], stored["rows"][stored["clip"]]
    out = np.zeros((len(values), min(DIMENSIONS, values.shape[1])))
    parts = [np.isin(rows[:, 1], [f"RAVDESS {actor:02d}" for actor in group]) for group in ravdess.GROUPS]
    parts += [rows[:, 0] == name for name in np.unique(rows[:, 0]) if name != "RAVDESS"]
    for own in parts:
        if own.any():
            check_disjoint(train=set(rows[~own, 1]), test=set(rows[own, 1]))
            out[own] = projected(values[own], fit(values[~own], rows[~own, 1]))
    return out


def equal_error(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """Equal error rate, and the likeness at which it is reached."""
    limits = np.unique(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), limits, "left") / len(same)
    taken = 1 - np.searchsorted(np.sort(different), limits, "left") / len(different)
    at = int(np.abs(missed - taken).argmin())
    return float(missed[at] + taken[at]) / 2, float(limits[at])


def verification(values: np.ndarray, speaker: np.ndarray, clip: np.ndarray, pieces: int, pairs: int = 200) -> dict[str, Any]:
    """EER of pairs of one set, each side the mean of `pieces` pieces of one person, never of the same clips: for each speaker as many pairs
    with own as with others' voice. The interval draws speakers."""
    random = np.random.default_rng(0)
    names = np.unique(speaker)

    def side(pool: np.ndarray, count: int) -> np.ndarray:
        sums = values[random.choice(pool, (count, pieces))].sum(1)
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))

    owner, likeness, is_same = [], [], []
    for k, name in enumerate(names):
        own = np.flatnonzero(speaker == name)
        half = np.isin(clip[own], np.unique(clip[own])[::2])
        if half.all():
            continue
        others = [np.flatnonzero(speaker == other) for other in random.choice(names[names != name], 20)]
        for a, b, same in [(side(own[half], pairs), side(own[~half], pairs), True)] + [
            (side(own, pairs // 20), side(other, pairs // 20), False) for other in others
        ]:
            likeness.append((a * b).sum(1))
            owner.append(np.full(len(a), k))
            is_same.append(np.full(len(a), same))
    scores, of, truth = np.concatenate(likeness), np.concatenate(owner), np.concatenate(is_same)
    rate, limit = equal_error(scores[truth], scores[~truth])
    interval = cluster_bootstrap(lambda i: equal_error(scores[i][truth[i]], scores[i][~truth[i]])[0], of, draws=200)
    return {"speakers": len(names), "pairs": len(scores), "eer": rate, "interval": list(interval), "limit": limit}


def measure(values: np.ndarray, stored: dict[str, np.ndarray]) -> dict[str, Any]:
    """By set and number of pieces a side."""
    rows, clip = stored["rows"][stored["clip"]], stored["clip"]
    figures: dict[str, Any] = {}
    for name in np.unique(rows[:, 0]):
        own = rows[:, 0] == name
        if len(np.unique(rows[own, 1])) >= 2:
            figures[str(name)] = {str(count): verification(values[own], rows[own, 1], clip[own], count) for count in PIECES}
    return figures


def run(run: Run) -> None:
    path = run.needs("resemblyzer") / "pretrained.pt"
    # A trial has a narrow network of its own.
    encoder = (SpeakerEncoder(width=16) if run.options.tiny else SpeakerEncoder(read_weights(path))).eval()
    stored = run.derived(f"speaker-embeddings-{run.options.clips}", lambda: embeddings(run, encoder))
    figures: dict[str, Any] = {"alone": measure(stored["values"], stored), "projected": measure(unheard(stored), stored)}
    run.progress(1, 0, 1, figures={f"eer {name}": found["4"]["eer"] for name, found in figures["projected"].items()})
    talk = run.data / "diarisation.json"
    figures["conversations"] = json.loads(talk.read_text()) if talk.exists() else []
    rows = stored["rows"][stored["clip"]]
    network = Projected(encoder, *(part.astype(np.float32) for part in fit(stored["values"], rows[:, 1]))).eval()
    for weight in network.state_dict().values():
        weight.copy_(weight.half().float())
    folder = run.out / ENTRY
    sound = made_up.voice(run.random, WINDOW_S, 140)[None]
    file = export_onnx(network, {"sound": sound}, ["embedding"], folder / "model.onnx", half=True, tolerance=1e-3, dynamic={"sound": {1: "samples"}})
    figures |= {"dimensions": network.project.out_features, "bytes": file.stat().st_size, "ms": milliseconds(one_thread(file), {"sound": sound})}
    card(folder, figures, rows, run.command)
    run.publish(entry(network.project.out_features), figures, curves={})


def interval_text(found: dict[str, Any]) -> str:
    return f"{found['eer']:.3f} ({found['interval'][0]:.3f} to {found['interval'][1]:.3f})"


def card(folder: Path, figures: dict[str, Any], rows: np.ndarray, command: str) -> None:
    sets = "; ".join(f"{name} {len(np.unique(rows[rows[:, 0] == name, 1]))}" for name in np.unique(rows[:, 0]))
    lines = [
        f"| {name} | {found['1']['speakers']} | "
        + " | ".join(interval_text(found[str(count)]) for count in PIECES)
        + f" | {figures['alone'][name]['1']['eer']:.3f}, {figures['alone'][name]['4']['eer']:.3f} |"
        for name, found in figures["projected"].items()
    ]
    table = "| set | speakers | a piece of up to 1.6 s | 4 pieces | 8 pieces | without the discriminants: 1, 4 |\n|---|---|---|---|---|---|\n" + "\n".join(
        lines
    )
    talk = [
        f"| {', '.join(one['sets'])} | {one['voices']} | {one['n']} | {one['der'][0]:.3f} ({one['der'][1]:.3f} to {one['der'][2]:.3f}) | {one['derGiven'][0]:.3f} "
        f"({one['derGiven'][1]:.3f} to {one['derGiven'][2]:.3f}) | {one['counted']:.2f} |"
        for one in figures["conversations"]
    ]
    if talk:
        table += (
            "\n\nMade-up conversations of a minute under discriminants that know none of their speakers: clips of one set one after the other, each of any emotion, turns of 1 to 6 s, "
            "pauses of 0 to 0.8 s, nobody speaks at once. What a further voice must bring (`voiceGains`) was chosen on these conversations: how often the number is right flatters. Diarisation error: share of the voice that is missed, invented or given to another person, 0.25 s around each turn's ends left out.\n\n"
            "| set | people | conversations | error, number estimated | error, number given | number right |\n|---|---|---|---|---|---|\n" + "\n".join(talk)
        )
    table += f"\n\nTime of a piece of 1.6 s, one thread: {figures['ms']:.1f} ms of processor time. Size: {figures['bytes'] / 1e6:.2f} MB (weights stored as float16)."
    write_card(
        folder / "card.md", "Voices told apart, GE2E",
        "Turns a piece of voice into a direction that is alike for pieces of one person and unlike for others. Resemblyzer's speaker encoder (three LSTM layers on 40 mel bands, "
        "generalised end-to-end loss) as it is; on top linear discriminants, under which a voice stays alike over emotions.",
        "The encoder was trained by Resemble AI on LibriSpeech and VoxCeleb (English, mostly). The discriminants and the figures come from acted and spontaneous emotional speech; speakers by set: "
        f"{sets}. RAVDESS: North American English; nEMO: Polish; ASED: Amharic; URDU: Urdu, television; TurEV: Turkish, single words; TESS: English, two women.",
        "Encoder: Apache-2.0 (Resemble AI, PyPI Resemblyzer 0.1.4). Discriminants: research use, not commercial, as the sets (CC BY-NC-SA, CC BY-NC-ND, research).",
        "Each set is judged under discriminants that were fitted without any of its speakers, RAVDESS by four groups of actors; the stored ones are fitted on all. RAVDESS actors 1, 4, 9 and 22 are in none of it.",
        f"Equal error rate of pairs within a set, both sides of any emotion and never of the same clips (95 % interval, drawing speakers):\n\n{table}",
        "`sound` float32 [n, samples], 16 kHz, -1..1, 0.5 s and more, at best 1.6 s of voice without pauses. Level, spectrogram and mel bands are inside the graph.",
        f"`embedding` [n, {figures['dimensions']}], of unit length. The product of two is their likeness.",
        "There is none.",
        "`pip download --no-deps Resemblyzer==0.1.4`, unpack the wheel into DATA (its folder `resemblyzer`), list the clips in DATA/speakers.csv; diarisation.json is what "
        f"`npx tsx test/eval/diarisation.ts DATA SET` prints with a network whose discriminants know nothing of the set. Then `{command}`.",
        limits="It tells people of one clip apart; it recognises nobody, and must not be used to name strangers, to find somebody in recordings, or to watch people: EDIN keeps no "
        "embedding. Whispering, singing, shouting, illness, a change of microphone, relatives and children were not measured; people of one sex and age are confused most. Where several speak "
        "at once, one of them is heard.",
    )  # fmt: skip


def entry(dimensions: int) -> dict[str, Any]:
    return {
        "id": ENTRY, "task": "speaker", "role": "external", "default": True, "title": "Voices told apart, GE2E",
        "inputs": [tensor("sound", ["n", "samples"], "mono, 16 kHz, -1..1")],
        "outputs": [tensor("embedding", ["n", dimensions], "direction of the voice, of unit length")], "labels": [],
        "preprocessing": {
            "feature": "sound", "sampleRateHz": RATE, "windowSeconds": WINDOW_S, "hopSeconds": HOP_S, "leastSeconds": LEAST_S, "voiceGains": list(VOICE_GAINS),
        },
        "licence": {
            "weights": "encoder Apache-2.0 (Resemblyzer 0.1.4); discriminants: research use, not commercial",
            "data": "RAVDESS and nEMO: CC BY-NC-SA 4.0; TESS and TurEV: CC BY-NC-ND; URDU: research; ASED: cite; LibriSpeech: CC BY 4.0; VoxCeleb: not published as sound",
        },
    }  # fmt: skip


def smoke(folder: Path) -> dict[str, Any]:
    """Buzzes of four made-up people in two sets; the encoder is narrow and knows nothing."""
    import soundfile

    (folder / "resemblyzer").mkdir(exist_ok=True)
    random = np.random.default_rng(3)
    lines = ["set,path,speaker,emotion"]
    for k in range(24):
        name = f"{k}.flac"
        soundfile.write(folder / name, made_up.voice(random, 1.2, 100 + 40 * (k % 4)), RATE)
        lines.append(f"set{k % 2},{name},{k % 4},neutral")
    (folder / "speakers.csv").write_text("\n".join(lines) + "\n")
    return {"tiny": True}


RECIPE = Recipe(
    title="Voices told apart, GE2E", task="speaker", run=run, smoke=smoke, options={"tiny": False, "clips": 60},
    data="The folder holds resemblyzer/ of the unpacked wheel Resemblyzer 0.1.4, speakers.csv (set,path,speaker,emotion) with its sounds, and perhaps diarisation.json.",
)  # fmt: skip
