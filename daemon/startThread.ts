import { Worker, type WorkerOptions } from "node:worker_threads";

/** The programs that run in threads, by the name of their bundle, and their source below daemon/. */
const programs = {
  "edin-database": "store/databaseThreadMain.ts",
  "edin-inference": "inference/inferenceThreadMain.ts",
  "edin-reading": "reading/readThreadMain.ts",
  "edin-study": "studies/studyThreadMain.ts",
} as const;

/** Starts a program in a thread: its bundle in dist/, or the source itself under tsx, which does not follow into threads. */
export function startThread(program: keyof typeof programs, options: WorkerOptions = {}): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(`${program}.js`, import.meta.url), options);
  const source = new URL(programs[program], import.meta.url).href;
  const start = `import("tsx/esm/api").then(({ register }) => { register(); return import("${source}"); })`;
  return new Worker(start, { ...options, eval: true });
}
