import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type * as z from "zod";
import { readDiscovery } from "../../../daemon/http/discovery.ts";
import { answerForm, consentForm, getForm } from "../../../shared/protocol/beqForm.ts";
import type { Endpoint } from "../../../shared/protocol/endpoint.ts";
import { addParticipants, addSession, createStudy } from "../../../shared/protocol/studyRoutes.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { databases } from "../databases.ts";
import { withToken } from "../testDaemon.ts";

const script = path.join(import.meta.dirname, "../analysis/crashDaemon.ts");
const rounds = 2;

for (const database of databases) {
  describe(`S17 kill -9 between the answers of a form, ${rounds} times, on ${database.name}`, () => {
    it("keeps each answer that was acknowledged", async function () {
      this.timeout(300_000);
      await using place = await database.make();
      let child: ChildProcess | undefined;
      const start = async (): Promise<void> => {
        child = spawn(process.execPath, ["--import=tsx", script, place.dataDir, place.dataDir], {
          stdio: ["pipe", "pipe", "inherit"],
        });
        child.stdin!.end(place.databaseUrl ?? "");
        await once(child.stdout!, "data");
      };
      const call = async <Q extends z.ZodObject, R extends z.ZodType>(
        route: Endpoint<Q, R>,
        request: z.input<Q>,
      ): Promise<z.output<R>> => {
        const { url, token } = (await readDiscovery(place.dataDir))!;
        const [target, init] = withToken(route, request, token.reveal());
        const response = await fetch(url + target, init);
        assert.ok(response.ok, await response.clone().text());
        return route.response.parse(await response.json());
      };
      await start();
      const { study } = await call(createStudy, { name: "Pilot", consentText: "Yes." });
      await call(addParticipants, { study: study.id, ids: ["p1"] });
      const { id: session } = (await call(addSession, { study: study.id, participant: "p1" })).session;
      await call(consentForm, { session, version: "1" });
      const random = seededRandom(7);
      const acknowledged = Array<number | null>(16).fill(null);
      for (let round = 0; round < rounds; round += 1) {
        // One answer after the other until the daemon is gone; the last may have arrived or not.
        let asked: { item: number; answer: number } | undefined;
        const answering = (async () => {
          for (;;) {
            asked = { item: 1 + Math.floor(random() * 16), answer: 1 + Math.floor(random() * 7) };
            await call(answerForm, { session, ...asked });
            acknowledged[asked.item - 1] = asked.answer;
          }
        })().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 300 + random() * 400));
        child!.kill("SIGKILL");
        await once(child!, "exit");
        await answering;
        await start();
        const { answers } = (await call(getForm, { session })).form;
        const expected = [...acknowledged];
        if (asked !== undefined && answers[asked.item - 1] === asked.answer)
          acknowledged[asked.item - 1] = expected[asked.item - 1] = asked.answer;
        assert.deepEqual(answers, expected);
      }
      assert.ok(acknowledged.filter((answer) => answer !== null).length > 3);
      child!.kill("SIGKILL");
      await once(child!, "exit");
    });
  });
}
