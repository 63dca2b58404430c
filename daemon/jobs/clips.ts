import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { AppError, diskFailure, isAppError } from "../../shared/errors.ts";
import { makeFolder, removeFolder } from "../store/files.ts";
import type { Roots } from "../store/roots.ts";
import type { Places } from "./places.ts";

/** A clip that a job reads; disposed when it was read. */
export interface OpenClip extends AsyncDisposable {
  readonly path: string;
}

/** Finds the clips of jobs: in granted folders of this machine, or fetched from the daemon that has them. */
export class Clips {
  readonly #roots: Roots;
  readonly #places: Places;
  readonly #folder: string;

  constructor(roots: Roots, places: Places, dataDir: string) {
    this.#roots = roots;
    this.#places = places;
    this.#folder = path.join(dataDir, "worker", "clips");
  }

  /** @throws AppError `invalid_path`, `media_not_found`, `store_unavailable` */
  async open(mediaPath: string, job: string, signal: AbortSignal): Promise<OpenClip> {
    try {
      // The grant may have been taken back meanwhile.
      return { path: await this.#roots.resolve(mediaPath), [Symbol.asyncDispose]: () => Promise.resolve() };
    } catch (error) {
      const courier = isAppError(error, "media_not_found") ? await this.#places.courier() : undefined;
      if (courier === undefined) throw error;
      const folder = path.join(this.#folder, job);
      const close = () => removeFolder(folder);
      await close();
      await makeFolder(folder);
      // Its name enters the results.
      const file = path.join(folder, path.basename(mediaPath));
      try {
        const answer = await courier.send({ method: "GET", path: `/clips/${job}`, signal });
        if (answer === undefined) throw error;
        await pipeline(answer, createWriteStream(file, { mode: 0o600 }), { signal });
        if ((await stat(file)).size !== Number(answer.headers["content-length"]))
          throw new AppError(
            "store_unavailable",
            "The clip did not come whole from the daemon. It is fetched again.",
          );
        return { path: file, [Symbol.asyncDispose]: close };
      } catch (failure) {
        await close();
        throw diskFailure(failure) ?? failure;
      }
    }
  }
}
