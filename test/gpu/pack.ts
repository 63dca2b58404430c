// Packs what a bare Linux machine with a graphics card needs for measure.ts into one file, after `node build.mjs`:
// npx tsx test/gpu/pack.ts CLIP [--out FILE.tar.xz] [--seconds N] [--level 0-9]
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import esbuild from "esbuild";
import { findFfmpeg } from "../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { modelManifestSchema } from "../../shared/protocol/models.ts";
import { loopClip, make720p } from "../bench/clips.ts";

const run = promisify(execFile);
const root = path.join(import.meta.dirname, "../..");
const limitBytes = 64 * 2 ** 20;
/** What the visual path of a clip loads. */
const networks = ["face", "landmarks", "eye-state", "gaze", "expression", "eec", "man"];
/** The Vulkan loader, and what NVIDIA's driver for it is linked with: machines without a desktop may lack them. */
const libraries = ["vulkan.so.1", "X11.so.6", "Xext.so.6", "xcb.so.1", "Xau.so.6", "Xdmcp.so.6", "bsd.so.0", "md.so.0", "GLdispatch.so.0"]; // prettier-ignore

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "edin-gpu.tar.xz" },
    /** The clip is repeated for so long. */
    seconds: { type: "string", default: "60" },
    /** Of xz. The limit holds for 6; 1 takes a fifth of the time. */
    level: { type: "string", default: "6" },
  },
});
const [clip] = positionals;
if (clip === undefined) throw new Error("Name a clip with one face: npx tsx test/gpu/pack.ts CLIP");
const folder = await mkdtemp(path.join(os.tmpdir(), "edin-gpu-pack-"));
const at = (...parts: string[]) => path.join(folder, "edin-gpu", ...parts);
try {
  await fill(clip);
  const out = path.resolve(values.out);
  await run("tar", ["-C", folder, "--sort=name", "-cJf", out, "edin-gpu"], {
    env: { ...process.env, XZ_OPT: `-T0 -${values.level}` },
  });
  const { size } = await stat(out);
  console.log(`${out}: ${(size / 2 ** 20).toFixed(1)} MiB`);
  if (Number(values.level) >= 6 && size > limitBytes) throw new Error("It has more than 64 MiB.");
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function fill(given: string): Promise<void> {
  await mkdir(at("bin"), { recursive: true });
  await copyFile(path.join(import.meta.dirname, "run.sh"), at("run.sh"));
  await copyFile(await realpath(process.execPath), at("bin/node"));
  await run("strip", [at("bin/node")]).catch(() => console.error("No strip here: node keeps its symbols."));
  await packDaemon();
  await packNetworks();
  await packLibraries();
  await packClip(given);
}

/** The built command without its page, and onnxruntime for this platform. */
async function packDaemon(): Promise<void> {
  const dist = path.join(root, "dist");
  await mkdir(at("edin/dist"), { recursive: true });
  for (const name of await readdir(dist))
    if (/^edin.*\.js$/.test(name) && !name.startsWith("edin-training"))
      await copyFile(path.join(dist, name), at("edin/dist", name));
  await copyFile(path.join(root, "package.json"), at("edin/package.json"));
  for (const name of ["onnxruntime-node", "onnxruntime-common"]) {
    const from = await realpath(path.join(root, "node_modules", name));
    await cp(from, at("edin/node_modules", name), {
      recursive: true,
      filter: async (file) => {
        const inside = path.relative(from, file);
        if (inside.startsWith("node_modules") || /\.(map|md|d\.ts)$/.test(inside)) return false;
        if ((await stat(file)).isDirectory() || !inside.startsWith("bin")) return true;
        return inside.includes(path.join(process.platform, process.arch));
      },
    });
  }
  // Reads picture files, which a clip has none of, and would be a tenth of the pack.
  await mkdir(at("edin/node_modules/sharp"));
  await writeFile(
    at("edin/node_modules/sharp/index.js"),
    'module.exports = () => { throw new Error("This pack reads no picture files."); };\n',
  );
  await esbuild.build({
    ...{ entryPoints: [path.join(import.meta.dirname, "measure.ts")], outfile: at("edin/dist/measure.mjs") },
    ...{ bundle: true, platform: "node", target: "node20", format: "esm", logLevel: "warning" },
    external: ["onnxruntime-node"],
  });
}

async function packNetworks(): Promise<void> {
  const from = path.join(root, "models");
  const manifest = modelManifestSchema.parse(
    JSON.parse(await readFile(path.join(from, "manifest.json"), "utf8")),
  );
  const models = manifest.models.filter((entry) => entry.default && networks.includes(entry.task));
  for (const { file, card, figures, check, cpu } of models)
    for (const name of [file, card, figures, check, ...(cpu === undefined ? [] : [cpu.file, cpu.check])]) {
      await mkdir(path.dirname(at("edin/models", name)), { recursive: true });
      await copyFile(path.join(from, name), at("edin/models", name));
    }
  await writeFile(at("edin/models/manifest.json"), JSON.stringify({ ...manifest, models }));
}

async function packLibraries(): Promise<void> {
  await mkdir(at("lib"));
  for (const name of libraries) {
    const file = `/usr/lib/${os.machine()}-linux-gnu/lib${name}`;
    if (existsSync(file)) await copyFile(await realpath(file), at("lib", `lib${name}`));
    else console.error(`lib${name} is not here: the machine must have it.`);
  }
}

/**
 * The clip as 720p H.264, repeated; npm's ffmpeg, which needs no libraries; and what ffprobe says of this one clip: ffprobe itself
 * would be a third of the pack.
 */
async function packClip(given: string): Promise<void> {
  const tools = await findFfmpeg();
  const once = await make720p(tools, given, path.join(folder, "once.mp4"));
  await loopClip(tools, once, Number(values.seconds), at("clip.mp4"));
  await copyFile(tools.ffmpeg, at("bin/ffmpeg"));
  const ffprobe = at("bin/ffprobe");
  const answers = at("bin/ffprobe-says");
  await mkdir(answers);
  const script = (version: string, frame: string, streams: string) =>
    `#!/bin/sh
# What ffprobe said of the clip of this pack, where it was packed.
says=$(dirname "$0")/ffprobe-says
case "$*" in
  -version) ${version} ;;
  *frame_side_data*) ${frame} ;;
  *) ${streams} ;;
esac
`;
  const record = (name: string) => `"${tools.ffprobe}" "$@" | tee "$says/${name}"`;
  await writeFile(ffprobe, script(record("version"), record("frame"), record("streams")));
  await chmod(ffprobe, 0o755);
  await run(ffprobe, ["-version"]);
  await probeMedia(at("clip.mp4"), { ffmpeg: { ...tools, ffprobe } });
  const replay = (name: string) => `cat "$says/${name}"`;
  await writeFile(ffprobe, script(replay("version"), replay("frame"), replay("streams")));
  await chmod(at("bin/ffmpeg"), 0o755);
}
