"""Writes ../validation.json: the statistics of the validation report by SciPy, statsmodels, pingouin and scikit-learn.

Run: python3 test/golden/scripts/validation.py (numpy, pandas, scipy, statsmodels, pingouin, scikit-learn)
"""

import json
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pingouin as pg
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from statsmodels.stats.multitest import multipletests

matplotlib.use("Agg")
rng = np.random.default_rng(19950402)


def pair(n, rho, ties=False, outlier=False):
    x, y, z = rng.multivariate_normal([0, 0, 0], [[1, rho, 0.4], [rho, 1, 0.3], [0.4, 0.3, 1]], n).T
    if ties:
        x, y = np.round(x * 2), np.clip(np.round(4 + 1.5 * y), 1, 7)
    if outlier:
        x[0], y[0] = 8, -6
    return x, y, z


def correlations(x, y, z):
    frame = pd.DataFrame({"x": x, "y": y, "z": z})
    out = {"x": x.tolist(), "y": y.tolist(), "z": z.tolist()}
    for method, test in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        r, p = test(x, y)
        partial = pg.partial_corr(frame, "x", "y", "z", method=method)
        value = {"r": float(r), "p": float(p)}
        p_name = [c for c in partial.columns if c.lower().startswith("p")][0]
        value["partial"] = {"r": float(partial["r"].iloc[0]), "p": float(partial[p_name].iloc[0])}
        out[method] = value
    out["ranks"] = stats.rankdata(x).tolist()
    fit = stats.linregress(x, y)
    out["line"] = {"intercept": float(fit.intercept), "slope": float(fit.slope)}
    mapped = cross_val_predict(LinearRegression(), x[:, None], y, cv=LeaveOneOut())
    out["leaveOneOut"] = np.clip(mapped, 1, 7).tolist()
    return out


def bca(x, y, method):
    """SciPy's BCa with its resamples kept, so that the same ones can be given to ours."""
    def statistic(a, b, axis=-1):
        a, b = np.atleast_2d(a), np.atleast_2d(b)
        if method == "spearman":
            a, b = stats.rankdata(a, axis=-1), stats.rankdata(b, axis=-1)
        a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
        return np.squeeze((a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1)))

    small = stats.bootstrap((x, y), statistic, paired=True, vectorized=True, n_resamples=499, method="BCa",
                            rng=np.random.default_rng(3))
    large = stats.bootstrap((x, y), statistic, paired=True, vectorized=True, n_resamples=100_000, method="BCa",
                            rng=np.random.default_rng(4))
    n = len(x)
    jackknife = [float(statistic(np.delete(x, i), np.delete(y, i))) for i in range(n)]
    return {"x": x.tolist(), "y": y.tolist(), "method": method, "estimate": float(statistic(x, y)),
            "resamples": np.ravel(small.bootstrap_distribution).tolist(), "jackknife": jackknife,
            "interval": [float(e) for e in small.confidence_interval],
            "large": [float(e) for e in large.confidence_interval]}


def agreement(first, second):
    import matplotlib.pyplot as plt

    n = len(first)
    long = pd.DataFrame({"who": list(range(n)) * 2, "how": ["a"] * n + ["b"] * n,
                         "value": np.concatenate([first, second])})
    table = pg.intraclass_corr(long, "who", "how", "value")
    row = table[table["Type"].isin(["ICC2", "ICC(A,1)"])].iloc[0]
    interval = [c for c in table.columns if c.startswith("CI95")][0]
    p_name = [c for c in table.columns if c.lower().startswith("p")][0]
    # pingouin rounds its ICC interval to two decimals; here by Shrout and Fleiss 1979, equation on page 424.
    rows, how = (first + second) / 2, np.array([first.mean(), second.mean()])
    grand = rows.mean()
    bms = 2 * ((rows - grand) ** 2).sum() / (n - 1)
    jms = n * ((how - grand) ** 2).sum()
    ems = (((np.stack([first, second]) - grand) ** 2).sum() - (n - 1) * bms - jms) / (n - 1)
    icc = (bms - ems) / (bms + ems + 2 * (jms - ems) / n)
    fj = jms / ems
    a = 2 * icc * fj + n * (1 + icc) - 2 * icc
    v = (n - 1) * a**2 / ((n - 1) * 4 * icc**2 * fj**2 + (n * (1 + icc) - 2 * icc) ** 2)
    fu, fl = stats.f.ppf(0.975, n - 1, v), stats.f.ppf(0.975, v, n - 1)
    ci = [n * (bms - fu * ems) / (fu * (2 * jms + (n - 2) * ems) + n * bms),
          n * (fl * bms - ems) / (2 * jms + (n - 2) * ems + n * fl * bms)]
    assert np.allclose(np.round(ci, 2), row[interval], atol=0.0051), (ci, row[interval])
    assert abs(icc - row["ICC"]) < 1e-10

    # The intervals that pingouin draws, read off its bands.
    ax = pg.plot_blandaltman(first, second)
    bands = sorted((float(p.get_y()), float(p.get_y() + p.get_height())) for p in ax.patches)
    plt.close("all")
    d = first - second
    return {"first": first.tolist(), "second": second.tolist(), "icc": float(icc), "f": float(row["F"]),
            "df1": int(row["df1"]), "df2": int(row["df2"]), "p": float(row[p_name]), "iccInterval": ci,
            "bias": float(d.mean()), "deviation": float(d.std(ddof=1)),
            "limits": [float(d.mean() - 1.96 * d.std(ddof=1)), float(d.mean() + 1.96 * d.std(ddof=1))],
            "bands": bands}


def kappas(n, classes, share):
    first = rng.integers(0, classes, n)
    second = np.where(rng.random(n) < share, first, rng.integers(0, classes, n))
    return {"classes": classes, "first": first.tolist(), "second": second.tolist(),
            "kappa": float(cohen_kappa_score(first, second)),
            "quadratic": float(cohen_kappa_score(first, second, weights="quadratic", labels=list(range(classes))))}


def permutation(n, classes, share):
    """Quadratic-weighted kappa against SciPy's random pairings."""
    case = kappas(n, classes, share)
    first, second = np.array(case["first"]), np.array(case["second"])
    labels = list(range(classes))
    statistic = lambda x: cohen_kappa_score(first, x, weights="quadratic", labels=labels)
    test = stats.permutation_test((second,), statistic, permutation_type="pairings", alternative="greater",
                                  n_resamples=4000, rng=np.random.default_rng(5))
    return {**case, "mean": float(test.null_distribution.mean()),
            "interval": np.quantile(test.null_distribution, [0.025, 0.975]).tolist(), "p": float(test.pvalue)}


def steiger(n, covariance):
    """Empirical size of the scatter that the test assumes: the standard deviation over 40,000 samples of the difference
    of two Fisher z values, times sqrt(n - 3), divided by the formula's."""
    c = np.array(covariance)
    x = rng.multivariate_normal(np.zeros(len(c)), c, (40_000, n))
    x = x - x.mean(1, keepdims=True)
    x = x / np.sqrt((x**2).sum(1, keepdims=True))
    r = lambda a, b: (x[:, :, a] * x[:, :, b]).sum(1)
    pair = (0, 1), (0, 2) if len(c) == 3 else (2, 3)
    difference = np.arctanh(r(*pair[0])) - np.arctanh(r(*pair[1]))
    return {"n": n, "covariance": covariance, "deviation": float(difference.std() * np.sqrt(n - 3))}


def distributions():
    cases = []
    for z in (-6.5, -3, -1.2, 0, 0.3, 2.1, 4.4, 9):
        cases.append({"name": "normalCdf", "args": [z], "value": stats.norm.cdf(z)})
        cases.append({"name": "normalTwoSided", "args": [z], "value": 2 * stats.norm.sf(abs(z))})
    for p in (1e-9, 0.025, 0.3, 0.5, 0.975, 0.9999):
        cases.append({"name": "normalQuantile", "args": [p], "value": stats.norm.ppf(p)})
    for t, df in ((0, 3), (0.5, 1), (-2.4, 17), (5.1, 38), (30, 100), (1.96, 1e5)):
        cases.append({"name": "studentTwoSided", "args": [t, df], "value": 2 * stats.t.sf(abs(t), df)})
    for p, df in ((0.975, 1), (0.975, 2), (0.975, 39), (0.01, 5), (0.6, 1000)):
        cases.append({"name": "studentQuantile", "args": [p, df], "value": stats.t.ppf(p, df)})
    for f, a, b in ((0.2, 3, 5), (1, 39, 39), (4.2, 19, 19), (12.5, 2, 7.5), (300, 39, 39)):
        cases.append({"name": "fUpper", "args": [f, a, b], "value": stats.f.sf(f, a, b)})
    for p, a, b in ((0.975, 39, 24.3), (0.975, 3.2, 9), (0.5, 19, 19), (0.025, 5, 200)):
        cases.append({"name": "fQuantile", "args": [p, a, b], "value": stats.f.ppf(p, a, b)})
    return [{**c, "value": float(c["value"])} for c in cases]


warnings.simplefilter("ignore")
sets = [pair(40, 0.5), pair(25, -0.3, ties=True), pair(120, 0.8, outlier=True), pair(4, 0.2)]
holm = [rng.uniform(0, 0.08, 3), np.array([0.01, 0.01, 0.04, 0.2, 0.9]), rng.uniform(0, 1, 12), np.array([0.03])]
golden = {
    "distributions": distributions(),
    "correlations": [correlations(*s) for s in sets],
    "bca": [bca(x, y, method) for x, y, _ in (pair(40, 0.5), pair(24, -0.3, ties=True), pair(60, 0.7, outlier=True))
            for method in ("pearson", "spearman")],
    "holm": [{"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()} for p in holm],
    "agreement": [agreement(4 + x, 4 + k * x + e * y)
                  for (x, y, _), k, e in ((pair(40, 0), 0.8, 0.5), (pair(12, 0), 0.2, 1), (pair(90, 0), 1, 0.2),
                                          (pair(30, 0), -0.4, 0.7))],
    "kappas": [kappas(200, 7, 0.4), kappas(30, 3, 0.7), kappas(84, 3, 0), kappas(15, 4, 0.9)],
    "permutation": [permutation(40, 3, 0.5), permutation(84, 3, 0), permutation(60, 4, 0.8)],
    "steiger": [steiger(60, [[1, 0.5, 0.5], [0.5, 1, 0.3], [0.5, 0.3, 1]]),
                steiger(40, [[1, 0.3, 0.3], [0.3, 1, 0.7], [0.3, 0.7, 1]]),
                steiger(100, [[1, 0.0, 0.0], [0.0, 1, -0.4], [0.0, -0.4, 1]]),
                steiger(80, [[1, 0.4, 0.5, 0.2], [0.4, 1, 0.3, 0.6], [0.5, 0.3, 1, 0.4], [0.2, 0.6, 0.4, 1]])],
}
out = Path(__file__).resolve().parents[1] / "validation.json"
out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
