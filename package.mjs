// Packages the built extension for this platform: `node --import tsx package.mjs [--out FOLDER]`. What the bundles do not
// hold comes along: native packages with their dependencies, of this platform only, the networks, and a sample clip.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeSampleClip } from "./daemon/sample/sampleClip.ts";
import { manifestPaths, missingPaths } from "./extension/manifestPaths.ts";
import { nativePackages } from "./nativePackages.mjs";
import { writeVsix } from "./vsix.mjs";

const root = import.meta.dirname;
/** Used by the install script of onnxruntime-node alone. */
const installOnly = new Set(["adm-zip", "global-agent"]);
const platform = `${process.platform}-${process.arch}`;
const { values } = parseArgs({ options: { out: { type: "string", default: root } } });

const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
const sample = path.join(root, "dist", "sample.mp4");
if (!existsSync(sample)) await makeSampleClip(sample);

const readme = await readFile(path.join(root, "README.md"), "utf8");
const readmePictures = [...readme.matchAll(/!\[[^\]]*\]\(([\w./-]+)\)/g)].map(([, name]) => name);
const models = JSON.parse(await readFile(path.join(root, "models", "manifest.json"), "utf8")).models;
const files = [
  { name: "package.json", content: JSON.stringify(installedManifest(), undefined, 2) },
  ...(await tree(root, "dist", (name) => !name.endsWith(".map"))),
  ...(await namedByManifest()),
  ...[
    "package.nls.json",
    "package.nls.de.json",
    "README.md",
    ...readmePictures,
    "LICENSE",
    "models/manifest.json",
    "models/recipes/requirements.txt",
  ].map((name) => ({ name, file: path.join(root, name) })),
  // What PyTorch trains with, in the user's own Python.
  ...(await tree(root, "models/recipes", (name) => name.endsWith(".py"))),
  // The cast.
  ...(await tree(root, "models/avatars", (name) => name.endsWith(".glb"))),
  ...models.flatMap(({ file, card, figures, check, cpu }) =>
    [file, card, figures, check, ...(cpu === undefined ? [] : [cpu.file, cpu.check])].map((name) => ({
      name: `models/${name}`,
      file: path.join(root, "models", name),
    })),
  ),
  ...(await packagesOutsideBundles()),
];

const missing = missingPaths(
  [...manifestPaths(manifest), ...readmePictures],
  files.map(({ name }) => name),
);
if (missing.length > 0)
  throw new Error(`package.json or README.md name what the package does not hold: ${missing.join(", ")}`);

await mkdir(values.out, { recursive: true });
const target = path.join(values.out, `${manifest.name}-${platform}-${manifest.version}.vsix`);
const bytes = await writeVsix(target, manifest, platform, files);
console.log(`${target}: ${megabytes(bytes)} MB packed`);
await printParts();

/** What npm needs to build the extension is of no use where it is installed. */
function installedManifest() {
  const installed = { ...manifest };
  delete installed.scripts;
  delete installed.devDependencies;
  const versions = nativePackages.map((name) => [name, manifest.dependencies[name]]);
  return { ...installed, dependencies: Object.fromEntries(versions) };
}

/** Files and folders outside dist/ that the manifest names, and media beside them (pictures in texts of the walkthrough). */
async function namedByManifest() {
  const paths = manifestPaths(manifest).filter((name) => !name.startsWith("dist/"));
  const folders = new Set(paths.map((name) => name.split("/").slice(0, 2).join("/")));
  return (await Promise.all([...folders].map((folder) => tree(root, folder)))).flat();
}

/** Every file below `folder`, by its name from `base`. */
async function tree(base, folder, keep = () => true) {
  const start = path.join(base, folder);
  if (!existsSync(start)) return [];
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ name: path.relative(base, file).replaceAll(path.sep, "/"), file }))
    .filter(({ name }) => keep(name));
}

/** The packages that stay outside the bundles and all that they need, as they are installed here. */
async function packagesOutsideBundles() {
  const found = new Map();
  const queue = nativePackages.map((name) => ({ name, from: root }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const folder = findPackage(next.name, next.from);
    // Packages for other platforms are optional and absent.
    if (folder === undefined || found.has(next.name)) continue;
    found.set(next.name, await realpath(folder));
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      await readFile(path.join(folder, "package.json"), "utf8"),
    );
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
      if (!installOnly.has(name)) queue.push({ name, from: folder });
  }
  const lists = [...found].map(async ([name, folder]) =>
    (await tree(folder, ".", (file) => wanted(name, file))).map((entry) => ({
      ...entry,
      name: `node_modules/${name}/${entry.name}`,
    })),
  );
  return (await Promise.all(lists)).flat();
}

function findPackage(name, from) {
  const require = createRequire(path.join(from, "package.json"));
  return require.resolve
    .paths(name)
    .map((folder) => path.join(folder, name))
    .find((folder) => existsSync(path.join(folder, "package.json")));
}

/** No sources, maps, types or binaries of other platforms; nested packages are found by their own names. */
function wanted(name, file) {
  if (/\.(map|md|markdown|d\.[cm]?ts|ts|tsx)$/.test(file) && !/licen[cs]e/i.test(file)) return false;
  if (file.startsWith("node_modules/") || /^(src|test|tests|docs|script)\//.test(file)) return false;
  if (name === "onnxruntime-node" && file.startsWith("bin/"))
    return file.includes(`/${process.platform}/${process.arch}/`);
  return true;
}

async function printParts() {
  const sizes = new Map();
  for (const { name, file } of files) {
    const [top, second = "", third = ""] = name.split("/");
    const part =
      top === "node_modules" ? [top, second, ...(second.startsWith("@") ? [third] : [])].join("/") : top;
    sizes.set(part, (sizes.get(part) ?? 0) + (file === undefined ? 0 : (await stat(file)).size));
  }
  const rows = [...sizes].sort((a, b) => b[1] - a[1]).filter(([, size]) => size > 100_000);
  for (const [part, size] of rows) console.log(`${megabytes(size).padStart(8)} MB  ${part}`);
}

function megabytes(count) {
  return (count / 1e6).toFixed(1);
}
