// Bundles daemon, extension and webview into dist/. `--watch` rebuilds on change.
import { chmod, copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import esbuild from "esbuild";
import { nativePackages } from "./nativePackages.mjs";

const root = import.meta.dirname;
const dist = path.join(root, "dist");
const watch = process.argv.includes("--watch");
const production = process.argv.includes("--production");

const common = {
  bundle: true,
  sourcemap: true,
  minify: production,
  logLevel: "warning",
  absWorkingDir: root,
};

const targets = [
  {
    ...common,
    entryPoints: {
      edin: "daemon/main.ts",
      "edin-database": "daemon/store/databaseThreadMain.ts",
      "edin-inference": "daemon/inference/inferenceThreadMain.ts",
      "edin-analysis": "daemon/analysis/analysisProcessMain.ts",
      "edin-job": "daemon/jobProcessMain.ts",
      "edin-live": "daemon/live/liveProcessMain.ts",
      "edin-reading": "daemon/reading/readThreadMain.ts",
      "edin-study": "daemon/studies/studyThreadMain.ts",
      "edin-training": "daemon/training/tfjs/trainingProcessMain.ts",
      "edin-training-job": "daemon/training/trainingJobMain.ts",
    },
    outdir: dist,
    platform: "node",
    target: "node20",
    format: "esm",
    // What is imported lazily stays in files of its own, so that `edin serve` starts without the inference runtime.
    splitting: true,
    chunkNames: "edin-[name]-[hash]",
    // pg looks for this one and does without it.
    external: [...nativePackages, "pg-native"],
    // Packages written as CommonJS look for `require` and `__dirname`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;",
    },
  },
  {
    ...common,
    entryPoints: { extension: "extension/main.ts" },
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode"],
  },
  {
    ...common,
    entryPoints: {
      main: "webview/main.tsx",
      "encode.worker": "webview/capture/encode.worker.ts",
      "pcm.worklet": "webview/capture/pcm.worklet.ts",
    },
    outdir: path.join(dist, "webview"),
    platform: "browser",
    target: "es2022",
    format: "esm",
    splitting: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ttf": "file", ".woff2": "file" },
  },
  {
    ...common,
    // The participant's page, alone in its folder: the cookie of a form opens these files and no others.
    entryPoints: { form: "webview/form.tsx" },
    outdir: path.join(dist, "webview", "form"),
    platform: "browser",
    target: "es2022",
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ttf": "file", ".woff2": "file" },
  },
].filter((target) => existsSync(path.join(root, Object.values(target.entryPoints)[0])));

if (!watch) await rm(dist, { recursive: true, force: true });
await mkdir(path.join(dist, "webview"), { recursive: true });
for (const target of targets) {
  if (watch) await (await esbuild.context(target)).watch();
  else await esbuild.build(target);
}
await chmod(path.join(dist, "edin.js"), 0o755);
// TensorFlow.js reads its WebAssembly from a file. On one thread, with SIMD: what every Node from 20 on has.
const wasm = "tfjs-backend-wasm-simd.wasm";
await copyFile(
  path.join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist", wasm),
  path.join(dist, wasm),
);

// `npx edin` finds the command of this very package here.
const bin = path.join(root, "node_modules", ".bin");
if (existsSync(bin) && process.platform !== "win32") {
  const link = path.join(bin, "edin");
  await rm(link, { force: true });
  await symlink(path.relative(bin, path.join(dist, "edin.js")), link);
}
