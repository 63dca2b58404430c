import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { hashFile } from "../media/hashFile.ts";
import type { ResultFolders } from "../store/resultFolders.ts";
import type { Courier } from "./courier.ts";
import type { ResultPlace } from "./resultPlace.ts";

/** Results that are made here and kept by a daemon elsewhere. */
export class RemoteFolders implements ResultPlace {
  readonly #local: ResultFolders;
  readonly #courier: () => Promise<Courier>;
  readonly #kind: string;

  /** @param courier asked each time: a daemon that was started anew has another key */
  constructor(local: ResultFolders, courier: () => Promise<Courier>, kind: string) {
    this.#local = local;
    this.#courier = courier;
    this.#kind = kind;
  }

  begin(id: string, run: number): Promise<string> {
    return this.#local.begin(id, run);
  }

  /** Sends each file with its hash; one that is there already is sent again. */
  async deliver(id: string, run: number, signal: AbortSignal): Promise<void> {
    const courier = await this.#courier();
    for (const { name, file, bytes } of await this.#files(id, run))
      await courier.tell({
        ...{ method: "PUT", path: this.#path(id, run, name), signal, body: { file } },
        headers: { "content-length": String(bytes), "x-sha256": await hashFile(file) },
      });
  }

  async publish(id: string, run: number): Promise<void> {
    const files = (await this.#files(id, run)).map(({ name, bytes }) => ({ name, bytes }));
    const courier = await this.#courier();
    await courier.tell({ method: "POST", path: this.#path(id, run), body: { json: { files } } });
  }

  async withdraw(id: string): Promise<void> {
    await (await this.#courier()).tell({ method: "DELETE", path: this.#path(id) });
  }

  async discard(id: string, run: number): Promise<void> {
    await this.#local.discard(id, run);
    // Where the daemon is away it does so itself, when the next run begins or when it starts.
    await this.#courier()
      .then((courier) => courier.tell({ method: "DELETE", path: this.#path(id, run) }))
      .catch(() => undefined);
  }

  keptOf(id: string): string {
    return this.#local.keptOf(id);
  }

  discardKept(id: string): Promise<void> {
    return this.#local.discardKept(id);
  }

  async isPublished(id: string): Promise<boolean> {
    return (await this.#courier()).tell({ method: "GET", path: this.#path(id) });
  }

  #path(...parts: (string | number)[]): string {
    return ["/results", this.#kind, ...parts.map((part) => encodeURIComponent(part))].join("/");
  }

  async #files(id: string, run: number): Promise<{ name: string; file: string; bytes: number }[]> {
    const folder = this.#local.runOf(id, run);
    const names = (await readdir(folder)).toSorted();
    return Promise.all(
      names.map(async (name) => {
        const file = path.join(folder, name);
        return { name, file, bytes: (await stat(file)).size };
      }),
    );
  }
}
