import assert from "node:assert/strict";
import path from "node:path";
import { openStudyFolder } from "../../../daemon/beq/studySource.ts";
import { validateStudy as validate } from "../../../daemon/beq/validateStudy.ts";
import { importStudy } from "../../../shared/protocol/studyArchives.ts";
import { getStudy, reportBlockSchema, validateStudy } from "../../../shared/protocol/studyRoutes.ts";
import { writeSyntheticStudy } from "../../support/syntheticStudy.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { makeStudy, packFolder } from "./study.ts";

const cutoffs = { schemaVersion: 1, nex: [3.4, 4.6], pex: [3.4, 4.6], str: [3.4, 4.6] };

describe("validation of a study in the data folder", () => {
  let test: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    test = await startTestDaemon();
  });
  after(() => test[Symbol.asyncDispose]());

  it("reports on an imported study what it reports on the folder that the archive was made of", async () => {
    const folder = path.join(test.place.dataDir, "synthetic");
    await writeSyntheticStudy(folder, { n: 20, cutoffs });
    const { study } = await test.call(importStudy, { path: await packFolder(folder, `${folder}.zip`) });
    const { participants } = (await test.call(getStudy, { study: study.id })).study;
    assert.equal(participants.length, 20);
    const { blocks, html } = await test.call(validateStudy, { study: study.id, draws: 99 });
    await using source = await openStudyFolder(folder);
    const { report } = await validate(source, { options: { draws: 99 } });
    // The store writes the same moments with milliseconds, so the hash of study.json is another.
    const plain = (value: unknown) => JSON.stringify(value).replace(/[0-9a-f]{64}/g, "hash");
    assert.equal(plain(blocks), plain(report.blocks.map((block) => reportBlockSchema.parse(block))));
    assert.equal(plain(html), plain(report.html));
    assert.ok(blocks.some((block) => block.kind === "figures" && block.figures.length > 0));
  });

  it("says why there is no report for a study without completed forms", async () => {
    const made = await makeStudy(test);
    const { blocks } = await test.call(validateStudy, { study: made.study, draws: 99 });
    assert.ok(blocks.some((block) => block.kind === "notice"));
    assert.equal((await test.call(getStudy, { study: made.study })).study.participants.length, 2);
  });
});
