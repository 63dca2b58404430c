import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { analysisFolder } from "../../daemon/store/files.ts";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import { toHttp } from "../../shared/protocol/endpoint.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import { makePlace } from "../integration/databases.ts";
import { addAnalysis, makeStudy, syntheticRun } from "../integration/studies/study.ts";
import { startTestDaemon } from "../integration/testDaemon.ts";

// Somebody tidied the data folder, or its disk lost a file.
describe("results of which a file is gone", function () {
  this.timeout(120_000);

  it("are told, or their download breaks off, and the daemon runs on", async () => {
    await using place = await makePlace();
    await using test = await startTestDaemon({ run: syntheticRun, place });
    const { first: session } = await makeStudy(test, { agreed: true });
    const id = await addAnalysis(test, session);
    await rm(path.join(analysisFolder(place.dataDir, id), "frames.jsonl"));
    const ask = (name: "frames.csv" | "frames.jsonl" | undefined) => {
      const { path: target } =
        name === undefined ? toHttp(endpoints.getExports, { id }) : toHttp(endpoints.getExport, { id, name });
      return test.ask(target, { headers: { authorization: `Bearer ${test.daemon.token.reveal()}` } });
    };
    for (const name of ["frames.csv", "frames.jsonl"] as const) {
      const told = await ask(name)
        .then(
          (response) => response.text(),
          () => "broken off",
        )
        .catch(() => "broken off");
      assert.match(told, /frames\.jsonl of these results is gone|broken off/);
    }
    await assert.rejects(async () => (await ask(undefined)).arrayBuffer());
    assert.ok(await test.call(getStatus, {}));
  });
});
