import type { StudyTable } from "../../../shared/protocol/studyTable.ts";
import { tidyColumns } from "../../../shared/study/tidyTable.ts";

/** The tidy table as Parquet. */
export async function tableParquet(table: StudyTable): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const rows = [...table.cells.keys()].flatMap((cell) =>
    [...table.measures.keys()].map((measure) => ({ cell, measure })),
  );
  const types = { text: "STRING", number: "DOUBLE", count: "INT32" } as const;
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: tidyColumns(table).map(({ name, type, of }) => ({
        ...{ name, type: types[type], nullable: true },
        data: rows.map((row) => of(row) ?? null),
      })),
      kvMetadata: [{ key: "edin", value: JSON.stringify({ settings: table.settings, ...table.manifest }) }],
    }),
  );
}
