import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { labelActions } from "../../../shared/labels/actions.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { readScheme } from "../../../shared/labels/scheme.ts";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { command: string; title: string }[];
    readonly keybindings: readonly { command: string; key: string; when: string }[];
  };
}

const root = path.resolve(import.meta.dirname, "../../..");
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), "utf8"));

describe("actions of the label editor", () => {
  const { commands, keybindings } = (read("package.json") as Manifest).contributes;

  it("are commands and key bindings of VS Code, each with its title in two languages", () => {
    const titles = [read("package.nls.json"), read("package.nls.de.json")] as Record<string, string>[];
    for (const { id, key, title, de } of labelActions) {
      const command = `edin.labels.${id}`;
      assert.ok(
        commands.some((one) => one.command === command),
        command,
      );
      assert.equal(keybindings.find((one) => one.command === command)?.key, key);
      assert.deepEqual(
        titles.map((texts) => texts[`command.labels.${id}`]),
        [title, de],
      );
    }
  });

  it("have a key each that no other has", () => {
    assert.equal(new Set(labelActions.map(({ key }) => key)).size, labelActions.length);
  });

  it("take no key from the labels of the schemes that come with EDIN", () => {
    const keys = new Set(labelActions.map(({ key }) => key));
    for (const scheme of Object.values(builtInSchemes)) {
      assert.ok("scheme" in readScheme(scheme), scheme.title);
      for (const { labels = [] } of scheme.tiers)
        for (const label of labels)
          assert.ok(label.key !== undefined && !keys.has(label.key), `${scheme.title}: ${label.key}`);
    }
  });
});
