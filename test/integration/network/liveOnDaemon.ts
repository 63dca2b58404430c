// Plays a clip as a live session of the daemon that has the data folder, to its end, and prints its id. Arguments: data folder, clip.
import assert from "node:assert/strict";
import { readDiscovery } from "../../../daemon/http/discovery.ts";
import { getLive, startLive } from "../../../shared/protocol/live.ts";
import type { Endpoint } from "../../../shared/protocol/endpoint.ts";
import type * as z from "zod";
import { withToken } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

const [dataDir, clip] = process.argv.slice(2);
const daemon = await until(() => readDiscovery(dataDir!));

async function call<Q extends z.ZodObject, R extends z.ZodType>(
  endpoint: Endpoint<Q, R>,
  request: z.input<Q>,
): Promise<z.output<R>> {
  const [target, init] = withToken(endpoint, request, daemon.token.reveal());
  const response = await fetch(daemon.url + target, init);
  assert.ok(response.ok, await response.clone().text());
  return endpoint.response.parse(await response.json());
}

const { session } = await call(startLive, {
  source: { kind: "file", path: clip! },
  record: true,
});
const state = await until(async () => {
  const { state } = (await call(getLive, { id: session.id })).session;
  return ["stopped", "failed"].includes(state) && state;
}, 60_000);
assert.equal(state, "stopped");
process.stdout.write(session.id);
