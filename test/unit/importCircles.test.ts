import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** Source files of a folder of the repository with the files that each of them imports, for types too. */
function importsOf(folder: string): Map<string, string[]> {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /\.tsx?$/.test(name)).map((name) => path.join(root, folder, name));
  return new Map(
    files.map((file) => {
      const specifiers = readFileSync(file, "utf8").matchAll(/\bfrom "(\.[^"]+)"/g);
      return [file, Array.from(specifiers, ([, to]) => path.join(path.dirname(file), to!))];
    }),
  );
}

/** The first circle of files that import one another, by name; empty where there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    way.push(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next);
      if (circle.length > 0) return circle;
    }
    way.pop();
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle.length > 0) return circle.map((name) => path.relative(root, name));
  }
  return [];
}

describe("imports", () => {
  it("are found to go in a circle where they do", () => {
    const imports = new Map([
      [path.join(root, "a.ts"), [path.join(root, "b.ts")]],
      [path.join(root, "b.ts"), [path.join(root, "a.ts")]],
    ]);
    assert.deepEqual(circleIn(imports), ["a.ts", "b.ts", "a.ts"]);
  });
  for (const folder of ["shared", "daemon", "extension", "webview"]) {
    it(`of ${folder} never go in a circle, not even for types`, () => {
      const imports = importsOf(folder);
      assert.ok(imports.size > 20);
      assert.deepEqual(circleIn(imports), []);
    });
  }
});
