import { useSignal, type Signal } from "@preact/signals";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import { labelStatistics } from "../../../shared/labels/statistics.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { TextField } from "../../components/TextField.tsx";
import { formatTime } from "../../draw/timeView.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { TableHead } from "../../components/TableHead.tsx";

/** More rows than this are a page of their own. */
const pageRows = 200;

/** All annotations as a table: what the timeline shows, for who cannot see it, to be searched; and how often each label occurs. */
export function AnnotationTable({ editor }: { readonly editor: EditorState }) {
  const filter = useSignal("");
  const page = useSignal(0);
  const document = editor.store.document.value;
  const matches = matcher(filter.value.trim());
  const all = (document?.annotations ?? []).filter((one) => matches(wordsOf(one)));
  return (
    <>
      <div class="row">
        <TextField
          label="Find annotations"
          placeholder="Words or a regular expression: tier, label, notes"
          text={filter}
          onInput={() => (page.value = 0)}
        />
        <span class="muted" role="status">
          {all.length} of {document?.annotations.length ?? 0}
        </span>
      </div>
      <Rows editor={editor} all={all} page={page} />
      {document !== undefined && <Statistics document={document} />}
    </>
  );
}

/** What the table says of an annotation beside its times. */
function notesOf({ unsure, note, comments = [] }: Annotation): string {
  const words = [unsure === true ? "not sure" : "", note ?? "", ...comments.map(({ text }) => text)];
  return words.filter((word) => word !== "").join("; ");
}

function wordsOf(annotation: Annotation): string {
  const { tier, face, label, intensity } = annotation;
  return [tier, face === undefined ? "" : `face ${face}`, label, intensity ?? "", notesOf(annotation)].join(
    " ",
  );
}

/** As a regular expression where it is one, else as it is written; upper case is as lower. */
function matcher(asked: string): (text: string) => boolean {
  try {
    const pattern = new RegExp(asked, "iu");
    return (text) => pattern.test(text);
  } catch {
    return (text) => text.toLowerCase().includes(asked.toLowerCase());
  }
}

interface RowsProps {
  readonly editor: EditorState;
  readonly all: readonly Annotation[];
  readonly page: Signal<number>;
}

function Rows({ editor, all, page }: RowsProps) {
  const shown = all.slice(page.value * pageRows, (page.value + 1) * pageRows);
  const pages = Math.ceil(all.length / pageRows);
  return (
    <div class="table-scroll labels-table" tabIndex={0} role="region" aria-label="Annotations">
      <table class="data">
        <TableHead titles={["Start", "End", "Tier", "Label", "Intensity", "Notes"]} />
        <tbody>
          {shown.map((annotation) => {
            const { id, tier, startMs, endMs, label, intensity } = annotation;
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
                <td>{notesOf(annotation)}</td>
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

function Statistics({ document }: { readonly document: LabelsDocument }) {
  const seconds = (ms: number | undefined) => (ms === undefined ? "" : (ms / 1000).toFixed(2));
  return (
    <details>
      <summary>Statistics</summary>
      <DataTable
        caption="How often and for how long each label was given"
        rows={labelStatistics(document)}
        columns={[
          { title: "Tier", cell: ({ tier, face }) => (face === undefined ? tier : `${tier}, face ${face}`) },
          { title: "Label", cell: ({ label }) => label },
          { title: "Count", number: true, cell: ({ count }) => count },
          { title: "First at", number: true, cell: ({ firstMs }) => formatTime(firstMs) },
          { title: "Total, s", number: true, cell: ({ lengths }) => seconds(lengths?.totalMs) },
          { title: "Mean, s", number: true, cell: ({ lengths }) => seconds(lengths?.meanMs) },
          { title: "Median, s", number: true, cell: ({ lengths }) => seconds(lengths?.medianMs) },
          { title: "Shortest, s", number: true, cell: ({ lengths }) => seconds(lengths?.shortestMs) },
          { title: "Longest, s", number: true, cell: ({ lengths }) => seconds(lengths?.longestMs) },
          {
            title: "Share of the clip",
            number: true,
            cell: ({ lengths }) =>
              lengths?.share === undefined ? "" : `${(100 * lengths.share).toFixed(1)} %`,
          },
        ]}
      />
    </details>
  );
}
