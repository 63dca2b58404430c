import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const root = path.resolve(import.meta.dirname, "../..");

interface Said {
  readonly where: string;
  readonly text: string;
  /** Whether it is a text between tags or of an attribute that people read. */
  readonly shown: boolean;
}

/** Attributes and properties that people read. */
const shownNames = new Set(["label", "title", "text", "caption", "placeholder", "empty", "summary"]);

/** Texts of a file: literals whole, templates with `{n}` for each value, texts between tags. */
function textsOf(file: string): Said[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(root, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
    file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const found: Said[] = [];
  const add = (node: ts.Node, text: string, shown: boolean): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push({ where: `${file}:${line + 1}`, text, shown });
  };
  const isShown = ({ parent }: ts.Node): boolean => {
    if (ts.isJsxAttribute(parent)) return shownNames.has(parent.name.getText());
    if (ts.isPropertyAssignment(parent)) return shownNames.has(parent.name.getText());
    return false;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
      add(node, node.text, isShown(node));
    else if (ts.isTemplateExpression(node)) {
      const spans = node.templateSpans.map(
        ({ expression, literal }) => `{${expression.getText()}}${literal.text}`,
      );
      add(node, node.head.text + spans.join(""), isShown(node));
    } else if (ts.isJsxText(node) && node.text.trim() !== "") {
      const before = node.parent.children[node.parent.children.indexOf(node) - 1];
      const value =
        before !== undefined && ts.isJsxExpression(before) && before.expression !== undefined
          ? `{${before.expression.getText()}}`
          : "";
      add(node, value + node.text.replaceAll(/\s+/g, " "), true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const below = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
    .map((name) => `${folder}/${name.split(path.sep).join("/")}`);

describe("what people read", () => {
  const webview = below("webview").flatMap(textsOf);
  const all = [...webview, ...["extension", "shared", "daemon"].flatMap(below).flatMap(textsOf)];
  const told = (found: readonly Said[]) => found.map(({ where, text }) => `${where}: ${text.slice(0, 120)}`);

  it("says what is not there in a word, not by a dash", () => {
    const allowed = /LiveNow|keys\.ts|labels\/formats|linkPattern/;
    const dashes = all.filter(({ where, text }) => /^\s*[–—]\s*$/.test(text) && !allowed.test(where));
    assert.deepEqual(told(dashes), []);
    const cells = all.filter(({ text }) => /\?\? "[-–—]"|: "[-–—]"/.test(text));
    assert.deepEqual(told(cells), []);
  });

  it("counts: 1 clip, 2 clips, never 1 clips and never clip(s)", () => {
    const things =
      "participants|forms|clips|files|frames|faces|annotations|analyses|rows|lines|columns|people|persons|pictures|tracks|sessions|recordings|events|segments|annotators|tiers|jobs|networks|samples|entries|problems|cells|findings|self-reports|gold files|moments|values|channels";
    const several = new RegExp(`\\{([^{}]*)\\} (?:${things})\\b`);
    // Limits and other numbers that are never one, and names before a verb ("out holds files").
    const never =
      /^(?:[\w.]*(?:max|min|fewest|least|Minutes|Limits|Count|AtOnce|cards?|usualFaces|folds|parts)[\w.]*|counted\(.*|percent\(.*|.* \? .*)$/i;
    const severalByNature = new RegExp(
      [
        "joinedFiles} files joined", // of two and more
        "tracks} pictures: only",
        "found.length} faces in it",
        "faces.length} faces: tiers",
        "sessions.length} sessions. Name one",
        "layers.length} tiers",
        "this.#maxSeen} faces were seen",
        "rows.length} forms is above", // from ten on
        "who have all six", // three and more
        "annotations are too many",
        "laterPictures} more pictures",
        "frames a second",
        "frames/s",
        "tiers.length",
        "more of {rows.length} rows",
        "{rows.length} rows", // of more than are shown
        "{without} participants have", // one has a sentence of its own
        "{flagged} forms have",
        "{persons} persons",
        "{lanes.length} faces or voices",
        "{total} faces or voices",
        "{person.responses} forms",
        "{n} participants are fewer than",
        "Analysing {0} clips",
        "{0} of {1} clips failed",
        "{0} annotations",
        "{0} tiers",
        "{0} of {1} forms",
      ]
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join("|"),
    );
    const wrong = all.filter(({ text }) => {
      const number = several.exec(text)?.[1];
      return (
        (number !== undefined && !never.test(number) && !severalByNature.test(text)) ||
        /[a-z]\(s\)/.test(text)
      );
    });
    assert.deepEqual(told(wrong), []);
  });

  it("begins with one capital: titles, buttons and headings of pages are sentences", () => {
    const names =
      /^(?:EDIN|Hz|VS|Code|BEQ|CSV|ZIP|HTML|SVG|PNG|JSON|YAML|SHA-\d+|ONNX|REDCap|LimeSurvey|Qualtrics|ELAN|Markdown|UAR|ECE|F1|ICC|SD|Cronbach's|McDonald's|Fleiss'|Holm|AI|EU|Act|Berkeley|Expressivity|Questionnaire|Escape|Enter|Backspace|Shift|Space|Home|End|Ctrl|Alt|Tab|J|K|L|N|I|H\.\d+|MB|GB|MP4|PyTorch|TensorFlow\.js|Wilcoxon|Face|Art\.|[A-Z]|Pearson|Cohen's|Krippendorff's|Gwet's|Page|Up|Down|Left|Right|Delete|Insert|Silero|Live|Studies|Labels|Training|Queue|Models|Analyses|Capture|Clips)[.,:;!?)]*$/;
    const wrong = webview.filter(({ text, shown }) => {
      if (!shown) return false;
      const plain = text.replaceAll(/\{(?:[^{}]|\{[^{}]*\})*\}/g, "\n").replaceAll(/\([^)]*\)/g, "");
      const sentences = plain.split(/(?<=[.!?:])\s+|\n\s*/);
      return sentences.some((sentence) =>
        sentence
          .trim()
          .split(/\s+/)
          .slice(1)
          .some((word) => /^[A-Z][a-z]+[.,:;!?]?$/.test(word) && !names.test(word)),
      );
    });
    assert.deepEqual(told(wrong), []);
  });
});
