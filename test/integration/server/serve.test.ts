import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { readDiscovery } from "../../../daemon/http/discovery.ts";
import { Caller } from "../../../shared/protocol/caller.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { shutdown } from "../../../shared/protocol/system.ts";
import { getTraining, startTraining, stopTraining } from "../../../shared/protocol/trainingRoutes.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { until } from "../../support/until.ts";
import { makePlace, type Place } from "../databases.ts";

describe("edin serve", () => {
  let place: Place;
  before(async function () {
    this.timeout(180_000);
    place = await makePlace();
  });
  after(() => place[Symbol.asyncDispose]());

  const start = async (...more: string[]): Promise<{ child: ChildProcess; output: string[] }> => {
    const script = path.join(import.meta.dirname, "../../../daemon/main.ts");
    const child = spawn(
      process.execPath,
      ["--import=tsx", script, "serve", "--data-dir", place.dataDir, ...more],
      { stdio: "pipe", env: { PATH: process.env["PATH"], HOME: place.dataDir } },
    );
    const output: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    await new Promise<void>((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => {
        output.push(chunk.toString());
        resolve();
      }),
    );
    return { child, output };
  };
  const exitOf = async (child: ChildProcess) => (await once(child, "exit")) as [number | null, string | null];

  const endings: [string, string[], (child: ChildProcess) => unknown][] = [
    ["on SIGTERM", [], (child) => child.kill("SIGTERM")],
    ["on SIGINT", [], (child) => child.kill("SIGINT")],
    [
      "when standard input closes, with --stdio-lifetime",
      ["--stdio-lifetime"],
      (child) => child.stdin?.end(),
    ],
    [
      "when it is asked to",
      [],
      async () => {
        const daemon = await readDiscovery(place.dataDir);
        const { method, path: target, body } = toHttp(shutdown, {});
        await fetch(daemon!.url + target, {
          method,
          headers: { authorization: `Bearer ${daemon!.token.reveal()}`, "content-type": "application/json" },
          body: body!,
        });
      },
    ],
  ];
  for (const [name, args, end] of endings) {
    it(`ends cleanly ${name}; S6 shows its token nowhere`, async function () {
      this.timeout(180_000);
      const { child, output } = await start(...args);
      const { token } = (await readDiscovery(place.dataDir))!;
      const seen = [...output, ...(await tracesOf(child.pid!))];
      const exit = exitOf(child);
      await end(child);
      assert.deepEqual(await exit, [0, null]);
      assert.ok(!existsSync(path.join(place.dataDir, "daemon.json")));
      assert.ok(!existsSync(path.join(place.dataDir, "daemon.lock")));
      for (const text of [...seen, ...output]) assert.ok(!text.includes(token.reveal()));
    });
  }

  it("goes on with a training when its window is gone, and ends after it", async function () {
    this.timeout(400_000);
    const file = path.join(place.dataDir, "long.training.yaml");
    await makePictures(path.join(place.dataDir, "set"), { each: 12 });
    const network = "network: {backbone: compact, width: 0.25, input: 24}";
    const learning = "train: {epochs: 900, batch: 16, stopAfter: 900}";
    await writeFile(file, `title: Long\ndata: {path: set}\n${network}\n${learning}\n`);
    const { child } = await start("--stdio-lifetime", "--root", place.dataDir);
    const exit = exitOf(child);
    const { url, token } = (await readDiscovery(place.dataDir))!;
    const caller = new Caller({
      send: (target, { method, headers, body }) => {
        const authorization = `Bearer ${token.reveal()}`;
        return fetch(url + target, {
          ...{ method, headers: { ...headers, authorization } },
          ...(body !== undefined && { body }),
        });
      },
    });
    const { job } = await caller.call(startTraining, { file });
    const epochs = async () => {
      const { events } = await caller.call(getTraining, { id: job.id });
      return events.filter(({ type }) => type === "epoch").length;
    };
    await until(async () => (await epochs()) > 0, 200_000, "an epoch");
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy();
    const before = await epochs();
    await until(async () => (await epochs()) > before + 2, 100_000, "epochs without a window");
    await caller.call(stopTraining, { id: job.id });
    assert.deepEqual(await exit, [0, null]);
    assert.ok(existsSync(path.join(place.dataDir, "models", "long", "model.onnx")));
  });
});

/** Where other users could see a secret of a process, on systems that show it. */
async function tracesOf(pid: number): Promise<string[]> {
  if (process.platform !== "linux") return [];
  return Promise.all(["cmdline", "environ"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8")));
}
