import { useSignal } from "@preact/signals";
import { importResponses, type TableProblem } from "../../../shared/protocol/studies.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import { errorText } from "../../data/text.ts";

export interface ImportResponsesProps {
  readonly host: Host;
  readonly id: string;
  readonly onImported: () => void;
}

const layouts = {
  csv: "EDIN's own layout",
  redcap: "REDCap",
  limesurvey: "LimeSurvey",
  qualtrics: "Qualtrics",
} as const;

/** Takes over responses from a CSV file; what is wrong with it is shown row by row. */
export function ImportResponses({ host, id, onImported }: ImportResponsesProps) {
  const done = useSignal<string | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const problems = useSignal<readonly TableProblem[]>([]);
  const take = async (file: File): Promise<void> => {
    done.value = failure.value = undefined;
    problems.value = [];
    try {
      const data = toBase64(new Uint8Array(await file.arrayBuffer()));
      const answer = await host.call(importResponses, { study: id, data });
      problems.value = answer.problems;
      if (answer.problems.length > 0) return;
      const skipped = answer.skipped > 0 ? ` ${answer.skipped} lines without answers were left out.` : "";
      done.value = `${answer.imported} forms imported from ${file.name} (${layouts[answer.layout ?? "csv"]}).${skipped}`;
      onImported();
    } catch (error) {
      failure.value = errorText(error);
    }
  };
  return (
    <div class="page">
      <p>
        A CSV file with the columns <code>participant, beq1, ..., beq16</code>, or an export of REDCap or
        LimeSurvey. All rows are taken over, or none. Without a column <code>session</code> a row goes to the
        participant's only session, or begins one.
      </p>
      <label class="file">
        <span>File with responses</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => {
            const input = event.currentTarget;
            const [file] = input.files ?? [];
            // So that the same file can be chosen again once it was mended.
            if (file !== undefined) void take(file).finally(() => (input.value = ""));
          }}
        />
      </label>
      {done.value !== undefined && <Notice kind="info">{done.value}</Notice>}
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {problems.value.length > 0 && (
        <>
          <Notice kind="error">
            Nothing was imported. Mend{" "}
            {problems.value.length === 1 ? "this fault" : `these ${problems.value.length} faults`} and choose
            the file again.
          </Notice>
          <DataTable
            caption="Faults of the table"
            rows={problems.value}
            columns={[
              { title: "Line", number: true, cell: (row) => row.line },
              { title: "Column", cell: (row) => row.column },
              { title: "Fault", cell: (row) => <span class="wrap">{row.message}</span> },
            ]}
          />
        </>
      )}
    </div>
  );
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  // In pieces: a call takes so many arguments only.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
