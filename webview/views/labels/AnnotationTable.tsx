import { useSignal } from "@preact/signals";
import { formatTime } from "../../draw/timeView.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { TableHead } from "../../components/TableHead.tsx";

/** More rows than this are a page of their own. */
const pageRows = 200;

/** All annotations as a table: what the timeline shows, for who cannot see it. */
export function AnnotationTable({ editor }: { readonly editor: EditorState }) {
  const page = useSignal(0);
  const all = editor.store.document.value?.annotations ?? [];
  const shown = all.slice(page.value * pageRows, (page.value + 1) * pageRows);
  const pages = Math.ceil(all.length / pageRows);
  return (
    <div class="table-scroll labels-table" tabIndex={0} role="region" aria-label="Annotations">
      <table class="data">
        <TableHead titles={["Start", "End", "Tier", "Label", "Intensity", "Notes"]} />
        <tbody>
          {shown.map((annotation) => {
            const { id, tier, startMs, endMs, label, intensity, unsure, note, comments = [] } = annotation;
            const words = [
              unsure === true ? "not sure" : "",
              note ?? "",
              ...comments.map(({ text }) => text),
            ];
            return (
              <tr key={id} aria-selected={editor.selection.value.has(id)}>
                <th scope="row">
                  <button
                    type="button"
                    class="link mono"
                    onClick={() => {
                      editor.select([id]);
                      editor.goTo(startMs);
                    }}
                  >
                    {formatTime(startMs)}
                  </button>
                </th>
                <td class="mono">{endMs === undefined ? "" : formatTime(endMs)}</td>
                <td>{tier}</td>
                <td>{label}</td>
                <td>{intensity ?? ""}</td>
                <td>{words.filter((word) => word !== "").join("; ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {pages > 1 && (
        <p class="row">
          <button type="button" class="link" disabled={page.value === 0} onClick={() => (page.value -= 1)}>
            Earlier
          </button>
          {page.value + 1} of {pages}
          <button
            type="button"
            class="link"
            disabled={page.value + 1 >= pages}
            onClick={() => (page.value += 1)}
          >
            Later
          </button>
        </p>
      )}
    </div>
  );
}
