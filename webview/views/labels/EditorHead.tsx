import type { ReadonlySignal } from "@preact/signals";
import { IconButton } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import type { Host } from "../../host.ts";
import { viewFragment } from "../../host/route.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { runAction } from "../../labels/runAction.ts";
import { counted } from "../../../shared/text/counted.ts";

interface EditorHeadProps {
  readonly editor: EditorState;
  readonly host: Host;
  readonly saved: ReadonlySignal<"saving" | "saved" | Error | undefined> | undefined;
}

/** Whose labels of which clip, how far they are, and whether they are done. */
export function EditorHead({ editor, host, saved }: EditorHeadProps) {
  const document = editor.store.document.value;
  if (document === undefined) return null;
  const { media, annotator, done, gold, unblinded } = document.head;
  const state = saved?.value;
  return (
    <div class="result-head">
      {host.kind === "page" && (
        <a class="back" href={viewFragment({ view: "labels" })} aria-label="All labels files">
          <Icon name="arrow-left" />
        </a>
      )}
      <h1>{media.file}</h1>
      <span class="muted facts">
        {gold === true ? "gold" : annotator} · {counted(document.annotations.length, "annotation")}
        {document.traces.length > 0 && `, ${counted(document.traces.length, "trace")}`}
        {editor.blind.value && " · blind until done"}
        {unblinded !== undefined && " · opened again after it was done"}
        {document.unreadable.length > 0 &&
          ` · cannot be read: ${counted(document.unreadable.length, "entry", "entries")}`}
      </span>
      <span class="spread" />
      {state !== undefined && !(state instanceof Error) && (
        <span class="muted" role="status">
          {state === "saving" ? "Saving" : "Saved"}
        </span>
      )}
      {host.kind === "page" && (
        <>
          <IconButton icon="discard" label="Undo (Ctrl Z)" onClick={() => editor.store.undo()} />
          <IconButton icon="redo" label="Redo (Ctrl Y)" onClick={() => editor.store.redo()} />
        </>
      )}
      <IconButton
        icon={done === undefined ? "circle-large-outline" : "pass-filled"}
        label={done === undefined ? "Mark as done (Shift D)" : "Open again (Shift D)"}
        text={done === undefined ? "Mark as done" : "Done"}
        pressed={done !== undefined}
        onClick={() => runAction("done", editor)}
      />
    </div>
  );
}
