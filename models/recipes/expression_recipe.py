"""expression-compact and expression-thesis under the contract of README.md: expression_train.py, then expression.py."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import expression
import expression_train
import ferplus
from runner import Recipe, Run


def run(run: Run) -> None:
    options = run.options
    work = run.out / "work"
    settings = argparse.Namespace(
        data=run.data, work=work, network=options.network, width=options.width, epochs=options.epochs, small=options.small,
        minutes=options.minutes or 1e9, rate=options.rate, decay=options.decay, balance=options.balance, seed=options.seed,
        start=Path(options.start) if options.start else None,
    )  # fmt: skip

    def tell(line: dict[str, float], share: float) -> None:
        figures: dict[str, float] = {name: line[name] for name in ("accuracy", "macroF1") if name in line}
        run.progress(int(line["epoch"]), 0, share, {"train": line["loss"]}, figures)

    expression_train.train(settings, tell)
    how = argparse.Namespace(data=run.data, work=work, network=options.network, width=options.width, how="", models=run.out)
    run.registered(expression.publish(how))


def smoke(folder: Path) -> dict[str, Any]:
    """Noise with the votes of ten taggers, laid out as FER+ is."""
    random = np.random.default_rng(0)
    (folder / "ferplus").mkdir(parents=True, exist_ok=True)
    for part, faces in (("train", 160), ("valid", 24)):
        sheet = random.integers(0, 256, (-(-faces // 64) * ferplus.SIDE, 64 * ferplus.SIDE), dtype=np.uint8)
        Image.fromarray(sheet).save(folder / "ferplus" / f"{part}_0.png")
        with (folder / "ferplus" / f"{part}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["index", *ferplus.VOTE_COLUMNS, *ferplus.REST_COLUMNS])
            writer.writeheader()
            for at in range(faces):
                votes = dict.fromkeys([*ferplus.VOTE_COLUMNS, *ferplus.REST_COLUMNS], 0)
                writer.writerow({"index": at, **votes, ferplus.VOTE_COLUMNS[at % 8]: 10})
    return {"epochs": 2, "small": 0.0}


def recipe(network: str, title: str) -> Recipe:
    return Recipe(
        title=title,
        task="expression",
        data="The folder holds ferplus/: the sheets of FER2013 faces with the votes of FER+ (train and valid, .csv and .png).",
        run=run,
        smoke=smoke,
        options={
            "network": network, "width": 0.25, "epochs": 36, "rate": 3e-3, "decay": 0.03, "balance": 0.25, "small": 0.6,
            "minutes": 0.0, "start": "",
        },
    )


RECIPES = {
    "expression-compact": recipe("compact", expression.TITLES["expression-compact"]),
    "expression-thesis": recipe("vgg16", expression.TITLES["expression-thesis"]),
}
