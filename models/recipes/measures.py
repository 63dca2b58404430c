"""Intervals, calibration, confusion and training curves: the figures of a model card."""

import math
from pathlib import Path

import numpy as np


def wilson(successes, n, z=1.959964):
    """95 % Wilson interval of a proportion: (low, high)."""
    if n == 0:
        raise ValueError("no cases")
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def cluster_bootstrap(statistic, clusters, draws=1000, seed=0):
    """95 % percentile interval of `statistic(indices)`, whole clusters (subjects) resampled together.

    `clusters`: the cluster of each case. Returns (low, high).
    """
    names, inverse = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) < 2:
        raise ValueError("a cluster bootstrap needs two clusters")
    members = [np.flatnonzero(inverse == i) for i in range(len(names))]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = rng.integers(0, len(names), len(names))
        values.append(statistic(np.concatenate([members[c] for c in chosen])))
    return tuple(float(v) for v in np.nanpercentile(values, [2.5, 97.5]))


def confusion_matrix(truth, predicted, classes):
    """Counts [classes, classes]: row truth, column prediction."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (np.asarray(truth), np.asarray(predicted)), 1)
    return matrix


def class_scores(matrix):
    """Accuracy, macro-F1, UAR and per-class precision, recall, F1 of a confusion matrix.

    A class without cases counts neither in UAR nor in macro-F1.
    """
    matrix = np.asarray(matrix, np.float64)
    hit, truth, said = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    recall = hit / np.maximum(truth, 1)
    precision = hit / np.maximum(said, 1)
    f1 = 2 * hit / np.maximum(truth + said, 1)
    present = truth > 0
    return {
        "accuracy": float(hit.sum() / matrix.sum()),
        "macroF1": float(f1[present].mean()),
        "uar": float(recall[present].mean()),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
    }


def ece(probabilities, truth, bins=15):
    """Expected calibration error of the top label, equal-width bins."""
    probabilities, truth = np.asarray(probabilities, np.float64), np.asarray(truth)
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == truth
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[index == b].mean() - confidence[index == b].mean()) * (index == b).mean()
            for b in range(bins) if (index == b).any()]
    return float(sum(gaps))


def softmax(logits, temperature=1.0):
    z = np.asarray(logits, np.float64) / temperature
    z = np.exp(z - z.max(-1, keepdims=True))
    return z / z.sum(-1, keepdims=True)


def fit_temperature(logits, targets):
    """Temperature that minimises cross-entropy; `targets` are labels [n] or distributions [n, classes]."""
    from scipy.optimize import minimize_scalar

    logits, targets = np.asarray(logits, np.float64), np.asarray(targets)
    if targets.ndim == 1:
        targets = np.eye(logits.shape[1])[targets]

    def loss(log_temperature):
        return -(targets * np.log(softmax(logits, math.exp(log_temperature)) + 1e-12)).sum(1).mean()

    return float(math.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def angular_error(a, b):
    """Degrees between gaze directions given as [n, 2] (pitch, yaw) in radians."""

    def vector(angles):
        pitch, yaw = np.asarray(angles, np.float64).T
        return np.stack([-np.cos(pitch) * np.sin(yaw), -np.sin(pitch), -np.cos(pitch) * np.cos(yaw)], 1)

    return np.degrees(np.arccos(np.clip((vector(a) * vector(b)).sum(1), -1, 1)))


def plot_curves(history, path, title):
    """PNG of training curves. `history`: name -> values per epoch; names that share the part before the first
    space share an axis ("loss train", "loss valid")."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    groups = {}
    for name in history:
        groups.setdefault(name.split(" ")[0], []).append(name)
    figure, axes = plt.subplots(1, len(groups), figsize=(4.5 * len(groups), 3.2), squeeze=False)
    for axis, (group, names) in zip(axes[0], groups.items()):
        for name in names:
            axis.plot(range(1, len(history[name]) + 1), history[name], label=name)
        axis.set_xlabel("epoch")
        axis.set_title(group)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.suptitle(title)
    figure.tight_layout()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=70, metadata={"Software": None})
    plt.close(figure)
