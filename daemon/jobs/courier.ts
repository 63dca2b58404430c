import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/text/parseJson.ts";
import { failureOf } from "../../shared/protocol/caller.ts";
import type { Receiver } from "../store/receivers.ts";

/**
 * Both sides show that they know the key that lies in the shared database, and everything is encrypted with forward secrecy:
 * TLS with a pre-shared key needs no certificates, which would have to be made, spread and renewed.
 */
export const sharedKeyTls = Object.freeze({
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
});
export const workerIdentity = "edin-worker";
/** A connection on which nothing moves for so long is given up. */
const silentMs = 20_000;

/** `host:port`, an IPv6 address in brackets. */
export function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(address.slice(at + 1)) };
}

interface Message {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file, or JSON. */
  readonly body?: { readonly file: string } | { readonly json: unknown };
  readonly signal?: AbortSignal | undefined;
}

/** Carries clips from and results to the daemon that takes them. */
export class Courier {
  readonly #receiver: Receiver;
  /** Connections are shared by host and port alone: one agent must never serve two keys. */
  readonly #agent: https.Agent;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
    const psk = Buffer.from(receiver.key.reveal(), "base64url");
    this.#agent = new https.Agent({
      ...sharedKeyTls,
      ...{ keepAlive: true, maxSockets: 8, pskCallback: () => ({ psk, identity: workerIdentity }) },
      // Who knows the key is the daemon.
      checkServerIdentity: () => undefined,
    });
  }

  isOf({ address, key }: Receiver): boolean {
    return address === this.#receiver.address && key.matches(this.#receiver.key.reveal());
  }

  /**
   * Sends, and gives the answer with its body to be read; undefined where there is no such thing.
   * @throws AppError `store_unavailable` while the daemon is away or has no room; others as it says
   */
  async send(message: Message): Promise<IncomingMessage | undefined> {
    const answer = await this.#exchange(message).catch((error: unknown) => {
      if (message.signal?.aborted === true) throw error;
      throw away(error);
    });
    const { statusCode = 0 } = answer;
    if (statusCode < 300) return answer;
    const text = await readAll(answer).catch(() => "");
    if (statusCode === 404) return undefined;
    const failure = failureOf(parseJson(text));
    throw failure.code === "disk_full" || failure.code === "too_many_requests" ? away(failure) : failure;
  }

  /** As {@link send}, without a body in the answer. */
  async tell(message: Message): Promise<boolean> {
    const answer = await this.send(message);
    answer?.resume();
    return answer !== undefined;
  }

  #exchange({ method, path, headers, body, signal }: Message): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = https.request({
        ...{ method, path, agent: this.#agent, ...(headers && { headers }), ...(signal && { signal }) },
        ...splitAddress(this.#receiver.address),
      });
      request.setTimeout(silentMs, () => request.destroy(new Error("Nothing came for a while.")));
      request.on("response", resolve).on("error", reject);
      if (body === undefined) request.end();
      else if ("json" in body) request.end(JSON.stringify(body.json));
      else pipeline(createReadStream(body.file), request).catch(reject);
    });
  }
}

async function readAll(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece as string;
  return text;
}

function away(cause: unknown): AppError {
  return new AppError(
    "store_unavailable",
    "The daemon that takes results does not answer, or its disk is full. The results wait here; they are sent when it is back.",
    { cause },
  );
}
