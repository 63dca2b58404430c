import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import {
  formatLabels,
  parseLabels,
  salvageLabels,
  type LabelsDocument,
} from "../../../shared/labels/document.ts";
import { addAnnotations, changeAnnotations, newAnnotationId } from "../../../shared/labels/edits.ts";
import { newLabels } from "../../../shared/labels/newFile.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

const run = promisify(execFile);
const name = "clip.a01.labels.json";

/** Git is the server of a team: a line is a decision. */
describe("labels files in git", function () {
  this.timeout(60_000);
  let folder: string;
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: folder });
  const read = async (): Promise<string> => readFile(path.join(folder, name), "utf8");
  const change = async (
    message: string,
    edit: (document: LabelsDocument) => LabelsDocument,
  ): Promise<void> => {
    await writeFile(path.join(folder, name), formatLabels(edit(parseLabels(await read()))));
    await git("commit", "-qam", message);
  };
  const random = seededRandom(1);
  const add = (startMs: number, label: string) => (document: LabelsDocument) =>
    addAnnotations(document, [
      { id: newAnnotationId(document, random), tier: "face", startMs, endMs: startMs + 500, label },
    ]);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-git-"));
    await git("init", "-q", "-b", "main");
    const scheme = builtInSchemes.emotions;
    let document = newLabels({
      ...{ clip: "clip.mp4", annotator: "a01", scheme, read: scheme },
      media: { durationMs: 600_000 },
    });
    for (let i = 0; i < 20; i++) document = add(20_000 * i, "neutral")(document);
    await writeFile(path.join(folder, name), formatLabels(document));
    await git("add", ".");
    await git("commit", "-qm", "labels");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("two branches that labelled different parts of one file merge without a conflict", async () => {
    await git("checkout", "-qb", "begin");
    for (const at of [21_000, 22_000, 41_000]) await change("begin", add(at, "happy"));
    await change("begin", (document) =>
      changeAnnotations(document, new Set([document.annotations[0]!.id]), { label: "sad", unsure: true }),
    );
    await git("checkout", "-q", "main");
    for (const at of [301_000, 322_000]) await change("end", add(at, "fear"));
    await change("end", (document) =>
      changeAnnotations(document, new Set([document.annotations.at(-1)!.id]), { endMs: 381_000 }),
    );
    await git("merge", "-q", "--no-edit", "begin");
    const merged = parseLabels(await read());
    const count = (label: string) => merged.annotations.filter((one) => one.label === label).length;
    assert.deepEqual([count("happy"), count("fear"), count("sad"), count("neutral")], [3, 2, 1, 19]);
    assert.equal(merged.annotations.at(-1)!.endMs, 381_000);
    // It is written as EDIN writes it: nobody's next edit changes lines of others.
    assert.equal(formatLabels(merged), await read());
  });

  it("where both labelled the same part nothing of either is lost", async () => {
    await git("checkout", "-qb", "theirs");
    await change("theirs", add(1000, "happy"));
    await git("checkout", "-q", "main");
    await change("ours", add(1000, "fear"));
    await assert.rejects(git("merge", "-q", "--no-edit", "theirs"));
    const { document, lost } = salvageLabels(await read());
    assert.deepEqual(lost, []);
    assert.equal(document.annotations.length, 22);
  });
});
