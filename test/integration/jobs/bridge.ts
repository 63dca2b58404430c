import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A way to the test's PostgreSQL server that can be cut. */
export interface Bridge extends AsyncDisposable {
  readonly url: string;
  /** `refused`: connections end, and new ones do. `silent`: they stay and nothing comes through. */
  cut(how: "refused" | "silent"): void;
  mend(): void;
}

/** Opens a way to the server of `target` over a port of its own. */
export async function openBridge(target: string): Promise<Bridge> {
  const url = new URL(target);
  const { hostname, port } = url;
  const pairs = new Set<[Socket, Socket]>();
  let state: "open" | "refused" | "silent" = "open";
  const server = createServer((near) => {
    if (state === "refused") {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const [end, other] of [pair, pair.toReversed() as [Socket, Socket]]) {
      end.on("error", () => other.destroy());
      end.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    if (state === "silent") for (const end of pair) end.unpipe().pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const end = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: url.href,
    cut(how) {
      state = how;
      if (how === "refused") end();
      else for (const pair of pairs) for (const socket of pair) socket.unpipe().pause();
    },
    mend() {
      // What was silent has lost its thread.
      if (state === "silent") end();
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
