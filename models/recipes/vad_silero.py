"""Registers Silero VAD (MIT) as the network that hears whether somebody speaks.

DATA holds silero_vad/, of the unpacked wheel silero-vad 6.2.3 of PyPI, and voice-activity.json, what
`npx tsx test/eval/voiceActivity.ts DATA` printed. The package's form for sequences is taken as it is, byte for byte; the stored
check comes from its other form, which hears one window at a time.
"""

import json
import shutil

import numpy as np
import onnxruntime

import common
from runner import Recipe

RATE, WINDOW, CONTEXT = 16000, 512, 64
THRESHOLD = 0.5


def murmur(windows):
    """Something like a voice: a pulse train through two resonances that comes and goes."""
    rng = np.random.default_rng(7)
    t = np.arange(windows * WINDOW) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * k * t) / k * np.exp(-(((140 * k - 700) / 500) ** 2)) for k in range(1, 20))
    return (0.2 * tone * (np.sin(2 * np.pi * 3 * t) > 0) + 0.002 * rng.standard_normal(len(t))).astype(np.float32)


def one_by_one(session, sound):
    """Probabilities by the package's form for one window at a time."""
    state = np.zeros((2, 1, 128), np.float32)
    context = np.zeros((1, CONTEXT), np.float32)
    heard = []
    for start in range(0, len(sound), WINDOW):
        window = np.concatenate([context, sound[None, start : start + WINDOW]], 1)
        probability, state = session.run(None, {"input": window, "state": state, "sr": np.array(RATE, np.int64)})
        context = window[:, -CONTEXT:]
        heard.append(probability[0, 0])
    return np.array(heard, np.float32), state


def run(run):
    folder = run.out / "vad-silero"
    data = run.needs("silero_vad/data")
    figures = json.loads(run.needs("voice-activity.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(data / "silero_vad_16k_sequence.onnx", folder / "model.onnx")

    cpu = ["CPUExecutionProvider"]
    sound = murmur(24)
    expected, state = one_by_one(onnxruntime.InferenceSession(str(data / "silero_vad_16k_op15.onnx"), providers=cpu), sound)
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), sound])
    windows = np.stack([padded[i * WINDOW : (i + 1) * WINDOW + CONTEXT] for i in range(24)])
    zeros = np.zeros((1, 1, 128), np.float32)
    inputs = {"input": windows, "h": zeros, "c": zeros}
    outputs = {"speech_probs": expected, "hn": state[:1], "cn": state[1:]}
    got = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=cpu).run(list(outputs), inputs)
    for (name, wanted), value in zip(outputs.items(), got):
        if np.abs(value - wanted).max() > 1e-4:
            raise ValueError(f"{name} differs by {np.abs(value - wanted).max()}")
    encoded = [{name: common.encode(value) for name, value in values.items()} for values in (inputs, outputs)]
    common.write_json(folder / "check.json", {"inputs": encoded[0], "outputs": encoded[1], "tolerance": 1e-4})

    interval = lambda value: f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    head = "| sound | ours: precision | recall | F1 | level alone: precision | recall | F1 |\n|---|---|---|---|---|---|---|\n"
    rows = "\n".join(
        "| " + " | ".join([row["sound"], *(interval(row[who][k]) for who in ("silero", "level") for k in ("precision", "recall", "f1"))]) + " |"
        for row in figures["conditions"]
    )
    alarms = "\n".join(f"| {row['sound']} | {row['silero']:.4f} | {row['level']:.4f} |" for row in figures["falseAlarms"])
    common.write_card(
        folder / "card.md",
        title="Voice activity, Silero VAD 6",
        summary="Says for each 32 ms of sound how likely it is that somebody speaks. It has a memory and no look-ahead. The product "
        "amplifies soft sound first (`daemon/speech/activity.ts`): without that, .24 of the windows of a voice 30 dB quieter were heard.",
        data="Trained by Silero on data that are not published. Measured here on RAVDESS, which it may or may not have heard.",
        licence="MIT (Silero Team, PyPI silero-vad 6.2.3). The file is theirs, byte for byte.",
        split=f"Nothing is trained here; the threshold is the package's own, {THRESHOLD}. {figures['speakers']} speakers, {figures['clips']} clips.",
        figures=f"By window of 32 ms, value (95 % interval, by speaker). {figures['truth']}\n\n{head}{rows}\n\n"
        f"Windows of sound without any voice that count as voice:\n\n| sound | ours | level alone |\n|---|---|---|\n{alarms}\n\n"
        f"Level alone: {figures['levelRule']}\n\n"
        f"Time of a second of sound, one thread: {figures['msPerSecond']:.2f} ms (two shared cores, onnxruntime-node).",
        inputs="`input` float32 [t, 576]: windows of 512 samples at 16 kHz, each behind the 64 samples before it (zeros at the start); "
        "`h`, `c` float32 [1, 1, 128]: the memory, zeros at the start.",
        outputs="`speech_probs` [t]: probability of voice; `hn`, `cn`: the memory for the next run.",
        comparison="The rule on the level alone, in the table.",
        limits="Singing, laughter, crying and voices of animals were not measured. A loud crowd counts as voice.",
        recipe="`pip download silero-vad==6.2.3 --no-deps`, unpack the wheel into DATA, `npx tsx test/eval/voiceActivity.ts DATA > DATA/voice-activity.json`, "
        f"then `{run.command}`.",
    )
    run.publish({
        "id": "vad-silero", "task": "voice", "role": "external", "default": True, "title": "Voice activity, Silero VAD 6",
        "inputs": [
            common.tensor("input", ["t", CONTEXT + WINDOW], "windows of sound, -1..1, each behind its context"),
            common.tensor("h", [1, 1, 128], "memory"), common.tensor("c", [1, 1, 128], "memory"),
        ],
        "outputs": [
            common.tensor("speech_probs", ["t"], "probability of voice"),
            common.tensor("hn", [1, 1, 128], "memory"), common.tensor("cn", [1, 1, 128], "memory"),
        ],
        "labels": [],
        "preprocessing": {"sampleRateHz": RATE, "windowSamples": WINDOW, "contextSamples": CONTEXT, "threshold": THRESHOLD},
        "licence": {"weights": "MIT (Silero VAD, PyPI silero-vad 6.2.3)", "data": "not published by Silero"},
    }, figures)  # fmt: skip


def smoke(folder):
    """A pair of made-up networks that agree: how loud a window is, and a memory that adds windows up."""
    import torch
    from torch import nn

    class Sequence(nn.Module):
        def forward(self, input, h, c):
            loud = input.abs().mean(1)
            return (loud * 10).sigmoid(), h + loud.sum(), c - loud.sum()

    class Single(nn.Module):
        def forward(self, input, state, sr):
            loud = input.abs().mean(1, keepdim=True)
            change = torch.stack([loud, -loud])
            return (loud * 10).sigmoid() + 0 * sr, state + change

    inside = folder / "silero_vad" / "data"
    inside.mkdir(parents=True, exist_ok=True)
    window, memory = torch.zeros(2, CONTEXT + WINDOW), torch.zeros(1, 1, 128)
    torch.onnx.export(
        Sequence(), (window, memory, memory), str(inside / "silero_vad_16k_sequence.onnx"), opset_version=17, dynamo=False,
        input_names=["input", "h", "c"], output_names=["speech_probs", "hn", "cn"], dynamic_axes={"input": {0: "t"}, "speech_probs": {0: "t"}},
    )  # fmt: skip
    torch.onnx.export(
        Single(), (window[:1], torch.zeros(2, 1, 128), torch.tensor(RATE)), str(inside / "silero_vad_16k_op15.onnx"), opset_version=15, dynamo=False,
        input_names=["input", "state", "sr"], output_names=["output", "stateN"],
    )  # fmt: skip
    row = {name: [0.5, 0.4, 0.6] for name in ("precision", "recall", "f1")}
    figures = {
        "speakers": 1, "clips": 1, "truth": "made up", "levelRule": "made up", "msPerSecond": 1.0,
        "conditions": [{"sound": "made up", "silero": row, "level": row}], "falseAlarms": [{"sound": "made up", "silero": 0.1, "level": 0.2}],
    }  # fmt: skip
    common.write_json(folder / "voice-activity.json", figures)
    return {}


RECIPE = Recipe(
    title="Voice activity, Silero VAD 6", task="voice", run=run, smoke=smoke,
    data="The folder holds silero_vad/ of the unpacked wheel silero-vad 6.2.3, and voice-activity.json of `npx tsx test/eval/voiceActivity.ts DATA`.",
)  # fmt: skip
