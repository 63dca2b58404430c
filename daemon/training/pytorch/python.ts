import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { AppError } from "../../../shared/errors.ts";
import { parseJson } from "../../../shared/text/parseJson.ts";
import { childEnvironment } from "../../config.ts";
import { isThere } from "../../missing.ts";
import type { BackendPlace } from "../backend.ts";

/** A Python that has what the recipes need. */
export interface Python {
  readonly path: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Where PyTorch computes: `cpu`, or `cuda` with the name of the card. */
  readonly device: string;
}

/** Loading PyTorch from a slow disk takes its time. */
const checkMs = 180_000;
/** How far above the training file a `.venv` is looked for. */
const maxParents = 6;

/** What a recipe for pictures imports, and the package that brings it. */
const packages = {
  ...{ torch: "torch", numpy: "numpy", scipy: "scipy", PIL: "pillow", matplotlib: "matplotlib" },
  ...{ onnx: "onnx", onnxruntime: "onnxruntime" },
} as const;

const check = `
import importlib, json, os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
missing, found = [], {"python": sys.version.split()[0]}
if sys.version_info < (3, 11):
    print(json.dumps({"old": found["python"]})); sys.exit()
for name, package in json.loads(sys.argv[1]).items():
    try:
        found[package] = str(getattr(importlib.import_module(name), "__version__", ""))
    except Exception:
        missing.append(package)
device = "cpu"
if not missing:
    import torch
    if torch.cuda.is_available():
        device = "cuda, " + torch.cuda.get_device_name(0)
print(json.dumps({"path": sys.executable, "versions": found, "missing": missing, "device": device}))
`;

const checkedSchema = z.union([
  z.object({ old: z.string() }),
  z.object({
    path: z.string(),
    versions: z.record(z.string(), z.string()),
    missing: z.array(z.string()),
    device: z.string(),
  }),
]);

/**
 * Finds a Python with what recipes need: the one of the setting and no other, else that of a `.venv` beside the training file
 * or above it, else the first on the PATH that has it.
 * @throws AppError `python_missing` that says what to install
 */
export async function findPython(place: Omit<BackendPlace, "packages" | "device">): Promise<Python> {
  const against: string[] = [];
  for (const candidate of place.python === undefined ? await candidates(place.folder) : [place.python]) {
    const found = await look(candidate, place.signal);
    if (typeof found !== "string") return found;
    if (found !== "") against.push(found);
  }
  const asked = place.python;
  if (asked !== undefined && against.length === 0)
    throw new AppError(
      "python_missing",
      `${asked}, which edin.pythonPath (EDIN_PYTHON) names, does not start. Fix it.`,
    );
  const [first] = against;
  throw new AppError(
    "python_missing",
    first ??
      `This network needs PyTorch, and there is no Python here. Install Python 3.11 or newer, then: python3 -m pip install ${Object.values(packages).join(" ")}. Or choose the backbone head or compact, which need none.`,
  );
}

async function candidates(folder: string): Promise<string[]> {
  const inside = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const found: string[] = [];
  let at = path.resolve(folder);
  for (let n = 0; n <= maxParents; n++, at = path.dirname(at))
    for (const name of [".venv", "venv"]) {
      const file = path.join(at, name, ...inside);
      if (!found.includes(file) && (await isThere(file))) found.push(file);
    }
  return [...found, ...(process.platform === "win32" ? ["python"] : ["python3", "python"])];
}

/** @returns why it cannot be used, as a sentence with the next step; nothing to say of one that is not there */
async function look(file: string, signal: AbortSignal): Promise<Python | string> {
  let text: string;
  try {
    const { stdout } = await promisify(execFile)(file, ["-c", check, JSON.stringify(packages)], {
      ...{ timeout: checkMs, maxBuffer: 100_000, signal, env: pythonEnvironment() },
    });
    text = stdout;
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    return `${file} does not run. Name another in the setting edin.pythonPath (EDIN_PYTHON).`;
  }
  // A package that greets when it is loaded does so first.
  const parsed = checkedSchema.safeParse(parseJson(text.trim().split("\n").at(-1)!));
  if (!parsed.success)
    return `${file} is no Python that can be used. Name another in the setting edin.pythonPath (EDIN_PYTHON).`;
  if ("old" in parsed.data)
    return `${file} is Python ${parsed.data.old}; PyTorch's recipes need 3.11 or newer. Install one, and name it in the setting edin.pythonPath (EDIN_PYTHON).`;
  const { missing, versions, device, path: found } = parsed.data;
  if (missing.length > 0)
    return `${file} has no ${missing.join(", ")}, which this network needs. Install: "${file}" -m pip install ${missing.join(" ")}. Or choose the backbone head or compact, which need no Python.`;
  return { path: found === "" ? file : found, versions, device };
}

/** What a Python of the user's gets to see. */
export function pythonEnvironment(): Record<string, string> {
  return {
    ...childEnvironment(["CUDA_VISIBLE_DEVICES", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]),
    ...{ PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", PYTHONIOENCODING: "utf-8" },
  };
}
