"""Packs what the tasks of tasks.py are trained on, one small file a task: python pack.py --data DATA --out PACK [--mib 60]

Tasks go in by value, until the next one would not fit; renders and features come from --cache, or are made there.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpu import packed
from gpu.tasks import AMOUNTS, SMALL, TASKS
from runner import SHARED, Run

MIB = 2**20


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mib", type=float, default=60, help="that all files may have together")
    parser.add_argument("--tasks", default=",".join(TASKS), help="in this order")
    parser.add_argument("--quality", type=int, default=packed.QUALITY, help="of the pictures, as WebP counts it")
    parser.add_argument("--cache", default="")
    parser.add_argument("--small", action="store_true", help="hardly anything: to try it out")
    given = parser.parse_args(arguments)
    amounts, left = SimpleNamespace(**(SMALL if given.small else AMOUNTS)), given.mib * MIB
    for name in given.tasks.split(","):
        run = Run(name, given.data, given.out, {**SHARED, "cache": given.cache or str(given.out / "work")}, lambda line: print(json.dumps(line), flush=True))
        path = given.out / f"{name}.npz"
        size = packed.write(path, TASKS[name].data(run, amounts), given.quality)
        if size > left:
            path.unlink()
            print(f"{name}: {size / MIB:.1f} MiB do not fit into the {left / MIB:.1f} that are left", flush=True)
            continue
        left -= size
        print(f"{name}: {size / MIB:.1f} MiB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
