import type { ExportName } from "../../../shared/protocol/analyses.ts";

/** The media type of a file of a result. */
export function exportType(name: ExportName): string {
  if (name.endsWith(".csv")) return "text/csv";
  if (name.endsWith(".jsonl")) return "application/jsonl";
  return name.endsWith(".eaf") ? "application/xml" : "application/json";
}
