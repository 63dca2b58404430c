"""Two steps of every recipe (or of those that are named) on tiny made-up data, through to the manifest.

Run: python smoke.py [NAME ...]
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import recipe


def fault_of(name: str, out: Path) -> str | None:
    """What is wrong with a recipe, if anything."""
    lines = io.StringIO()
    with redirect_stdout(lines):
        code = recipe.work([name, "--smoke", "--out", str(out), "--json"])
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    if code != 0:
        return f"it ended with {code}: {told[-1] if told else 'nothing'}"
    if not told or "done" not in told[-1]:
        return "its last line does not say that it is done"
    shares = [line["share"] for line in told if "share" in line]
    if shares != sorted(shares) or (shares and shares[-1] != 1):
        return f"its progress is {shares}"
    entries = {entry["id"]: entry for entry in json.loads((out / "manifest.json").read_text())["models"]}
    for made in told[-1]["done"]:
        entry = entries.get(made)
        if entry is None:
            return f"{made} is not in its manifest"
        if hashlib.sha256((out / entry["file"]).read_bytes()).hexdigest() != entry["sha256"]:
            return f"{made} has another hash than its manifest says"
        missing = [key for key in ("card", "figures", "check") if not (out / entry[key]).is_file()]
        if missing:
            return f"{made} lacks {', '.join(missing)}"
    return None


def main() -> int:
    failed = 0
    for name in sys.argv[1:] or list(recipe.RECIPES):
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="edin-recipe-") as folder:
            fault = fault_of(name, Path(folder))
        failed += fault is not None
        print(f"{name}: {fault or 'good'}, {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
