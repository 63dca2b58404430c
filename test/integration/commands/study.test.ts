import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { itemColumns } from "../../../shared/beq/responseTable.ts";
import { makePlace, type Place } from "../databases.ts";
import { edin } from "../edin.ts";
import { addAnalysis } from "../studies/study.ts";
import { startTestDaemon } from "../testDaemon.ts";
import { addSession, getStudy } from "../../../shared/protocol/studyRoutes.ts";

describe("edin study", () => {
  let place: Place;
  before(async function () {
    this.timeout(180_000);
    place = await makePlace();
    await writeFile(path.join(place.dataDir, "consent.txt"), "I agree.");
  });
  after(() => place[Symbol.asyncDispose]());

  const run = async (...args: string[]) => {
    const answer = await edin([...args, "--data-dir", place.dataDir]);
    return { ...answer, said: answer.stderr.trim().split("\n").at(-1) ?? "" };
  };
  const right = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const file = (name: string) => path.join(place.dataDir, name);

  it("does the same work without a daemon and beside one, from the first participant to the last file", async () => {
    const id = await right("study", "create", "Pilot", "--consent", file("consent.txt"));
    await right("study", "participant", "add", "Pilot", "p1", "p2", "--retain-until", "2020-01-01");
    await writeFile(
      file("bad.csv"),
      `participant;${itemColumns.join(";")}\np1;8${";4".repeat(15)}\np9${";4".repeat(16)}\n`,
    );
    const refused = await run("beq", "import", "Pilot", file("bad.csv"));
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /invalid_csv: Nothing was imported/);
    assert.match(refused.stderr, /line 2, beq1: "8" is no answer/);
    assert.match(refused.stderr, /line 3, participant: The study has no participant "p9"/);
    await writeFile(file("good.csv"), `participant;${itemColumns.join(";")}\np1${";4".repeat(16)}\n`);
    assert.match(await right("beq", "import", id, file("good.csv")), /^1 form imported \(csv\)\.$/m);
    assert.match(
      await right("beq", "import", id, file("good.csv")),
      /^0 forms imported \(csv\), 1 there already/,
    );
    {
      await using test = await startTestDaemon({ place });
      assert.match(await right("study", "show", "Pilot"), /^p1 .* csv +4\.00 +4\.00 +4\.00 +4\.00$/m);
      await right("study", "export", "Pilot", "--out", file("pilot.zip"));
      const { session } = await test.call(addSession, { study: id, participant: "p2" });
      const analysis = await addAnalysis(test, session.id);
      const part = ["study", "session", "report", session.id, analysis, "--from", "0.5", "--to", "2"];
      const reports = async () =>
        (await test.call(getStudy, { study: id })).study.participants[1]!.sessions[0]!.selfReports;
      await right(...part, "--felt", "sad");
      assert.deepEqual(await reports(), [{ analysisId: analysis, startMs: 500, endMs: 2000, label: "sad" }]);
      await right(...part, "--remove");
      assert.deepEqual(await reports(), []);
      const { said } = await run("study", "session", "link", "nobody");
      assert.equal(said, "not_found: There is no such session. Reload the study.");
      assert.equal(test.lines.filter((line) => line.includes('"error"')).length, 0);
    }
    const unasked = await run("study", "purge");
    assert.match(unasked.stdout, /p1 +2020-01-01/);
    assert.match(unasked.said, /^invalid_request: .*add --yes/);
    await right("study", "delete", "Pilot", "--yes");
    assert.equal(await right("study", "import", file("pilot.zip")), id);
    assert.deepEqual(
      (await readdir(place.dataDir)).filter((name) => name.endsWith(".part")),
      [],
    );
  });
});
