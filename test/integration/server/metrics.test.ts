import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { pauseQueue } from "../../../shared/protocol/jobs.ts";
import { endpoints } from "../../../shared/protocol/endpoints.ts";
import { getMetrics } from "../../../shared/protocol/system.ts";
import { databases } from "../databases.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

for (const { name, make } of databases)
  describe(`metrics on ${name}`, function () {
    this.timeout(180_000);
    let test: TestDaemon;
    let monitor: string;
    before(async () => {
      test = await startTestDaemon({ place: await make() });
      monitor = await readFile(path.join(test.place.dataDir, "metrics.token"), "utf8");
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
      await test.place[Symbol.asyncDispose]();
    });
    const scrape = async () => {
      const response = await test.ask(...withToken(getMetrics, {}, monitor));
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
      return parse(await response.text());
    };

    it("tell jobs by state, how long they took, requests and the process, as Prometheus reads them", async () => {
      const before = await scrape();
      assert.equal(before.get("edin_database_up"), 1);
      assert.equal(before.get('edin_jobs{kind="analysis",state="done"}'), undefined);
      const mediaPath = path.join(test.clips, "clip.mp4");
      await test.call(startAnalysis, { mediaPath });
      await test.call(pauseQueue, { kind: "redaction" });
      const now = await until(async () => {
        const read = await scrape();
        return read.get('edin_jobs{kind="analysis",state="done"}') === 1 && read;
      });
      assert.equal(now.get('edin_job_seconds_count{kind="analysis",state="done"}'), 1);
      assert.equal(now.get('edin_queue_paused{kind="redaction"}'), 1);
      assert.equal(now.get('edin_queue_paused{kind="analysis"}'), 0);
      assert.equal(now.get("edin_analyses_at_once"), 1);
      assert.equal(now.get('edin_http_requests_total{method="POST",code="200"}'), 2);
      assert.ok(now.get("process_resident_memory_bytes")! > 1e6);
    });

    it("have a token of their own, which opens nothing else and is told to nobody", async () => {
      assert.equal((await stat(path.join(test.place.dataDir, "metrics.token"))).mode & 0o777, 0o600);
      for (const [route, endpoint] of Object.entries(endpoints)) {
        if (route === "getMetrics" || endpoint.access !== undefined) continue;
        const [, init] = withToken(endpoint, {}, monitor);
        const response = await test.ask(endpoint.path, init);
        assert.equal(response.status, 401, route);
      }
      for (const target of ["/", "/assets/main.js", "/api/openapi.json"])
        assert.equal(
          (await test.ask(target, { headers: { authorization: `Bearer ${monitor}` } })).status,
          401,
        );
      assert.equal((await test.ask(getMetrics.path)).status, 401);
      assert.ok(!test.lines.some((line) => line.includes(monitor)));
    });
  });

/** Values by name and labels; a line that is neither that nor a comment fails. */
function parse(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.trim().split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^([a-z_:][a-z0-9_:]*(?:\{.*\})?) (\S+)$/i.exec(line) ?? assert.fail(line);
    values.set(name!, Number(value));
  }
  return values;
}
