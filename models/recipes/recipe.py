"""Makes one network: python recipe.py NAME --data DIR --out DIR [--json] [--epochs 10 ...]

    python recipe.py --list                 # the recipes, what they need, their options
    python recipe.py NAME --smoke --out DIR # two steps on tiny made-up data, through to the manifest
    python recipe.py --adopt OUT            # takes the networks of a finished run into models/

The contract of what comes in and out is in README.md beside this file.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import common
from runner import SHARED, Failure, Recipe, Run

# Name -> module that holds its RECIPE. Modules are loaded when they are asked for: some need what others do not.
RECIPES: Mapping[str, str] = {
    "pictures": "pictures",
    "sounds": "sounds",
    "expression-compact": "expression_joint",
    "expression-mobile": "expression_joint",
    "expression-thesis": "expression_joint",
    "face-ssdlite": "face",
    "face-blazeface": "blazeface",
    "face-yunet": "yunet_report",
    "landmarks-compact": "landmarks_marked",
    "landmarks-thesis": "landmarks",
    "eye-state-compact": "eye_state",
    "eye-state-thesis": "eye_state",
    "gaze-compact": "gaze",
    "gaze-thesis": "gaze",
    "speech-compact": "speech",
    "speech-thesis": "speech_thesis",
    "speech-whisper": "speech_whisper",
    "vad-silero": "vad_silero",
    "speaker-ge2e": "speaker_ge2e",
    "face-likeness-dlib": "face_likeness",
    "eec": "eec",
    "man": "man",
    "micro-expression": "micro_expression",
    "blend-shapes-compact": "avatar_weights",
    "avatar-emotion-compact": "avatar_judge",
    "animation-compact": "avatar_animation",
}


def load(name: str) -> Recipe:
    if name not in RECIPES:
        raise Failure(f"There is no recipe {name}. `python recipe.py --list` shows those there are.")
    try:
        module = importlib.import_module(RECIPES[name])
    except ModuleNotFoundError as error:
        raise Failure(f"Python has no {error.name}. Install it: pip install -r models/recipes/requirements.txt") from error
    recipe = getattr(module, "RECIPES", {}).get(name) or module.RECIPE
    assert isinstance(recipe, Recipe)
    return recipe


def parse(arguments: list[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
    """The command's own arguments, and the recipe's options by name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", action="store_true", help="progress as JSON lines")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--adopt", type=Path, metavar="OUT")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--with-parent", action="store_true", help="end when stdin does: whoever began this is gone")
    parser.add_argument("--config", type=Path, help="a JSON object of options")
    parser.add_argument("-h", "--help", action="store_true")
    known, rest = parser.parse_known_args(arguments)
    if known.list or known.adopt or known.name is None:
        return known, {}
    recipe = load(known.name)
    options = argparse.ArgumentParser(prog=f"recipe.py {known.name}", description=recipe.title)
    defaults = {**SHARED, **recipe.options}
    for name, default in defaults.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, bool):
            options.add_argument(flag, dest=name, action=argparse.BooleanOptionalAction, default=None, help=f"{default}")
        else:
            kind = str if default is None else type(default)
            options.add_argument(flag, dest=name, type=kind, default=None, help=f"{default}")
    if known.help:
        options.print_help()
        raise SystemExit(0)
    given = {name: value for name, value in vars(options.parse_args(rest)).items() if value is not None}
    config = json.loads(known.config.read_text()) if known.config else {}
    unknown = set(config) - set(defaults)
    if unknown:
        raise Failure(f"{known.config}: {known.name} has no option {', '.join(sorted(unknown))}. It has {', '.join(defaults)}.")
    return known, {**defaults, **config, **given}


def tell(as_json: bool, line: Mapping[str, Any], stream: TextIO | None = None) -> None:
    if as_json:
        print(json.dumps(line, allow_nan=False), file=stream, flush=True)
    elif "epoch" in line:
        numbers = {**line["losses"], **line.get("figures", {})}
        text = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        print(f"epoch {line['epoch']} step {line['step']} {line['share']:5.0%}  {text}", file=stream, flush=True)
    else:
        print(next(iter(line.values())), file=stream, flush=True)


def show_list(as_json: bool) -> None:
    for name in RECIPES:
        try:
            recipe = load(name)
        except Failure as failure:
            tell(as_json, {"failed": f"{name}: {failure}"})
            continue
        options = {**SHARED, **recipe.options}
        if as_json:
            print(json.dumps({"name": name, "title": recipe.title, "task": recipe.task, "data": recipe.data, "options": options}))
        else:
            print(f"{name}: {recipe.title} ({recipe.task}).\n  DATA: {recipe.data}\n  " + "  ".join(f"--{k} {v}" for k, v in options.items()))


def work(arguments: list[str]) -> int:
    # Which form a failure takes is known before anything can fail.
    as_json = "--json" in arguments
    try:
        known, options = parse(arguments)
        if known.adopt:
            tell(as_json, {"done": common.adopt(known.adopt), "folder": str(common.MODELS)})
            return 0
        if known.list or known.name is None:
            show_list(as_json)
            return 0
        if known.out is None or (known.data is None and not known.smoke):
            raise Failure("Say where the data are and where the network goes: --data DIR --out DIR.")
        recipe = load(known.name)
        data: Path = known.data
        if known.smoke:
            data = known.out / "smoke"
            data.mkdir(parents=True, exist_ok=True)
            options = {**options, **recipe.smoke(data)}
        elif not data.is_dir():
            raise Failure(f"{data} is no folder. {recipe.data}")
        import torch

        torch.set_num_threads(options["threads"])
        # Libraries that print on their way must not come between the lines.
        stream = sys.stdout
        run = Run(known.name, data, known.out, options, lambda line: tell(as_json, line, stream), {**SHARED, **recipe.options})
        with redirect_stdout(sys.stderr):
            recipe.run(run)
        run.finish()
        tell(as_json, {"done": run.published, "folder": str(known.out)})
        return 0
    except Failure as failure:
        tell(as_json, {"failed": str(failure)})
    except MemoryError:
        tell(as_json, {"failed": "There is too little memory. Use a smaller --batch or a narrower network."})
    except OSError as error:
        tell(as_json, {"failed": f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")})
    except Exception as error:
        if "out of memory" in str(error).lower():
            tell(as_json, {"failed": "The device is out of memory. Use a smaller --batch or a narrower network."})
        else:
            traceback.print_exc()
            tell(as_json, {"failed": f"{type(error).__name__}: {error}"})
    return 1


def interrupted(_signal: int, _frame: FrameType | None) -> None:
    # Each epoch's checkpoint is there already: nothing is lost but the epoch that was under way.
    sys.exit(130)


def end_with_parent() -> None:
    # Not by sys.stdin, whose lock the end of Python would wait for.
    while os.read(0, 4096):
        pass
    os._exit(130)


if __name__ == "__main__":
    if "--with-parent" in sys.argv:
        threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    sys.exit(work(sys.argv[1:]))
