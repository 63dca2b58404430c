import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { changeAnnotations, roundMs } from "../../../shared/labels/edits.ts";
import { colourOf, tierOf } from "../../../shared/labels/scheme.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import { Button } from "../../components/Button.tsx";
import { formatTime } from "../../draw/timeView.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { holds } from "../../../shared/protocol/scheme.ts";

/** Labels of the active tier with their keys, and what is known of the selected annotation. */
export function Inspector({ editor }: { readonly editor: EditorState }) {
  const lane = editor.activeLane;
  const { selected } = editor;
  const [first, ...others] = selected;
  return (
    <aside class="labels-inspector" aria-label="Labels of the tier">
      {lane !== undefined && (
        <>
          <h2>{lane.title}</h2>
          {holds(lane.tier) === "values" ? (
            <Button icon="record" onClick={() => editor.rating.toggle()}>
              {editor.rating.current.value === undefined ? "Rate while playing" : "Stop rating"}
            </Button>
          ) : (
            <ul class="label-keys">
              {lane.tier.labels?.map(({ id, key, note }) => (
                <li key={id}>
                  <button
                    type="button"
                    title={note}
                    aria-pressed={
                      editor.running.value?.label === id && editor.running.value.lane.key === lane.key
                    }
                    onClick={(event) => {
                      event.currentTarget.blur();
                      editor.pressLabel(lane, id);
                    }}
                  >
                    <kbd>{key ?? " "}</kbd>
                    <span class="swatch" style={{ background: colourOf(lane.tier, id) }} />
                    <span>{id}</span>
                    {note !== undefined && <span class="muted">{note}</span>}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {first !== undefined && others.length === 0 && (
        <One key={first.id} editor={editor} annotation={first} />
      )}
      {others.length > 0 && <p>{selected.length} selected</p>}
    </aside>
  );
}

function One({ editor, annotation }: { readonly editor: EditorState; readonly annotation: Annotation }) {
  const {
    id,
    tier,
    startMs,
    endMs,
    label,
    intensity,
    apexMs,
    unsure,
    note,
    comments = [],
    from,
    decided,
  } = annotation;
  const change = (to: Partial<Annotation>): void =>
    editor.store.apply((document) => changeAnnotations(document, new Set([id]), to));
  const scheme = editor.store.scheme.value;
  const degrees = (scheme && tierOf(scheme, tier)?.intensity) ?? [];
  return (
    <section class="labels-one" aria-label="Selected annotation">
      <h3>{label}</h3>
      <dl>
        <dt>Time</dt>
        <dd class="mono">
          {formatTime(startMs)}
          {endMs !== undefined && ` – ${formatTime(endMs)} (${roundMs(endMs - startMs)} ms)`}
        </dd>
        {apexMs !== undefined && (
          <>
            <dt>Apex</dt>
            <dd class="mono">{formatTime(apexMs)}</dd>
          </>
        )}
        {from !== undefined && (
          <>
            <dt>Proposed</dt>
            <dd>
              {from.was === label ? "taken" : `was ${from.was ?? "?"}`}
              {from.confidence !== undefined && `, ${Math.round(100 * from.confidence)} %`}
            </dd>
          </>
        )}
        {decided !== undefined && (
          <>
            <dt>Decided</dt>
            <dd>{decided.by}</dd>
          </>
        )}
      </dl>
      {degrees.length > 0 && (
        <div class="row" role="group" aria-label="Intensity">
          {degrees.map((degree) => (
            <button
              type="button"
              class="degree"
              key={degree}
              aria-pressed={degree === intensity}
              onClick={() => change({ intensity: degree })}
            >
              {degree}
            </button>
          ))}
        </div>
      )}
      <label class="row">
        <input
          type="checkbox"
          checked={unsure === true}
          onChange={(event) =>
            editor.store.apply((document) =>
              changeAnnotations(document, new Set([id]), {
                unsure: event.currentTarget.checked ? true : undefined,
              }),
            )
          }
        />
        Not sure
      </label>
      {note !== undefined && note !== "" && <p class="note">{note}</p>}
      {comments.map(({ by, at, text }, i) => (
        <p class="note" key={i}>
          <strong>{by}</strong> <span class="muted">{at.slice(0, 16).replace("T", " ")}</span>
          <br />
          {text}
        </p>
      ))}
      <CommentBox editor={editor} annotation={annotation} />
    </section>
  );
}

function CommentBox({
  editor,
  annotation,
}: {
  readonly editor: EditorState;
  readonly annotation: Annotation;
}) {
  const text = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  const open = editor.commenting.value;
  useEffect(() => {
    if (open) field.current?.focus();
  }, [open]);
  const add = (): void => {
    const words = text.value.trim();
    editor.commenting.value = false;
    text.value = "";
    if (words === "") return;
    const by = editor.store.document.value?.head.annotator ?? "";
    const comment = { by, at: new Date().toISOString(), text: words };
    editor.store.apply((document) =>
      changeAnnotations(document, new Set([annotation.id]), ({ comments = [] }) => ({
        comments: [...comments, comment],
      })),
    );
    editor.say("Comment added");
  };
  if (!open)
    return (
      <Button icon="comment" secondary onClick={() => (editor.commenting.value = true)}>
        Comment
      </Button>
    );
  return (
    <textarea
      ref={field}
      aria-label="Comment"
      rows={3}
      placeholder="Enter adds it, Escape leaves"
      value={text.value}
      onInput={(event) => (text.value = event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") editor.commenting.value = false;
        if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          add();
        }
      }}
    />
  );
}
