"""What several golden scripts of labels need: what is said at each step, matches one to one, intraclass correlations."""

import numpy as np
import pandas as pd
import pingouin


def steps_of(annotations, labels, duration, step, none):
    """The index of the label at the middle of each step; `none` where nothing is."""
    at = (np.arange(int(np.ceil(duration / step - 0.5))) + 0.5) * step
    row = np.full(len(at), none)
    for start, end, label in annotations:
        row[(at >= start) & (at < end)] = labels.index(label)
    return row


def events_of(file, tier="face"):
    """(start, end, label) of the annotations of a tier of stretches."""
    return [(a["startMs"], a["endMs"], a["label"]) for a in file["annotations"] if a["tier"] == tier]


def greedy(candidates):
    """Pairs (i, j), the best score first, each index once."""
    used_a, used_b, pairs = set(), set(), []
    for _score, i, j in sorted(candidates, key=lambda c: (-c[0], c[1], c[2])):
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append((i, j))
    return pairs


def iou_matches(first, second):
    """One to one, the same label, intersection over union of .5 or more, the best first."""
    candidates = []
    for i, (a0, a1, a) in enumerate(first):
        for j, (b0, b1, b) in enumerate(second):
            overlap = min(a1, b1) - max(a0, b0)
            if a == b and overlap > 0 and overlap / (a1 - a0 + b1 - b0 - overlap) >= 0.5:
                candidates.append((overlap / (a1 - a0 + b1 - b0 - overlap), i, j))
    return greedy(candidates)


def intraclass(rows):
    """pingouin's ICC(2,1), (2,k), (3,1) and (3,k) of raters x items; its names changed between versions."""
    raters, items = rows.shape
    frame = pd.DataFrame(
        {
            "target": np.tile(np.arange(items), raters),
            "rater": np.repeat(np.arange(raters), items),
            "value": rows.ravel(),
        }
    )
    table = pingouin.intraclass_corr(frame, targets="target", raters="rater", ratings="value").set_index("Type")["ICC"]
    found = {str(name).upper().translate(str.maketrans("", "", "(), ")): float(v) for name, v in table.items()}
    names = {
        "icc21": ("ICC2", "ICCA1", "ICC21"),
        "icc2k": ("ICC2K", "ICCAK"),
        "icc31": ("ICC3", "ICCC1", "ICC31"),
        "icc3k": ("ICC3K", "ICCCK"),
    }
    return {ours: next(found[name] for name in theirs if name in found) for ours, theirs in names.items()}
