import path from "node:path";
import type { Kysely } from "kysely";
import { AppError } from "../../shared/errors.ts";
import { findReceiver } from "../store/receivers.ts";
import { ResultFolders } from "../store/resultFolders.ts";
import type { Tables } from "../store/schema.ts";
import { Courier } from "./courier.ts";
import { RemoteFolders } from "./remoteFolders.ts";
import type { ResultPlace } from "./resultPlace.ts";

/** Where results go from this process: into the data folder, or to a daemon that takes them over the network. */
export class Places {
  readonly #dataDir: string;
  readonly #db: Kysely<Tables> | undefined;
  #courier: Courier | undefined;

  /** @param db of a worker: where a daemon says in it that it takes results, they go there */
  constructor(dataDir: string, db?: Kysely<Tables>) {
    this.#dataDir = dataDir;
    this.#db = db;
  }

  /** @param folder of the kind */
  async of(folder: string): Promise<ResultPlace> {
    if ((await this.courier()) === undefined) return new ResultFolders(this.#dataDir, folder);
    const local = new ResultFolders(path.join(this.#dataDir, "worker"), folder);
    return new RemoteFolders(local, () => this.#needCourier(), folder);
  }

  async #needCourier(): Promise<Courier> {
    const courier = await this.courier();
    if (courier !== undefined) return courier;
    throw new AppError(
      "store_unavailable",
      "No daemon takes results any more. Start it with --workers again; the results wait here.",
    );
  }

  /** The way to the daemon that takes results; undefined where the data folder is shared with it. */
  async courier(): Promise<Courier | undefined> {
    const receiver = this.#db && (await findReceiver(this.#db));
    if (receiver === undefined) return undefined;
    // A daemon that was started anew has another key.
    if (this.#courier?.isOf(receiver) !== true) this.#courier = new Courier(receiver);
    return this.#courier;
  }
}
