"""Figures of networks that give classes: scores with intervals, calibration, confusion, and the tables of their cards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from measures import class_scores, confusion_matrix, ece

NAMES = ("accuracy", "macroF1", "uar", "ece")
DRAWS = 400


def draws_of(n: int, clusters: np.ndarray | None) -> Iterator[np.ndarray]:
    """Bootstrap draws of case numbers; whole clusters together where there are any."""
    random = np.random.default_rng(0)
    members = None if clusters is None else [np.flatnonzero(clusters == name) for name in np.unique(clusters)]
    for _ in range(DRAWS):
        if members is None:
            yield random.integers(0, n, n)
        else:
            yield np.concatenate([members[at] for at in random.integers(0, len(members), len(members))])


def figures_of(probabilities: np.ndarray, truth: np.ndarray, labels: list[str], clusters: np.ndarray | None = None) -> dict:
    """Accuracy, macro-F1, UAR and ECE with 95 % bootstrap intervals, whole `clusters` (speakers) drawn together where
    they are given, single cases otherwise; the majority baseline, scores by class and the confusion matrix."""
    probabilities, truth = np.asarray(probabilities, np.float64), np.asarray(truth)
    classes, predicted = len(labels), probabilities.argmax(1)
    matrix = confusion_matrix(truth, predicted, classes)
    scores = class_scores(matrix) | {"ece": ece(probabilities, truth)}
    cell = truth * classes + predicted
    drawn: dict[str, list[float]] = {name: [] for name in NAMES}
    for index in draws_of(len(truth), clusters):
        counts = np.bincount(cell[index], minlength=classes * classes).reshape(classes, classes)
        values = class_scores(counts) | {"ece": ece(probabilities[index], truth[index])}
        for name in NAMES:
            drawn[name].append(values[name])
    out: dict = {"n": len(truth), "clusters": None if clusters is None else len(np.unique(clusters))}
    for name in NAMES:
        out[name] = scores[name]
        out[f"{name}Interval"] = [float(v) for v in np.percentile(drawn[name], [2.5, 97.5])]
    out["majorityBaseline"] = float(matrix.sum(1).max() / matrix.sum())
    out["perClass"] = {
        label: {key: scores[key][k] for key in ("precision", "recall", "f1")} | {"n": int(matrix[k].sum())}
        for k, label in enumerate(labels)
    }
    out["confusion"] = {"labels": labels, "rowsTruth": matrix.tolist()}
    return out


def without(probabilities: np.ndarray, truth: np.ndarray, dropped: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities renormalised over the labels other than the last one `dropped`, on the cases that have another label."""
    kept = truth != dropped
    rest = np.delete(probabilities[kept], dropped, axis=1)
    return rest / rest.sum(1, keepdims=True), truth[kept]


def paired_difference(first: np.ndarray, second: np.ndarray, clusters: np.ndarray | None = None) -> dict:
    """Mean of `second - first` (cases' scores, such as right = 1) with its 95 % interval, cases drawn in pairs."""
    difference = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    means = [difference[index].mean() for index in draws_of(len(difference), clusters)]
    return {"difference": float(difference.mean()), "interval": [float(v) for v in np.percentile(means, [2.5, 97.5])]}


def rows_of(figures: dict, names: tuple[str, ...] = ("accuracy", "macroF1", "uar", "ece"), prefix: str = "") -> list[tuple[str, str]]:
    """Rows of a card's table: value (interval), with the number of cases first."""
    titles = {"accuracy": "accuracy", "macroF1": "macro-F1", "uar": "UAR", "ece": "ECE"}
    rows = []
    for name in names:
        low, high = figures[f"{name}Interval"]
        rows.append((f"{prefix}{titles[name]} (n = {figures['n']})", f"{figures[name]:.3f} ({low:.3f} to {high:.3f})"))
    return rows


def class_table(figures: dict) -> str:
    lines = ["| class | n | precision | recall | F1 |", "|---|---|---|---|---|"]
    for label, row in figures["perClass"].items():
        lines.append(f"| {label} | {row['n']} | {row['precision']:.2f} | {row['recall']:.2f} | {row['f1']:.2f} |")
    return "\n".join(lines)


def plot_confusion(figures: dict, path: Path, title: str) -> None:
    """PNG of the confusion matrix: rows truth, columns prediction, shares of each row and counts."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    labels, counts = figures["confusion"]["labels"], np.array(figures["confusion"]["rowsTruth"])
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axis = plt.subplots(figsize=(5.6, 5))
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for y in range(len(labels)):
        for x in range(len(labels)):
            colour = "white" if share[y, x] > 0.5 else "black"
            axis.text(x, y, f"{share[y, x]:.2f}\n{counts[y, x]}", ha="center", va="center", fontsize=7, color=colour)
    axis.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axis.set_yticks(range(len(labels)), labels)
    axis.set_xlabel("predicted")
    axis.set_ylabel("truth")
    axis.set_title(title)
    figure.tight_layout()
    figure.savefig(path, dpi=70, metadata={"Software": None})
    plt.close(figure)


def milliseconds(path: Path, inputs: dict[str, np.ndarray], runs: int = 300) -> dict[str, float]:
    """Time of one call on one thread of the cpu: median and 10th percentile of `runs` calls."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    for _ in range(30):
        session.run(None, inputs)
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        session.run(None, inputs)
        times.append((time.perf_counter() - started) * 1000)
    return {"medianMs": float(np.median(times)), "p10Ms": float(np.percentile(times, 10))}
