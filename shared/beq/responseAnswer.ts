import { beqAnchors, highestAnswer, lowestAnswer } from "./items.ts";

/** The words at the ends and the middle of the scale, as label exports write them. */
const anchors = new Map<string, number>(
  Object.entries(beqAnchors).map(([number, text]) => [text, Number(number)]),
);
/** What programs write where nothing was answered: spreadsheets, SPSS, R, pandas, LimeSurvey. */
const noAnswer = new Set(["", ".", "n/a", "na", "nan", "null", "#n/a", "#null!", "-oth-", "no answer"]);
/** A longer cell is no answer. */
const longest = 200;

const alone = /^(?:ao?(?=\d))?0*([1-9]\d?)(?:[.,]0*)?$/;
const beforeLabel = /^[([]?(?:ao?(?=\d))?0*([1-9]\d?)(?:[.,]0+)?(?:\s?[-=:)\].]\s?|\s)(\D+)$/;
const afterLabel = /^(\D+?)\s?[([=:-]\s?0*([1-9]\d?)\s?[)\]]?$/;
const word = /\p{L}{2}/u;

/**
 * A whole number from 1 to 7, as programs write it: `5`, `5.0`, `5,0`, LimeSurvey's `A5`, `A005` and `AO05`, with its label
 * (`5 - somewhat agree`, `somewhat agree (5)`), or a label at an end or in the middle of the scale alone. A label that
 * belongs to another number is wrong: the scale was another one.
 * @param missing codes that stand for no answer, as {@link missingCode} makes them
 * @returns null where nothing was answered
 */
export function readAnswer(text: string, missing: ReadonlySet<string>): number | null | "wrong" {
  if (text.length > longest) return "wrong";
  const plain = text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  if (noAnswer.has(plain) || missing.has(missingCode(plain))) return null;
  const [number, label] = numberAndLabel(plain);
  const said = anchors.get(label);
  if (number === undefined) return said ?? "wrong";
  if (isMonth(label)) return "wrong";
  if (number < lowestAnswer || number > highestAnswer) return "wrong";
  return said === undefined || said === number ? number : "wrong";
}

function numberAndLabel(plain: string): [number: number | undefined, label: string] {
  const [, only] = alone.exec(plain) ?? [];
  if (only !== undefined) return [Number(only), ""];
  const [, first, behind = ""] = beforeLabel.exec(plain) ?? [];
  if (first !== undefined && word.test(behind)) return [Number(first), behind.trim()];
  const [, ahead = "", last] = afterLabel.exec(plain) ?? [];
  if (last !== undefined && word.test(ahead)) return [Number(last), ahead.trim()];
  return [undefined, plain];
}

/** Names of months and their short forms in English, German, French, Spanish, Italian and Dutch. */
const months = new Set(
  (
    "jan januar january janvier januari ene enero gen gennaio feb februar february februari fév févr février febrero febbraio " +
    "mrz mär märz mar march mars marzo mrt maart apr april avr avril abr abril aprile mai may mayo mag maggio mei maj " +
    "jun juni june juin junio giu giugno jul juli july juil juillet julio lug luglio aug august août aoû ago agosto augustus " +
    "sep sept september septembre septiembre set settembre okt oct october oktober octobre octubre ott ottobre " +
    "nov november novembre noviembre dez dec december dezember déc décembre dic diciembre dicembre"
  ).split(" "),
);
const isMonth = (label: string): boolean => months.has(label.replace(/[\s.-]*\d*$/, ""));

/** Whether a spreadsheet made a date of what was answered: `03-Mai`, `2026-03-05`, `5.3.26`. */
export function isDate(text: string): boolean {
  const plain = text.normalize("NFKC").toLowerCase().trim();
  return (
    /^\d{1,4}(?:[-/]\d{1,2}|([-./])\d{1,2}\1\d{1,4})(?: 0?0:00(?::00)?)?$/.test(plain) ||
    plain.split(/[-./\s]+/).some((part) => months.has(part))
  );
}

/** A code in the one form in which codes are compared: `-99.0` of a spreadsheet is `-99`. */
export const missingCode = (code: string): string =>
  code
    .trim()
    .toLowerCase()
    .replace(/[.,]0+$/, "");

/**
 * ISO 8601, or as databases write it; without a zone it is taken for UTC. LimeSurvey hides times as 1980.
 * @returns `iso` absent where there is none
 */
export function readTime(text: string): { iso?: string; zoned?: boolean } | "wrong" {
  if (text === "" || text.startsWith("1980-01-01")) return {};
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  if (day === undefined) return "wrong";
  const at = new Date(`${day}T${time ?? "00:00"}${zone ?? "Z"}`);
  if (Number.isNaN(at.getTime())) return "wrong";
  return { iso: at.toISOString(), zoned: zone !== undefined };
}
