"""Writes ../stats.json: classification scores and intervals by scikit-learn, SciPy and NumPy.

Run: python3 test/golden/scripts/stats.py (numpy, scipy, scikit-learn)
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, precision_recall_fscore_support

rng = np.random.default_rng(20220703)


def classification(n, classes, absent=(), missed=0.0):
    present = [c for c in range(classes) if c not in absent]
    truth = rng.choice(present, n)
    predicted = np.where(rng.random(n) < 0.6, truth, rng.integers(0, classes, n))
    predicted = np.where(rng.random(n) < missed, classes, predicted)  # one more class: no prediction
    labels = list(range(classes))
    p, r, f, support = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    return {
        "classes": classes,
        "truth": truth.tolist(),
        "predicted": [None if x == classes else int(x) for x in predicted],
        "accuracy": accuracy_score(truth, predicted),
        "macroF1": precision_recall_fscore_support(truth, predicted, labels=present, average="macro", zero_division=0)[2],
        "uar": precision_recall_fscore_support(truth, predicted, labels=present, average="macro", zero_division=0)[1],
        "precision": p.tolist(), "recall": r.tolist(), "f1": f.tolist(), "support": support.tolist(),
        "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
    }


def calibration(n):
    confidence = rng.beta(4, 2, n)
    correct = rng.random(n) < confidence**1.3
    counts = np.histogram(confidence, np.linspace(0, 1, 16))[0]
    true, mean = calibration_curve(correct, confidence, n_bins=15)  # bins without cases are left out
    return {"confidence": confidence.tolist(), "correct": correct.tolist(),
            "ece": float((np.abs(true - mean) * counts[counts > 0]).sum() / n)}


def bootstrap(people, per_person):
    """Accuracy over people of different skill; the interval by 20,000 draws."""
    skill = rng.beta(5, 3, people)
    clusters = np.repeat(np.arange(people), per_person)
    right = rng.random(people * per_person) < skill[clusters]
    table = right.reshape(people, per_person).mean(1)
    draws = table[rng.integers(0, people, (20000, people))].mean(1)
    return {"clusters": [f"p{c}" for c in clusters], "right": right.tolist(),
            "interval": np.percentile(draws, [2.5, 97.5]).tolist()}


cases = [classification(300, 8), classification(120, 5, absent=(2,)), classification(200, 7, missed=0.15)]
golden = {
    "classification": cases,
    "calibration": [calibration(500), calibration(40)],
    "wilson": [{"k": k, "n": n, "interval": list(binomtest(k, n).proportion_ci(0.95, "wilson"))}
               for k, n in ((0, 5), (5, 5), (3, 10), (861, 1000), (1, 1))],
    "quantile": [{"values": v.tolist(), "fractions": [0, 0.025, 0.5, 0.9, 0.975, 1],
                  "expected": np.quantile(v, [0, 0.025, 0.5, 0.9, 0.975, 1]).tolist()}
                 for v in (rng.normal(0, 1, 1), rng.normal(0, 1, 2), rng.normal(5, 3, 101))],
    "bootstrap": [bootstrap(24, 20), bootstrap(6, 50)],
}
assert abs(cases[0]["uar"] - balanced_accuracy_score(cases[0]["truth"], cases[0]["predicted"])) < 1e-12
out = Path(__file__).resolve().parents[1] / "stats.json"
out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
