import { AppError } from "../errors.ts";

/**
 * A time of a table in ms: h:mm:ss.mmm, or a number whose unit the column's title says (`start_ms`, `start_s`).
 * @throws AppError `invalid_csv` where the unit is not said: a time that is wrong by a thousand would be worse
 */
export function timeCell(text: string, column: string, line: number): number {
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)$/.exec(text);
  if (clock !== null)
    return (
      1000 * (3600 * Number(clock[1] ?? 0) + 60 * Number(clock[2]) + Number(clock[3]!.replace(",", ".")))
    );
  const value = Number(text.replace(",", "."));
  if (text === "" || !Number.isFinite(value))
    throw new AppError("invalid_csv", `Line ${line}: "${text.slice(0, 40)}" is no time. Mend the line.`);
  const unit = column.toLowerCase();
  if (/(ms|msec|milliseconds)\b|[a-z]ms$|ms\]?\)?$/.test(unit)) return value;
  if (/(^|[^a-z])(s|sec|seconds)\]?\)?$/.test(unit)) return 1000 * value;
  throw new AppError(
    "invalid_csv",
    `The column ${column} does not say its unit. Call it ${column}_ms or ${column}_s, or write times as 0:01:02.500.`,
  );
}
