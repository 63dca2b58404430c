import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { manifestPaths, missingPaths } from "../../../extension/manifestPaths.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const paths = manifestPaths(
  JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as Record<string, unknown>,
);

describe("paths that package.json names", () => {
  it("are found wherever they stand: grammar, languages, schemas, icons, texts of the walkthrough", () => {
    for (const wanted of [
      "dist/extension.cjs",
      "extension/l10n",
      "extension/media/icon.png",
      "extension/syntaxes/language-configuration.json",
      "extension/syntaxes/edin-yaml.tmLanguage.json",
      "extension/schemas/experiment.schema.json",
      "extension/media/walkthrough/own.md",
    ])
      assert.ok(paths.includes(wanted), wanted);
    assert.ok(paths.every((one) => !one.includes("$(") && !one.startsWith("./")));
  });

  it("are there", () => {
    const kept = paths.filter((one) => !one.startsWith("dist/"));
    assert.deepEqual(
      kept.filter((one) => !existsSync(path.join(root, one))),
      [],
    );
  });

  it("are missing from a package that holds neither the file nor anything in the folder", () => {
    const names = ["extension/l10n/bundle.l10n.de.json", "extension/media/icon.png"];
    assert.deepEqual(
      missingPaths(["extension/l10n", "extension/media/icon.png", "extension/media/x.svg"], names),
      ["extension/media/x.svg"],
    );
  });
});
