import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");
const sources = readdirSync(path.join(root, "extension"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(path.join(root, "extension", name), "utf8") }));

async function bundle(name: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(path.join(root, name), "utf8")) as Record<string, string>;
}

/** The text of every `l10n.t("...")`; anything but a literal could not be translated. */
function textsOf({ name, text }: (typeof sources)[number]): string[] {
  const calls = [...text.matchAll(/l10n\.t\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')?/g)];
  return calls.map(([, double, single]) => {
    if (double !== undefined) return JSON.parse(`"${double}"`) as string;
    assert.ok(single !== undefined, `${name} translates something else than a literal text`);
    return single.replaceAll("\\'", "'");
  });
}

/** Places such as {0} in a text. */
const places = (text: string): string[] => [...text.matchAll(/\{\d+\}/g)].map(([place]) => place).sort();

describe("texts of the extension", () => {
  const used = [...new Set(sources.flatMap(textsOf))].sort();

  const missing = (wanted: readonly string[], found: Record<string, string>): string[] =>
    wanted.filter((text) => !Object.hasOwn(found, text));

  it("stand in the bundle for translators", async () => {
    assert.deepEqual(missing(used, await bundle("extension/l10n/bundle.l10n.json")), []);
  });

  it("are translated to German, with the same places in them", async () => {
    const german = await bundle("extension/l10n/bundle.l10n.de.json");
    assert.deepEqual(missing(used, german), []);
    for (const [text, translated] of Object.entries(german)) {
      assert.notEqual(translated, "");
      assert.deepEqual(places(translated), places(text), text);
    }
  });

  it("of package.json have a key each, in English and in German", async () => {
    const manifest = await readFile(path.join(root, "package.json"), "utf8");
    const keys = [...manifest.matchAll(/"%([^%]+)%"/g)].map(([, key]) => key!);
    for (const name of ["package.nls.json", "package.nls.de.json"])
      assert.deepEqual(missing(keys, await bundle(name)), [], name);
  });

  it("reach the user only through l10n", () => {
    const raw = /(show(?:Error|Warning|Information)Message|new AppError\(\s*"\w+",)\s*\(?\s*["'`]/;
    assert.deepEqual(
      sources.filter(({ text }) => raw.test(text)).map(({ name }) => name),
      [],
    );
  });
});
