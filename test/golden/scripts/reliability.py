"""Golden values of Cronbach's alpha and McDonald's omega total (one factor, minres), from NumPy and SciPy:
python3 test/golden/scripts/reliability.py writes test/golden/reliability.json."""
import json
import pathlib

import numpy as np
from scipy import optimize


def alpha(x):
    k = x.shape[1]
    return k / (k - 1) * (1 - x.var(0, ddof=1).sum() / x.sum(1).var(ddof=1))


def omega(x):
    s = np.cov(x.T)
    off = ~np.eye(len(s), dtype=bool)
    bound = np.sqrt(np.diag(s))
    fit = optimize.minimize(lambda x: ((s - np.outer(x, x))[off] ** 2).sum(), 0.7 * bound,
                            bounds=[(-b, b) for b in bound], method="L-BFGS-B",
                            options={"ftol": 1e-15, "gtol": 1e-12, "maxiter": 10000})
    common = fit.x.sum() ** 2
    return common / (common + (np.diag(s) - fit.x ** 2).sum())


def main():
    rng = np.random.default_rng(11)
    sets = []
    for n, k, strength, low in [(40, 6, 1.2, 1), (120, 16, 0.8, 1), (25, 4, 0.4, 1), (200, 6, 2.0, 1)]:
        factor = rng.normal(size=(n, 1))
        weights = strength * rng.uniform(0.4, 1.2, size=k)
        answers = np.clip(np.round(4 + factor * weights + rng.normal(size=(n, k))), low, 7).astype(int)
        sets.append({"rows": answers.tolist(), "alpha": alpha(answers), "omega": omega(answers)})
    path = pathlib.Path(__file__).parents[1] / "reliability.json"
    path.write_text(json.dumps(sets))


if __name__ == "__main__":
    main()
