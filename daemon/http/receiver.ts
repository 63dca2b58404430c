import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { AppError, diskFailure } from "../../shared/errors.ts";
import { sharedKeyTls, splitAddress, workerIdentity } from "../jobs/courier.ts";
import type { JobService } from "../jobs/service.ts";
import type { Log } from "../log.ts";
import { Secret } from "../secret.ts";
import type { Receiver } from "../store/receivers.ts";
import type { ResultFolders } from "../store/resultFolders.ts";
import type { Roots } from "../store/roots.ts";
import { toFailure } from "./reply.ts";

const runPath =
  /^\/(?:results\/(?<folder>[a-z]+)\/(?<id>[0-9a-f-]{36})(?:\/(?<run>\d{1,9})(?:\/(?<name>\w[\w.-]{0,199}))?)?|clips\/(?<clip>[0-9a-f-]{36}))$/;
const manifestSchema = z.strictObject({
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int().nonnegative() })).max(10_000),
});
const maxManifestBytes = 2_000_000;

export interface OpenReceiver extends Receiver, AsyncDisposable {}

/**
 * Takes results from workers and gives them clips, at an address of its own and with a key of its own; nothing else of the daemon
 * can be reached there. A run that lost its job leaves nothing.
 * @param listen `host:port` as workers reach it
 */
export async function openReceiver(
  listen: string,
  jobs: JobService,
  roots: Roots,
  log: Log,
): Promise<OpenReceiver> {
  const key = Secret.random();
  log.hide(key);
  const psk = Buffer.from(key.reveal(), "base64url");
  const server = https.createServer(
    {
      ...sharedKeyTls,
      pskCallback: (_socket, identity) => (identity === workerIdentity ? psk : null),
    },
    (request, response) => {
      answer(request, response, jobs, roots).catch((error: unknown) => {
        // A worker that went away in the middle of a clip: nothing more can be said.
        if (response.headersSent) {
          response.destroy();
          return;
        }
        const { status, ...failure } = toFailure(diskFailure(error) ?? error, log);
        // What it still sends is not read.
        response.writeHead(status, { "content-type": "application/json", connection: "close" });
        response.end(JSON.stringify(failure), () => request.destroy());
      });
    },
  );
  server.on("tlsClientError", (error) => log.debug("worker_refused", { error }));
  const asked = splitAddress(listen);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(asked.port, asked.host, resolve);
  }).catch((cause: unknown) => {
    throw new AppError(
      "conflict",
      `The daemon cannot listen for workers on ${listen}. Give an address of this machine and a free port.`,
      { cause },
    );
  });
  const { port } = server.address() as AddressInfo;
  const address = listen.replace(/\d*$/, String(port));
  log.info("receiving", { address });
  return {
    ...{ address, key },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  jobs: JobService,
  roots: Roots,
): Promise<void> {
  const { folder, id = "", run, name, clip } = runPath.exec(request.url ?? "")?.groups ?? {};
  const { method } = request;
  if (clip !== undefined && method === "GET") return sendClip(clip, response, jobs, roots);
  const folders = folder === undefined ? undefined : jobs.foldersNamed(folder);
  if (folders === undefined) throw noRoute();
  if (run === undefined) {
    if (method === "GET" && !(await folders.isPublished(id))) throw noRoute();
    else if (method === "DELETE") await folders.withdraw(id);
    else if (method !== "GET") throw noRoute();
  } else if (method === "DELETE" && name === undefined) await folders.discard(id, Number(run));
  else {
    // A late message of a run that lost its job changes nothing.
    if (!(await jobs.isRunOf(id, Number(run))))
      throw new AppError("conflict", "Another run has this job by now.");
    if (method === "PUT" && name !== undefined) await take(request, folders, id, Number(run), name);
    else if (method === "POST" && name === undefined) await publish(request, folders, id, Number(run));
    else throw noRoute();
  }
  response.writeHead(204).end();
}

const noRoute = () => new AppError("not_found", "There is no such thing for workers.");

/** Takes one file, whole and as its hash says, or nothing. */
async function take(
  request: IncomingMessage,
  folders: ResultFolders,
  id: string,
  run: number,
  name: string,
): Promise<void> {
  const folder = folders.runOf(id, run);
  if ((await stat(folder).catch(() => undefined)) === undefined) await folders.begin(id, run);
  const temporary = path.join(folder, `.${name}.${randomUUID()}.tmp`);
  try {
    const hash = createHash("sha256");
    request.on("data", (piece: Buffer) => hash.update(piece));
    await pipeline(request, createWriteStream(temporary, { mode: 0o600, flags: "wx" }));
    if (hash.digest("hex") !== request.headers["x-sha256"])
      throw new AppError("invalid_request", "The file did not come as it was sent.");
    const handle = await open(temporary, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, path.join(folder, name));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The files of a run become the results of the job, if they are exactly those that the worker made. */
async function publish(
  request: IncomingMessage,
  folders: ResultFolders,
  id: string,
  run: number,
): Promise<void> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += piece as string;
    if (text.length > maxManifestBytes) throw new AppError("too_large", "The list of files is too long.");
  }
  const { files } = manifestSchema.parse(JSON.parse(text));
  const folder = folders.runOf(id, run);
  const there = await readdir(folder).catch(() => undefined);
  // Told again after an answer that got lost.
  if (there === undefined && (await folders.isPublished(id))) return;
  if (there === undefined) await folders.begin(id, run);
  const sizes = await Promise.all(
    (there ?? []).map(async (name) => `${name} ${(await stat(path.join(folder, name))).size}`),
  );
  const expected = files.map(({ name, bytes }) => `${name} ${bytes}`);
  if (sizes.toSorted().join("\n") !== expected.toSorted().join("\n"))
    throw new AppError("conflict", "The files of this run are not all here. Send them again.");
  await folders.publish(id, run);
}

/** The clip of a job that runs, for a worker that has no such file. */
async function sendClip(id: string, response: ServerResponse, jobs: JobService, roots: Roots): Promise<void> {
  const { state, request } = await jobs.get(id);
  const { mediaPath } = request;
  if (state !== "running" || typeof mediaPath !== "string") throw noRoute();
  const clip = await roots.resolve(mediaPath);
  const { size } = await stat(clip);
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size });
  await pipeline(createReadStream(clip), response);
}
