import { useSignal } from "@preact/signals";
import type * as z from "zod";
import { AppError } from "../../../shared/errors.ts";
import { importResponses, tableOptionsSchema } from "../../../shared/protocol/studyRoutes.ts";
import { maxTableBytes } from "../../../shared/protocol/tableData.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import { TextField } from "../../components/TextField.tsx";
import { toBase64 } from "../../data/base64.ts";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { counted } from "../../../shared/text/counted.ts";

export interface ImportResponsesProps {
  readonly host: Host;
  readonly id: string;
  readonly onImported: () => void;
}

type Answer = z.infer<typeof importResponses.response>;

const layouts: Readonly<Record<NonNullable<Answer["layout"]>, string>> = {
  csv: "EDIN's own layout",
  redcap: "REDCap",
  limesurvey: "LimeSurvey",
  qualtrics: "Qualtrics",
};

/** Takes over responses from a CSV file; what is wrong with it is shown row by row. */
export function ImportResponses({ host, id, onImported }: ImportResponsesProps) {
  const answer = useSignal<{ file: string; answer: Answer } | undefined>(undefined);
  const attempt = useAttempt();
  const map = useSignal("");
  const missing = useSignal("");
  const encoding = useSignal("");
  const take = async (file: File): Promise<void> => {
    answer.value = undefined;
    const options = readOptions(map.value, missing.value, encoding.value);
    if (file.size > maxTableBytes)
      throw new AppError(
        "too_large",
        `${file.name} is larger than ${maxTableBytes / 1e6} MB. Leave out other columns, or cut it into parts.`,
      );
    const data = await toBase64(file);
    const found = await host.call(importResponses, { study: id, data, ...options });
    answer.value = { file: file.name, answer: found };
    if (found.imported > 0) onImported();
  };
  return (
    <div class="page">
      <p>
        A CSV file with the columns <code>participant, beq1, ..., beq16</code>, or an export of REDCap,
        LimeSurvey or Qualtrics, up to {maxTableBytes / 1e6} MB. All rows are taken over, or none; forms that
        the study has already stay as they are. Without a column <code>session</code> or <code>visit</code> a
        row goes to the participant's only session, or begins one.
      </p>
      <details>
        <summary>Columns of other names, codes for no answer</summary>
        <div class="row">
          <label class="field">
            <span>Columns</span>
            <TextField label="Columns" text={map} placeholder="participant=code, beq=Q5_#" />
          </label>
          <label class="field">
            <span>Codes for no answer</span>
            <TextField label="Codes for no answer" text={missing} placeholder="-99, UNK" />
          </label>
          <label class="field">
            <span>Encoding</span>
            <TextField label="Encoding" text={encoding} placeholder="found by itself" />
          </label>
        </div>
      </details>
      <label class="file">
        <span>File with responses</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => {
            const input = event.currentTarget;
            const [file] = input.files ?? [];
            // So that the same file can be chosen again once it was mended.
            if (file !== undefined) attempt.run(take(file).finally(() => (input.value = "")));
          }}
        />
      </label>
      <Failure of={attempt} />
      {answer.value !== undefined && <Imported {...answer.value} />}
    </div>
  );
}

function Imported({ file, answer }: { readonly file: string; readonly answer: Answer }) {
  const { imported, same, changed, skipped, notes, layout, problems } = answer;
  if (problems.length > 0)
    return (
      <>
        <Notice kind="error">
          Nothing was imported. Fix {problems.length === 1 ? "this error" : `these ${problems.length} errors`}{" "}
          and choose the file again.
        </Notice>
        <DataTable
          caption="Errors in the table"
          rows={problems}
          columns={[
            { title: "Line", number: true, cell: (row) => row.line },
            { title: "Column", cell: (row) => row.column },
            { title: "Error", cell: (row) => <span class="wrap">{row.message}</span> },
          ]}
        />
      </>
    );
  const forms = `${counted(imported, "form")} imported from ${file} (${layouts[layout ?? "csv"]}).`;
  const kept = same > 0 ? ` There already with the same answers: ${same}.` : "";
  const left = skipped > 0 ? ` Left out: ${counted(skipped, "line")} without answers.` : "";
  return (
    <>
      <Notice kind="info">{forms + kept + left}</Notice>
      {notes.length > 0 && (
        <ul>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {changed.length > 0 && (
        <DataTable
          caption="Other answers in the table than stored, which stay"
          rows={changed}
          columns={[
            { title: "Line", number: true, cell: (row) => row.line },
            { title: "Participant", cell: (row) => row.participant },
            { title: "Session", cell: (row) => row.session ?? "" },
            {
              title: "Stored, table",
              cell: (row) => (
                <span class="wrap">
                  {row.items
                    .map((one) => `beq${one.item}: ${one.stored ?? "none"}, ${one.table ?? "none"}`)
                    .join("; ")}
                </span>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

/** What the fields say; pairs and codes are separated by commas. */
function readOptions(map: string, missing: string, encoding: string): z.infer<typeof tableOptionsSchema> {
  const parts = (text: string) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  const pairs = parts(map).map((pair) => pair.split("=").map((side) => side.trim()));
  const parsed = tableOptionsSchema.safeParse({
    ...(pairs.length > 0 && { map: Object.fromEntries(pairs) as unknown }),
    ...(missing.trim() !== "" && { missing: parts(missing) }),
    ...(encoding.trim() !== "" && { encoding: encoding.trim() }),
  });
  if (parsed.success) return parsed.data;
  throw new AppError(
    "invalid_request",
    "Write columns as participant=code, beq=Q5_#. The names are participant, session, completed, beq, beq1 to beq16.",
  );
}
