import { createHash } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import type { FoundBackend, LearnContext, Learned, Lesson, Started } from "./backend.ts";
import type { LearnedEpoch } from "./learn.ts";

interface Finished {
  readonly learned: Learned;
  readonly started: Started;
}

/**
 * One network from one seed. What an interrupted run of the same lesson left in `kept` is gone on from: its epochs are told
 * again first, so that curves are whole, and one that had finished is not learned again.
 *
 * @param context kept: folder of all lessons; each has one of its own there, by what it is made of
 * @param dataSha256 of the set
 */
export async function learnSeed(
  backend: FoundBackend,
  lesson: Lesson,
  dataSha256: string,
  context: Omit<LearnContext, "onBefore">,
): Promise<Learned> {
  const kept = path.join(context.kept, keyOf(backend, lesson, dataSha256));
  await makeFolder(kept);
  const files = { epochs: path.join(kept, "epochs.jsonl"), learned: path.join(kept, "learned.bin") };
  let before = await readEpochs(files.epochs);
  const finished = await readFile(files.learned).then(
    (bytes) => deserialize(bytes) as Finished,
    () => undefined,
  );
  if (finished !== undefined) {
    context.onStarted(finished.started);
    for (const epoch of before) context.onEpoch(epoch);
    return finished.learned;
  }
  let started: Started | undefined;
  const progress = { told: false };
  const tellBefore = (first: number) => {
    const gone = before.filter(({ epoch }) => epoch < first);
    if (gone.length > 0) context.onNote(`Seed ${lesson.seed} goes on after epoch ${gone.length}.`);
    writeFileSync(files.epochs, gone.map((epoch) => `${JSON.stringify(epoch)}\n`).join(""));
    for (const epoch of gone) context.onEpoch(epoch);
    progress.told = true;
  };
  const learned = await backend.learn(lesson, {
    ...context,
    kept,
    onStarted(now) {
      started = now;
      context.onStarted(now);
    },
    onBefore(epochs) {
      before = epochs;
    },
    onEpoch(epoch) {
      if (!progress.told) tellBefore(epoch.epoch);
      appendFileSync(files.epochs, `${JSON.stringify(epoch)}\n`);
      context.onEpoch(epoch);
    },
  });
  // The last epoch was learned already.
  if (!progress.told) tellBefore(Infinity);
  const whole: Finished = { learned, started: started! };
  await writeFileAtomic(files.learned, serialize(whole));
  return learned;
}

/** The same for what gives the same network, and for nothing else. */
function keyOf({ name }: FoundBackend, lesson: Lesson, dataSha256: string): string {
  const { training, labels, groups, parts, seed, ground } = lesson;
  const { task, data, denoise, network, augment, train } = training;
  const settings = { task, data, denoise, network, augment, train: { ...train, seeds: [] } };
  const made = [name, settings, labels, groups, parts, seed, ground.entry.sha256, dataSha256];
  return createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
}

/** Lines that were written whole. */
async function readEpochs(file: string): Promise<readonly LearnedEpoch[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LearnedEpoch);
}
