"""95 % intervals of agreement over every way to draw clips, and over moving blocks of the time of one clip, by packages."""

from itertools import combinations, combinations_with_replacement
from math import factorial

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa


def nominal_figures(read):
    """Alpha, Fleiss' kappa and each pair's kappa of raters x steps; NaN is nothing said."""
    used = read[:, np.sum(~np.isnan(read), axis=0) > 0]
    if len(np.unique(used[~np.isnan(used)])) < 2:
        return [np.nan] * (2 + len(used) * (len(used) - 1) // 2)
    pairs = []
    for a, b in combinations(range(len(used)), 2):
        both = ~np.isnan(used[a]) & ~np.isnan(used[b])
        pairs.append(cohen_kappa_score(used[a][both], used[b][both]))
    return [krippendorff.alpha(used, level_of_measurement="nominal"), fleiss(used), *pairs]


def fleiss(read):
    """statsmodels where everybody said something, irrCAC (Gwet's extension, slower) where somebody did not."""
    if not np.isnan(read).any():
        return fleiss_kappa(aggregate_raters(read.T.astype(int))[0])
    return CAC(pd.DataFrame(read.T), digits=15).fleiss()["est"]["coefficient_value"]


def over_clips(parts, figures):
    """Percentiles over all n^n draws of n clips: each multiset of clips once, by how many draws it stands for."""
    n = len(parts)
    values, weights = [], []
    for draw in combinations_with_replacement(range(n), n):
        values.append(figures([parts[i] for i in draw]))
        weights.append(factorial(n) / np.prod([factorial(draw.count(i)) for i in set(draw)]))
    return [ends(column, np.array(weights)) for column in np.array(values).T]


def ends(values, weights):
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / np.sum(weights)
    return [float(values[order][np.searchsorted(share, p - 1e-12)]) for p in (0.025, 0.975)]


def over_blocks(read, step, stretches, duration, draws, seed):
    """Kunsch's moving blocks of one clip, as long as the mean stretch times the cube root of how many a rater has."""
    rng = np.random.default_rng(seed)
    lengths = [end - start for row in stretches for start, end, _label in row]
    wanted = max(1000, np.mean(lengths) * np.cbrt(len(lengths) / len(stretches)))
    piece = max(1, round(min(wanted, duration / 4) / 8))
    size = max(1, round(piece / step))
    pieces = int(np.ceil(read.shape[1] / size))
    values = []
    for _ in range(draws):
        starts = rng.integers(0, pieces - 8 + 1, int(np.ceil(pieces / 8)))
        values.append(nominal_figures(np.concatenate([read[:, s * size : (s + 8) * size] for s in starts], axis=1)))
    # Draws of one label alone have no figure.
    return np.nanquantile(values, [0.025, 0.975], axis=0).T.tolist()
