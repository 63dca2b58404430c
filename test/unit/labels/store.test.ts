import assert from "node:assert/strict";
import { formatLabels, parseLabels } from "../../../shared/labels/document.ts";
import { changeAnnotations, newAnnotationId } from "../../../shared/labels/edits.ts";
import type { LabelsToHost, LabelsToPanel } from "../../../shared/protocol/labelsPanel.ts";
import { placeAnnotation } from "../../../webview/labels/labelling.ts";
import { TimeIndex } from "../../../shared/segments/timeIndex.ts";
import { lanesOf } from "../../../webview/labels/lanes.ts";
import { LabelsStore } from "../../../webview/labels/labelsStore.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const a = { id: "a", tier: "face", startMs: 0, endMs: 1000, label: "happy" };

/** Owns a text as the extension host does; answers at once or when it is told to. */
class FakeOwner {
  text = labelsText([a]);
  serial = 0;
  readonly waiting: LabelsToHost[] = [];
  #listener: (message: LabelsToPanel) => void = () => undefined;

  readonly channel = {
    listen: (listener: (message: LabelsToPanel) => void) => {
      this.#listener = listener;
      return () => undefined;
    },
    send: (message: LabelsToHost) => {
      if (message.kind === "open")
        this.#listener({
          kind: "file",
          text: this.text,
          serial: this.serial,
          ...{ scheme: sampleScheme, clipFound: true, twins: [], clips: [], schemes: [] },
        });
      else this.waiting.push(message);
    },
    clipUrl: () => Promise.resolve(""),
    inTurn: (work: () => void) => work(),
  };

  answer(): void {
    for (const message of this.waiting.splice(0)) {
      if (message.kind !== "edit" || message.serial !== this.serial) continue;
      this.text = this.text.slice(0, message.start) + message.text + this.text.slice(message.end);
      this.#listener({ kind: "applied", number: message.number });
    }
  }

  replace(text: string): void {
    this.text = text;
    this.serial++;
    this.#listener({ kind: "text", text, serial: this.serial });
  }
}

const relabel = (label: string) => (document: ReturnType<typeof parseLabels>) =>
  changeAnnotations(document, new Set(["a"]), { label });

describe("a labels file in an editor", () => {
  it("sends changes of the text that follow each other without waiting", () => {
    const owner = new FakeOwner();
    const store = new LabelsStore(owner.channel);
    store.open(() => undefined);
    store.apply(relabel("sad"));
    store.apply((document) => changeAnnotations(document, new Set(["a"]), { endMs: 900 }));
    owner.answer();
    assert.deepEqual(parseLabels(owner.text).annotations, [{ ...a, label: "sad", endMs: 900 }]);
    assert.equal(owner.text, formatLabels(store.document.value!));
  });

  it("makes its change anew on what somebody else wrote meanwhile", () => {
    const owner = new FakeOwner();
    const store = new LabelsStore(owner.channel);
    store.open(() => undefined);
    store.apply(relabel("sad"));
    owner.replace(labelsText([{ ...a, note: "theirs" }]));
    owner.answer();
    assert.deepEqual(parseLabels(owner.text).annotations, [{ ...a, label: "sad", note: "theirs" }]);
  });

  it("does not make a change again that is in, when the text is undone", () => {
    const owner = new FakeOwner();
    const store = new LabelsStore(owner.channel);
    store.open(() => undefined);
    const before = owner.text;
    store.apply(relabel("sad"));
    owner.answer();
    owner.replace(before);
    assert.equal(store.document.value!.annotations[0]!.label, "happy");
    assert.deepEqual(owner.waiting, []);
  });

  it("shows a broken text as such, and recovers what can be read of it when asked", () => {
    const owner = new FakeOwner();
    const store = new LabelsStore(owner.channel);
    store.open(() => undefined);
    owner.replace(labelsText([a, { ...a, id: "b", startMs: 2000, endMs: 3000 }]).slice(0, -30));
    assert.ok(store.broken.value !== undefined);
    store.recover();
    owner.answer();
    assert.ok(parseLabels(owner.text).annotations.some(({ id }) => id === "a"));
  });
});

describe("what colleagues rated", () => {
  const trace = (value: number) => ({ tier: "valence", startMs: 0, rateHz: 25, values: [value] });
  const withTrace = (value: number) => ({ ...parseLabels(labelsText([])), traces: [trace(value)] });
  const shown = (showOthers: boolean) =>
    lanesOf({
      document: withTrace(0.1),
      scheme: {
        ...sampleScheme,
        tiers: sampleScheme.tiers.map((tier) => (tier.kind === "trace" ? { ...tier, showOthers } : tier)),
      },
      ...{ faces: [], proposals: [] },
      others: [{ annotator: "b02", document: withTrace(0.9) }],
    }).find(({ key }) => key === "valence")!;

  it("is shown below one's own where the scheme allows it, and nowhere else", () => {
    assert.deepEqual(shown(true).otherTraces, [trace(0.9)]);
    assert.deepEqual(shown(true).trace, trace(0.1));
    assert.deepEqual(shown(false).otherTraces, []);
  });
});

describe("labelling over what is there", () => {
  const [tier] = sampleScheme.tiers;
  const document = parseLabels(labelsText([a, { ...a, id: "b", startMs: 1000, endMs: 2000, label: "sad" }]));
  const after = (startMs: number, endMs: number) =>
    placeAnnotation(
      document,
      { tier: tier!, face: undefined, startMs, endMs, label: "neutral" },
      newAnnotationId(document),
    ).annotations.map(({ label, startMs: from, endMs: to }) => [label, from, to]);

  it("cuts what it meets, in two where it lies inside", () => {
    assert.deepEqual(after(200, 400), [
      ["happy", 0, 200],
      ["neutral", 200, 400],
      ["happy", 400, 1000],
      ["sad", 1000, 2000],
    ]);
    assert.deepEqual(after(500, 1500), [
      ["happy", 0, 500],
      ["neutral", 500, 1500],
      ["sad", 1500, 2000],
    ]);
  });
});

describe("an index of time", () => {
  it("finds what touches a stretch, long ones that began far before too", () => {
    const things = Array.from({ length: 1000 }, (_, i) => ({ startMs: i * 10, endMs: i * 10 + 5, i }));
    things.splice(1, 0, { startMs: 5, endMs: 9000, i: -1 });
    const index = new TimeIndex(things);
    assert.deepEqual(
      [...index.between(8001, 8012)].map(({ i }) => i),
      [-1, 800, 801],
    );
    assert.deepEqual(
      [...index.between(9001, 9004)].map(({ i }) => i),
      [900],
    );
    assert.equal(index.at(8002)?.i, 800);
    assert.equal(index.at(8007)?.i, -1);
  });
});
