import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { proposalsOf } from "../../../daemon/labels/proposals.ts";
import { formatLabels, parseLabels, type LabelsDocument } from "../../../shared/labels/document.ts";
import { labelsName, newLabels } from "../../../shared/labels/newFile.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { EditorState } from "../../../webview/labels/editorState.ts";
import { LabelsStore } from "../../../webview/labels/labelsStore.ts";
import { runAction } from "../../../webview/labels/runAction.ts";
import { makeDrawnClip, type Shown } from "../../support/drawnClip.ts";
import { edin } from "../edin.ts";

const scheme: Scheme = {
  title: "What the cast shows",
  tiers: [
    {
      id: "face",
      kind: "interval",
      labels: [{ id: "happy" }, { id: "sad" }, { id: "surprise" }],
    },
  ],
};
/** What a label looks like on a drawn face. */
const looks = {
  happy: { mouthSmileLeft: 1, mouthSmileRight: 1, cheekSquintLeft: 0.7, cheekSquintRight: 0.7 },
  sad: { browInnerUp: 1, mouthFrownLeft: 1, mouthFrownRight: 1 },
  surprise: { browInnerUp: 1, browOuterUpLeft: 1, browOuterUpRight: 1, eyeWideLeft: 1, jawOpen: 0.7 },
} as const;
type Look = keyof typeof looks;
const seconds = 1.2;

/** Labels, a set, a network, and the next clip: what the tool is for, on faces that are drawn. */
describe("teaching a network by labels", function () {
  this.timeout(600_000);
  let folder: string;
  const at = (...names: string[]) => path.join(folder, ...names);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-teach-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await edin(args, { EDIN_DATA_DIR: at("data") });
    assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** A clip of one of the cast, and what an annotator says of it. */
  async function clip(name: string, order: readonly Look[]): Promise<LabelsDocument> {
    await makeDrawnClip(
      at(`${name}.mp4`),
      name,
      order.map((look): Shown => ({ seconds, shapes: looks[look] })),
    );
    const media = { durationMs: 1000 * seconds * order.length };
    const empty = newLabels({ clip: `${name}.mp4`, annotator: "ann", scheme, read: scheme, media });
    const annotations = order.map((label, i) => {
      const [startMs, endMs] = [1000 * seconds * i, 1000 * seconds * (i + 1)];
      return { id: `s${i}`, tier: "face", startMs, endMs, label };
    });
    return { ...empty, annotations };
  }

  /** Goes through what an analysis proposes as an annotator does who knows the truth. @returns what it took */
  async function label(results: string, truth: LabelsDocument) {
    const empty = formatLabels({ ...truth, annotations: [] });
    const store = new LabelsStore({
      send: () => undefined,
      listen(listener) {
        const around = { scheme, clipFound: true, twins: [], clips: [], schemes: [] };
        listener({ kind: "file", text: empty, serial: 1, ...around });
        return () => undefined;
      },
      clipUrl: () => Promise.reject(new Error("there is no player")),
      inTurn: (work) => work(),
    });
    store.open(() => undefined);
    const editor = new EditorState(store, true, truth.head.media.durationMs);
    const { proposals, faces } = await proposalsOf(results);
    editor.proposals.value = { analysisId: "a", all: proposals, faces };
    const effort = { taken: 0, corrected: 0, missed: 0 };
    const said = (startMs: number, endMs: number) => {
      const overlap = (one: LabelsDocument["annotations"][number]) =>
        Math.min(endMs, one.endMs!) - Math.max(startMs, one.startMs);
      return truth.annotations.toSorted((a, b) => overlap(b) - overlap(a))[0]!.label;
    };
    for (;;) {
      runAction("next", editor);
      const proposal = editor.proposalNow();
      if (proposal === undefined) break;
      const right = said(proposal.startMs, proposal.endMs ?? proposal.startMs);
      if (proposal.label === right) {
        runAction("take", editor);
        effort.taken++;
      } else {
        editor.pressLabel(editor.laneOfProposal(proposal)!, right);
        effort.corrected++;
      }
    }
    const document = store.document.value!;
    for (const { startMs, endMs, label: right } of truth.annotations) {
      const middle = (startMs + endMs!) / 2;
      const there = document.annotations.find((one) => one.startMs <= middle && one.endMs! > middle);
      if (there?.label !== right) effort.missed++;
    }
    assert.ok(document.annotations.every(({ from }) => from?.analysis === "a"));
    return effort;
  }

  it("labels make a set, the set a network, and the network proposes on the next face what needs fewer corrections", async () => {
    const orders: Readonly<Record<string, readonly Look[]>> = {
      ada: ["happy", "sad", "surprise"],
      bruno: ["surprise", "sad", "happy"],
      dora: ["sad", "happy", "surprise"],
      egon: ["surprise", "happy", "sad"],
    };
    for (const [name, order] of Object.entries(orders))
      await writeFile(at(labelsName(`${name}.mp4`, "ann")), formatLabels(await clip(name, order)));
    const next = await clip("fumi", ["sad", "happy", "sad", "surprise", "sad"]);

    await done("analyze", at("fumi.mp4"), "--device", "cpu", "--out", at("before"));
    const before = await label(at("before"), next);

    const cut = ["--test", "0", "--every", "120", "--max", "10", "--device", "cpu", "--json"];
    const made = JSON.parse(await done("labels", "dataset", folder, "--out", at("cast-faces"), ...cut)) as {
      samples: number;
      subjects: number;
      training: string;
    };
    assert.deepEqual([made.subjects, made.training], [4, at("cast-faces.training.yaml")]);
    assert.ok(made.samples > 80, String(made.samples));

    // As it was written beside the set.
    await done("train", made.training, "--device", "cpu");
    await done("models", "use", "cast-faces", "--for", "expression");
    await done("analyze", at("fumi.mp4"), "--device", "cpu", "--out", at("after"));
    const analysis = await readFile(at("after", "analysis.json"), "utf8");
    assert.match(analysis, /"cast-faces"/);
    const after = await label(at("after"), next);
    console.log(`      ${JSON.stringify({ before, after })}`);
    // Who needs nothing at all has taken each as it was proposed.
    const work = ({ corrected, missed }: typeof before) => corrected + missed;
    assert.ok(work(after) < work(before), JSON.stringify({ before, after }));
    assert.ok(after.taken >= 3, JSON.stringify(after));
    assert.equal(parseLabels(formatLabels(next)).annotations.length, 5);
  });
});
