import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { loadStudy } from "../../../daemon/beq/loadStudy.ts";
import { validateStudy, type ValidationRequest } from "../../../daemon/beq/validateStudy.ts";
import { openStudyFolder } from "../../../daemon/beq/studySource.ts";
import { isAppError } from "../../../shared/errors.ts";
import type { Study } from "../../../shared/protocol/studyFile.ts";
import { databases, makePlace } from "../databases.ts";
import { edin } from "../edin.ts";
import {
  clipId,
  populationCorrelation,
  writeSyntheticStudy,
  type SyntheticStudyOptions,
} from "../../support/syntheticStudy.ts";

const cutoffs = {
  schemaVersion: 1,
  source: "a <b>pilot</b>",
  nex: [3.4, 4.6],
  pex: [3.4, 4.6],
  str: [3.4, 4.6],
};

describe("validation of a study against the BEQ", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-beq-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  let made = 0;
  /** A fresh synthetic study. */
  async function study(options: SyntheticStudyOptions): Promise<string> {
    const at = path.join(folder, `study-${++made}`);
    await writeSyntheticStudy(at, options);
    return at;
  }
  async function validated(at: string, request: ValidationRequest = {}) {
    await using source = await openStudyFolder(at);
    return await validateStudy(source, { ...request, options: { draws: 499, ...request.options } });
  }

  describe("of 40 participants, from result files to the report", () => {
    let at: string;
    let out: string;
    let result: Awaited<ReturnType<typeof validated>>;
    before(async () => {
      at = await study({
        n: 40,
        cutoffs,
        withBaseline: (i) => i !== 7,
        change: (one) => {
          one.name = "Films <script>alert(1)</script> | *2*";
        },
      });
      out = path.join(folder, "out");
      result = await validated(at);
    });

    it("covers the correlations of the population with its intervals", () => {
      for (const { index, n, correlation } of result.validation.relations) {
        assert.equal(n, 40);
        for (const { interval } of [correlation.pearson, correlation.spearman]) {
          assert.ok(interval.defined);
          const truth = populationCorrelation[index];
          assert.ok(interval.low < truth && truth < interval.high, `${index} ${JSON.stringify(interval)}`);
        }
      }
    });

    it("finds the diagonal above the rest of the matrix, as in the population", () => {
      const { multitrait } = result.validation;
      assert.ok(multitrait.defined && multitrait.differenceInterval.defined);
      assert.equal(multitrait.comparisons.length, 18);
      assert.ok(multitrait.differenceInterval.low > 0);
    });

    it("maps before it compares, and puts the categories beside chance", () => {
      const [pos] = result.validation.agreement;
      assert.ok(pos!.icc.defined && pos!.blandAltman.defined);
      assert.ok(pos!.icc.icc > 0.2 && Math.abs(pos!.blandAltman.bias) < 0.2);
      const categories = result.validation.categories![0]!.result;
      assert.ok(categories.defined);
      assert.ok(categories.permutedKappa!.p < 0.05 && Math.abs(categories.permutedKappa!.mean) < 0.1);
      assert.ok(categories.kappa! > 0.2);
    });

    it("tests the momentary self-report by itself", () => {
      const { momentary } = result.validation;
      assert.ok(momentary.defined);
      assert.equal(momentary.segments, 80);
      assert.ok(momentary.kappa! > 0.25 && momentary.kappaInterval![0] < momentary.kappa!);
    });

    it("gives a verdict, warns below 84, and marks who has no clip at rest", () => {
      const { markdown } = result.report;
      assert.match(markdown, /^Verdict: /m);
      assert.match(markdown, /40 participants are fewer than the 84/);
      assert.match(markdown, /\| p08 \|.*most neutral frames/);
      assert.equal(result.validation.counts.withoutRestingClip, 1);
    });

    it("writes the whole report from the command line, byte for byte the same again", async () => {
      const run = () => edin(["beq", "validate", at, "--out", out, "--resamples", "199"]);
      const first = await run();
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /E_pos and PEX\s+40/);
      const names = ["report.html", "report.json", "report.md"];
      const read = () => Promise.all(names.map((name) => readFile(path.join(out, name), "utf8")));
      const before = await read();
      assert.equal((await run()).code, 0);
      assert.deepEqual(await read(), before);
      assert.deepEqual((await readdir(out)).sort(), ["charts", ...names]);
      assert.equal((await readdir(path.join(out, "charts"))).length, 11);
      const [html, json, markdown] = before as [string, string, string];
      assert.ok(!html.includes("<script") && !html.includes("<b>") && html.includes("&lt;script&gt;"));
      assert.ok(!markdown.includes("<script") && markdown.includes("\\*2\\*"));
      assert.doesNotMatch(html + markdown, /NaN|undefined|Infinity/);
      const { manifest, validation } = JSON.parse(json) as {
        manifest: { models: { sha256: string }[]; analyses: unknown[]; cutoffs: { sha256: string } };
        validation: { people: Record<string, unknown>[] };
      };
      assert.equal(manifest.analyses.length, 79);
      assert.match(manifest.models[0]!.sha256, /^[0-9a-f]{64}$/);
      assert.ok(markdown.includes(manifest.cutoffs.sha256));
      assert.ok(validation.people.every((person) => !("answers" in person)));
    });

    it("leaves a folder alone that holds something else", async () => {
      const other = await mkdtemp(path.join(folder, "other-"));
      await writeFile(path.join(other, "thesis.txt"), "mine");
      const { code, stderr } = await edin(["beq", "validate", at, "--out", other, "--resamples", "99"]);
      assert.equal(code, 1);
      assert.match(stderr, /^conflict: /);
      assert.deepEqual(await readdir(other), ["thesis.txt"]);
    });
  });

  it("gives no verdict below 20 participants, and no categories without cut-offs", async () => {
    const { validation, report } = await validated(await study({ n: 12 }));
    assert.equal(validation.size, "too-few-for-a-verdict");
    assert.match(report.markdown, /No verdict\. The smallest of the three relations has 12/);
    assert.doesNotMatch(report.markdown, /^Verdict:/m);
    assert.match(report.markdown, /No cut-offs were fixed beforehand/);
  });

  it("leaves out whose face was not seen, and says who and why", async () => {
    const at = await study({
      n: 24,
      faces: (i) => (i === 0 ? 0 : i === 1 ? 0.3 : 1),
      change: ({ participants }: Study) => {
        delete participants[2]!.sessions[0]!.response;
        participants[3]!.sessions[0]!.response!.items.splice(0, 4, null, null, null, null);
        participants[4]!.sessions[0]!.analyses = [];
        participants[4]!.selfReports = [];
      },
    });
    const { validation, report } = await validated(at);
    assert.deepEqual(
      validation.relations.map(({ n }) => n),
      [19, 20, 20],
    );
    assert.deepEqual(validation.missing, [
      { participant: "p01", reason: "The face could be trusted in no frame." },
      { participant: "p02", reason: "The face could be trusted in 30 % of the frames, less than 50 %." },
      { participant: "p03", reason: "No form." },
      { participant: "p04", reason: "PEX: Fewer than 75 % of the facet's items are answered." },
      { participant: "p05", reason: "No clip with the role stimulus." },
    ]);
    assert.match(report.markdown, /\| p01 \| The face could be trusted in no frame\./);
    assert.equal((await validated(at, { options: { minCoverage: 0.2 } })).validation.relations[1]!.n, 21);
  });

  it("says why where a facet does not vary, and goes on with the others", async () => {
    const at = await study({ n: 21, cutoffs, facet: (_i, name, value) => (name === "pex" ? 4 : value) });
    const { validation, report } = await validated(at);
    const [pos, neg] = validation.relations;
    assert.equal(pos!.correlation.pearson.estimate.defined, false);
    assert.ok(neg!.correlation.pearson.estimate.defined);
    assert.equal(validation.multitrait.defined, false);
    assert.match(report.markdown, /\| E_pos and PEX \| Pearson \| 21 \| not defined/);
    assert.match(report.markdown, /Not defined: A variable does not vary/);
    assert.doesNotMatch(report.html + report.json, /NaN|Infinity/);
  });

  it("reports on a study in which nobody has anything", async () => {
    const at = await study({
      n: 2,
      change: ({ participants }) =>
        participants.forEach((person) => Object.assign(person, { sessions: [], selfReports: [] })),
    });
    const { validation, report } = await validated(at);
    assert.equal(validation.n, 0);
    assert.equal(validation.coverage, undefined);
    assert.doesNotMatch(report.html + report.markdown + report.json, /NaN|Infinity|undefined/);
  });

  const damage: [string, (at: string) => Promise<unknown>, string, RegExp][] = [
    ["a folder without study.json", (at) => rm(path.join(at, "study.json")), "not_found", /study\.json/],
    [
      "a study.json that is cut off",
      (at) => writeFile(path.join(at, "study.json"), '{"id":'),
      "invalid_request",
      /not JSON/,
    ],
    [
      "an analysis without its files",
      (at) => rm(path.join(at, "analyses", clipId(1, "film")), { recursive: true }),
      "not_found",
      /analyses\/00000000-0000-4000-8000-000000000003/,
    ],
    [
      "a line of frames that is none",
      (at) => appendFile(path.join(at, "analyses", clipId(0, "film"), "frames.jsonl"), '{"index":1}\n'),
      "invalid_request",
      /-000000000001\/frames\.jsonl, line 201/,
    ],
    [
      "cut-offs in the wrong order",
      (at) => writeFile(path.join(at, "cutoffs.json"), JSON.stringify({ ...cutoffs, pex: [5, 4] })),
      "invalid_config",
      /pex/,
    ],
  ];
  for (const [name, spoil, code, words] of damage)
    it(`refuses ${name} by name`, async () => {
      const at = await study({ n: 2 });
      await spoil(at);
      await assert.rejects(
        validated(at),
        (error) => isAppError(error, code as "not_found") && words.test(error.message),
      );
    });

  const contradictions: [string, (study: Study) => void, RegExp][] = [
    [
      "an answer out of range",
      ({ participants }) => participants[1]!.sessions[0]!.response!.items.splice(4, 1, 8),
      /items\.4 \(participant p02\)/,
    ],
    ["a participant twice", ({ participants }) => (participants[1]!.id = "p01"), /twice/],
    [
      "an analysis linked twice",
      ({ participants }) => (participants[1]!.sessions[0]!.analyses[0]!.id = clipId(0, "rest")),
      /linked twice/,
    ],
    [
      "a self-report of an unknown analysis",
      ({ participants }) => (participants[0]!.selfReports![0]!.analysisId = "x"),
      /selfReports\.0\.analysisId \(participant p01\)/,
    ],
    [
      "a name that leads out of the folder",
      ({ participants }) => (participants[0]!.sessions[0]!.analyses[0]!.id = "../../x"),
      /analyses\.0\.id/,
    ],
  ];
  for (const [name, change, words] of contradictions)
    it(`refuses ${name}, with participant and field`, async () => {
      const at = await study({ n: 2, change });
      await assert.rejects(
        openStudyFolder(at),
        (error) => isAppError(error, "invalid_request") && words.test(error.message),
      );
    });

  for (const { name, make } of databases)
    it(`reads the same from a folder, its archive, and a data folder that took the archive in (${name})`, async () => {
      const at = await study({ n: 4, cutoffs });
      const archive = path.join(folder, `archive-${made}.zip`);
      await writeArchive(at, archive);
      await using place = await make();
      const environment = {
        EDIN_DATA_DIR: place.dataDir,
        ...(place.databaseUrl !== undefined && { EDIN_DATABASE_URL: place.databaseUrl }),
      };
      const imported = await edin(["study", "import", archive], environment);
      assert.equal(imported.code, 0, imported.stderr);
      const out = path.join(folder, `stored-${made}`);
      const asked = ["beq", "validate", "Synthetic study", "--out", out, "--resamples", "499"];
      const run = await edin(asked, environment);
      assert.equal(run.code, 0, run.stderr);
      await using zipped = (await loadStudy(archive))!;
      const reports = [
        (await validated(at)).report.markdown,
        (await validateStudy(zipped, { options: { draws: 499 } })).report.markdown,
        await readFile(path.join(out, "report.md"), "utf8"),
      ];
      // The database may write the study's own fields in another way; every result is the same.
      const [first, ...others] = reports.map((text) => text.replace(/^\| SHA-256 of the study .*$/m, ""));
      for (const other of others) assert.equal(other, first);
    });

  it("refuses an archive of which a file was changed", async () => {
    const at = await study({ n: 2 });
    const archive = path.join(folder, "changed.zip");
    await writeArchive(at, archive, (name, content) =>
      name.endsWith("frames.jsonl") ? Buffer.from(content.toString().replace("0.55", "0.54")) : content,
    );
    await using source = (await loadStudy(archive))!;
    await assert.rejects(validateStudy(source), (error) => isAppError(error, "invalid_request"));
  });

  it("refuses a covariate that nobody has, and a study that is not there", async () => {
    const at = await study({ n: 2 });
    await assert.rejects(
      validated(at, { covariates: ["income"] }),
      (error) => isAppError(error, "invalid_request") && error.message.includes("The study has: age"),
    );
    await using place = await makePlace();
    const environment = { EDIN_DATA_DIR: place.dataDir, EDIN_DATABASE_URL: "" };
    const { code, stderr } = await edin(["beq", "validate", path.join(folder, "nowhere")], environment);
    assert.equal(code, 1);
    assert.match(stderr, /^not_found: /);
  });
});

/** A study folder as the archive that `edin study export` writes; `spoil` changes what is stored, not what is listed. */
async function writeArchive(
  from: string,
  to: string,
  spoil: (name: string, content: Buffer) => Buffer = (_name, content) => content,
): Promise<void> {
  const zip = new ZipFile();
  const files: { name: string; bytes: number; sha256: string }[] = [];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(from, file).split(path.sep).join("/");
    const content = await readFile(file);
    files.push({ name, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });
    zip.addBuffer(spoil(name, content), name);
  }
  zip.addBuffer(Buffer.from(JSON.stringify({ format: "edin-study", version: 1, files })), "files.json");
  zip.end();
  await writeFile(to, await buffer(zip.outputStream));
}
