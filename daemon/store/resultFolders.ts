import { readdir, rename } from "node:fs/promises";
import path from "node:path";
import { makeFolder, removeFolder, syncFolder } from "./files.ts";
import { isMissing, isThere, noEntries } from "../missing.ts";

const runName = /^\.run-([0-9a-f-]{36})-(\d+)$/;
const deletedPrefix = ".deleted-";

/**
 * Where jobs of a kind leave their results: `<data folder>/<name>/<id>`, which is there exactly if the job is `done`. Each run
 * writes into a folder of its own (`.run-<id>-<run>`), so that a run that was given up cannot touch what the next one writes.
 */
export class ResultFolders {
  readonly #dir: string;

  constructor(dataDir: string, name: string) {
    this.#dir = path.join(dataDir, name);
  }

  of(id: string): string {
    return path.join(this.#dir, id);
  }

  runOf(id: string, run: number): string {
    return path.join(this.#dir, `.run-${id}-${run}`);
  }

  /** What outlives a run that was interrupted, for the next run of the job. */
  keptOf(id: string): string {
    return path.join(this.#dir, `.kept-${id}`);
  }

  async discardKept(id: string): Promise<void> {
    await removeFolder(this.keptOf(id));
  }

  /** Makes the empty folder of a run. Those of earlier runs of the job go: whoever still writes there has lost it. */
  async begin(id: string, run: number): Promise<string> {
    for (let earlier = 0; earlier <= run; earlier += 1) await this.discard(id, earlier);
    await makeFolder(this.runOf(id, run));
    return this.runOf(id, run);
  }

  /** Puts the finished files of a run in the place where they are looked for, all at once. Again, it does nothing. */
  async publish(id: string, run: number): Promise<void> {
    if (!(await isThere(this.runOf(id, run))) && (await this.isPublished(id))) return;
    await removeFolder(this.of(id));
    await rename(this.runOf(id, run), this.of(id));
    await syncFolder(this.#dir);
  }

  /** Nothing is to be done: the folder of the run lies beside that of the results. */
  deliver(): Promise<void> {
    return Promise.resolve();
  }

  isPublished(id: string): Promise<boolean> {
    return isThere(this.of(id));
  }

  /** Takes results away that are not those of a finished job. */
  async withdraw(id: string): Promise<void> {
    await removeFolder(this.of(id));
  }

  /** Removes what a run left that did not end well. */
  async discard(id: string, run: number): Promise<void> {
    await removeFolder(this.runOf(id, run));
  }

  /** Removes results and what runs left; `forget` takes the job out of the database in the moment when they are out of sight. */
  async remove(id: string, forget: () => Promise<void>): Promise<void> {
    const aside = path.join(this.#dir, deletedPrefix + id);
    try {
      await rename(this.of(id), aside);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await forget();
    await removeFolder(aside);
    await this.discardKept(id);
    for (const left of (await this.leftovers()).runs) if (left.id === id) await this.discard(id, left.run);
  }

  /** What a crash left behind: runs that did not end, removals that were begun. */
  async leftovers(): Promise<{ runs: { id: string; run: number }[]; deleted: string[] }> {
    const names = await readdir(this.#dir).catch(noEntries);
    return {
      runs: names.flatMap((name) => {
        const [, id, run] = runName.exec(name) ?? [];
        return id === undefined ? [] : [{ id, run: Number(run) }];
      }),
      deleted: names
        .filter((name) => name.startsWith(deletedPrefix))
        .map((name) => name.slice(deletedPrefix.length)),
    };
  }
}
