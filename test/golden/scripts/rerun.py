"""Runs every golden script again and holds what it writes against what is committed: the difference must be empty.

Run: python3 test/golden/scripts/rerun.py [NAME ...]   (packages: requirements.txt beside this file)

Another processor adds in another order: numbers that agree to 1e-6 of their size are the same, also those in base64
(little-endian float32). What is the same is put back byte for byte, so that `git diff` shows only what is not.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KEPT = ["test/golden", "test/fixtures"]
TOLERANCE = 1e-6


def floats(text: str) -> np.ndarray | None:
    """The float32 values of a base64 text, where it can be one."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return np.frombuffer(data, "<f4") if len(data) >= 16 and len(data) % 4 == 0 else None


def same(a: object, b: object) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        return abs(a - b) <= TOLERANCE * max(1, abs(a), abs(b))
    if isinstance(a, str) and isinstance(b, str) and a != b:
        x, y = floats(a), floats(b)
        if x is None or y is None or x.shape != y.shape:
            return False
        finite = np.isfinite(x) & np.isfinite(y)
        return bool(finite.all() and (np.abs(x - y) <= TOLERANCE * np.maximum(1, np.abs(x))).all())
    return a == b


def git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True).stdout


def main() -> int:
    if git("status", "--porcelain", "--", *KEPT).strip():
        print("There are changes in test/golden or test/fixtures: commit or undo them first.")
        return 2
    names = sys.argv[1:] or sorted(script.stem for script in HERE.glob("*.py") if script.stem != "rerun")
    failed = []
    for name in names:
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py")], cwd=ROOT, capture_output=True, text=True)
        print(f"{name}: {'ran' if done.returncode == 0 else done.stderr[-2000:]}", flush=True)
        if done.returncode != 0:
            failed.append(name)
    for path in git("diff", "--name-only", "--", *KEPT).split():
        if not path.endswith(".json"):
            continue
        committed = json.loads(git("show", f"HEAD:{path}"))
        if same(committed, json.loads((ROOT / path).read_text())):
            git("checkout", "--", path)
    different = git("status", "--porcelain", "--", *KEPT).strip()
    if different:
        print(f"Not what is committed:\n{different}")
    return 1 if different or failed else 0


if __name__ == "__main__":
    sys.exit(main())
