import assert from "node:assert/strict";
import { labelActions, type LabelActionId } from "../../../shared/labels/actions.ts";
import { EditorState } from "../../../webview/labels/editorState.ts";
import { LabelsStore } from "../../../webview/labels/labelsStore.ts";
import { runCommand } from "../../../webview/labels/keyboard.ts";
import { runAction } from "../../../webview/labels/runAction.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const happy = { id: "a", tier: "face", startMs: 0, endMs: 1000, label: "happy" };
const sad = { id: "b", tier: "face", startMs: 1000, endMs: 2000, label: "sad" };
const late = { id: "c", tier: "face", startMs: 4000, endMs: 4800, label: "neutral", unsure: true };

/** An editor of a text that nobody else changes, of a clip of 10 s with 25 frames a second. */
function editorOf(annotations: readonly object[], head: object = {}): EditorState {
  const around = { scheme: sampleScheme, clipFound: true, twins: [], clips: [], schemes: [] };
  const store = new LabelsStore({
    send: () => undefined,
    listen(listener) {
      listener({ kind: "file", text: labelsText(annotations, head), serial: 1, ...around });
      return () => undefined;
    },
    clipUrl: () => Promise.reject(new Error("there is no player")),
    inTurn: (work) => work(),
  });
  store.open(() => undefined);
  return new EditorState(store, true, 10_000);
}

const rows = (editor: EditorState) =>
  editor.store.document.value!.annotations.map(({ tier, label, startMs, endMs }) => [
    ...[tier, label, startMs, endMs],
  ]);
const run = (editor: EditorState, ...ids: readonly LabelActionId[]): void => {
  for (const id of ids) runAction(id, editor);
};
const label = (editor: EditorState, id: string): void => editor.pressLabel(editor.activeLane!, id);

describe("what the label editor does by key", () => {
  it("goes by frame, second, annotation, edge and tier, and says where", () => {
    const editor = editorOf([happy, sad, late]);
    run(editor, "frameOn", "frameOn", "secondOn");
    assert.equal(editor.hereMs, 1080);
    run(editor, "secondBack", "frameBack");
    assert.equal(editor.hereMs, 40);
    run(editor, "start", "next");
    assert.match(editor.said.value, /^sad, 0:01.000 to 0:02.000/);
    run(editor, "previous");
    assert.match(editor.said.value, /^happy/);
    run(editor, "stop", "edgeOn", "edgeOn");
    assert.equal(editor.hereMs, 2000);
    run(editor, "edgeBack");
    assert.equal(editor.hereMs, 1000);
    run(editor, "uncertain");
    assert.match(editor.said.value, /neutral, 0:04.000 to 0:04.800, not sure/);
    run(editor, "tierDown");
    assert.equal(editor.said.value, "Tier blink, 0 annotations");
    run(editor, "tierUp", "end");
    assert.deepEqual([editor.activeLane!.key, editor.nowMs], ["face", 10_000]);
  });

  it("labels over time by a key that begins and one that ends, at a moment, and from an in point on", () => {
    const editor = editorOf([]);
    label(editor, "happy");
    run(editor, "secondOn");
    label(editor, "sad");
    run(editor, "secondOn");
    label(editor, "sad");
    run(editor, "inPoint", "secondOn");
    label(editor, "neutral");
    run(editor, "tierDown");
    label(editor, "blink");
    assert.deepEqual(rows(editor), [
      ["face", "happy", 0, 1000],
      ["face", "sad", 1000, 2000],
      ["face", "neutral", 2000, 3000],
      ["blink", "blink", 3000, undefined],
    ]);
    run(editor, "tierUp", "inPoint", "secondOn", "outPoint");
    label(editor, "happy");
    assert.deepEqual(rows(editor).at(-1), ["face", "happy", 3000, 4000]);
  });

  it("moves edges by a frame, or to the playhead, and never over a neighbour", () => {
    const editor = editorOf([happy, sad]);
    editor.select(["b"]);
    run(editor, "startEarlier");
    assert.deepEqual(rows(editor)[1], ["face", "sad", 1000, 2000]);
    run(editor, "startLater", "endLater", "endLater", "endEarlier");
    assert.deepEqual(rows(editor)[1], ["face", "sad", 1040, 2040]);
    editor.goTo(1200);
    run(editor, "inPoint");
    editor.goTo(3000);
    run(editor, "outPoint");
    assert.deepEqual(rows(editor)[1], ["face", "sad", 1200, 3000]);
  });

  it("splits, merges with what follows, copies to the next tier of its kind, and deletes", () => {
    const editor = editorOf([happy, sad]);
    editor.goTo(400);
    run(editor, "split");
    assert.deepEqual(rows(editor).slice(0, 2), [
      ["face", "happy", 0, 400],
      ["face", "happy", 400, 1000],
    ]);
    editor.goTo(200);
    run(editor, "merge");
    assert.deepEqual(rows(editor)[0], ["face", "happy", 0, 1000]);
    run(editor, "duplicate");
    assert.deepEqual(rows(editor)[1], ["smile", "open", 0, 1000]);
    editor.select(["b"]);
    run(editor, "remove");
    assert.equal(editor.said.value, "sad deleted");
    assert.equal(rows(editor).length, 2);
  });

  it("moves what is selected to the playhead with all that comes after it", () => {
    const blink = { id: "p", tier: "blink", startMs: 4200, label: "blink" };
    const editor = editorOf([happy, sad, { ...late, apexMs: 4400 }, blink]);
    editor.select(["b"]);
    editor.goTo(1600);
    run(editor, "shift");
    assert.deepEqual(rows(editor), [
      ["face", "happy", 0, 1000],
      ["face", "sad", 1600, 2600],
      ["face", "neutral", 4600, 5400],
      ["blink", "blink", 4800, undefined],
    ]);
    assert.equal(editor.store.document.value!.annotations[2]!.apexMs, 5000);
    // Back over what stands before it nothing moves: it would overlap.
    editor.goTo(400);
    run(editor, "shift");
    assert.equal(rows(editor)[1]![2], 1600);
    assert.match(editor.said.value, /overlap/);
  });

  it("marks intensity, apex and doubt", () => {
    const editor = editorOf([happy]);
    editor.goTo(600);
    run(editor, "intensityUp", "intensityUp", "apex", "unsure");
    const [one] = editor.store.document.value!.annotations;
    assert.deepEqual([one!.intensity, one!.apexMs, one!.unsure], ["B", 600, true]);
    run(editor, "intensityDown", "intensityDown", "unsure");
    const [again] = editor.store.document.value!.annotations;
    assert.deepEqual([again!.intensity, again!.unsure], [undefined, undefined]);
    run(editor, "comment");
    assert.ok(editor.commenting.value);
    run(editor, "stop");
    assert.ok(!editor.commenting.value);
  });

  it("loops what is selected, and plays from a quarter to twice as fast", () => {
    const editor = editorOf([happy]);
    editor.select(["a"]);
    run(editor, "loop");
    assert.deepEqual(editor.looping.value, { startMs: 0, endMs: 1000 });
    run(editor, "loop");
    assert.equal(editor.looping.value, undefined);
    const rates = new Set<number>();
    for (let i = 0; i < 8; i++) run(editor, "slower");
    for (let i = 0; i < 8; i++) {
      rates.add(editor.playback.rate.value);
      run(editor, "faster");
    }
    for (const rate of [0.25, 0.5, 0.75, 1, 1.5, 2]) assert.ok(rates.has(rate), String(rate));
    run(editor, "forwards");
    assert.equal(editor.playback.rate.value, 1);
  });

  it("zooms to single frames and back to the whole clip, and shows all keys", () => {
    const editor = editorOf([]);
    editor.goTo(5000);
    run(editor, "zoomFrame");
    const span = () => editor.view.value.endMs - editor.view.value.startMs;
    assert.equal(Math.round(span()), 1200);
    run(editor, "zoomOut");
    assert.equal(Math.round(span()), 2400);
    run(editor, "showAll", "keys");
    assert.deepEqual([span(), editor.keysShown.value], [10_000, true]);
  });

  it("tells of a blind file that is opened again that others were seen", () => {
    const editor = editorOf([happy], { blind: true });
    assert.ok(editor.blind.value);
    run(editor, "done");
    assert.ok(!editor.blind.value);
    const { done } = editor.store.document.value!.head;
    run(editor, "done");
    const { head } = editor.store.document.value!;
    assert.deepEqual([head.done, head.unblinded, editor.blind.value], [undefined, done, true]);
    run(editor, "done", "done");
    assert.equal(editor.store.document.value!.head.unblinded, done);
  });

  it("does nothing, and fails at nothing, where there is nothing", () => {
    for (const { id } of labelActions) {
      const editor = editorOf([]);
      run(editor, id);
      assert.deepEqual(rows(editor), [], id);
    }
  });

  it("a command of VS Code is not run by a key that is a label's, but by any other that the user gave it", () => {
    const editor = editorOf([happy, sad]);
    const speed = labelActions.find(({ id }) => id === "faster")!;
    editor.labelKeys.set(speed.key, 1000);
    runCommand(editor, "faster", 1100);
    assert.equal(editor.playback.rate.value, 1);
    runCommand(editor, "faster", 9000);
    assert.equal(editor.playback.rate.value, 1.5);
    runCommand(editor, "no such action");
  });
});
