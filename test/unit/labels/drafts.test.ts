import assert from "node:assert/strict";
import { parseLabels } from "../../../shared/labels/document.ts";
import type { LabelsToHost } from "../../../shared/protocol/labelsPanel.ts";
import { Drafts } from "../../../webview/labels/drafts.ts";
import { EditorState } from "../../../webview/labels/editorState.ts";
import { LabelsStore } from "../../../webview/labels/labelsStore.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

describe("what runs in the label editor", () => {
  const sent: LabelsToHost[] = [];
  const text = labelsText([]);
  const store = new LabelsStore({
    send: (message) => sent.push(message),
    listen(listener) {
      const around = { scheme: sampleScheme, clipFound: true, twins: [], clips: [], schemes: [] };
      listener({ kind: "file", text, serial: 1, ...around });
      return () => undefined;
    },
    clipUrl: () => Promise.reject(new Error("there is no player")),
    inTurn: (work) => work(),
  });
  store.open(() => undefined);
  const editor = new EditorState(store, true, 10_000);
  const drafts = new Drafts(editor);
  const rows = (document = store.document.value!) =>
    document.annotations.map(({ label, startMs, endMs }) => [label, startMs, endMs]);
  const kept = () =>
    sent.splice(0).flatMap((message) => (message.kind === "draft" ? [rows(parseLabels(message.text))] : []));
  const label = (id: string) => editor.pressLabel(editor.activeLane!, id);

  it("is kept twice a second as if it ended now, and is no change of the file before it ends", () => {
    drafts.keep(0);
    assert.deepEqual(kept(), []);
    label("happy");
    for (const [now, timeMs] of [
      [1000, 0],
      [1040, 1000],
      [1300, 1240],
      [1560, 1480],
    ] as const) {
      editor.goTo(timeMs);
      drafts.keep(now);
    }
    assert.deepEqual(kept(), [[["happy", 0, 1000]], [["happy", 0, 1480]]]);
    assert.deepEqual(rows(), []);
    label("happy");
    assert.deepEqual(rows(), [["happy", 0, 1480]]);
  });

  it("is not kept any longer once it is dropped", () => {
    editor.goTo(4000);
    label("sad");
    editor.goTo(5000);
    drafts.keep(9000);
    editor.goTo(3000);
    label("sad");
    assert.deepEqual(kept(), [
      [
        ["happy", 0, 1480],
        ["sad", 4000, 5000],
      ],
      [["happy", 0, 1480]],
    ]);
  });
});
