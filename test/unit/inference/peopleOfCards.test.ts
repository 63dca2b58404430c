import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { modelManifestSchema } from "../../../shared/protocol/models.ts";

const models = path.join(import.meta.dirname, "../../../models");
/** Networks of these read no people. */
const ofDrawings = new Set(["animation", "animation-source", "avatar-emotion"]);
/** Of these a card says which label is taken for which. */
const namesOne = new Set(["expression", "speech", "eec", "man", "eye-state", "micro-expression"]);
/** Measured on renders without one: their truth is exact, and the card gives every shape. */
const withoutInterval = new Set(["blend-shapes"]);
const leastWords = 12;

const readIn = (file: string): string => readFileSync(path.join(models, file), "utf8");
const { models: listed } = modelManifestSchema.parse(JSON.parse(readIn("manifest.json")));
const ofPeople = listed.filter(({ task }) => !ofDrawings.has(task));

describe("the card of each network of people", () => {
  for (const { id, task, card } of ofPeople)
    it(`${id} says whom its data do not show, what it is not for, how sure its figures are and what it confuses`, () => {
      const text = readIn(card);
      const section = (title: string): string =>
        text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
      for (const title of ["Who is not in the data", "What it must not be used for", "Known limits"])
        assert.ok(section(title).split(/\s+/).length > leastWords, `${id}: ${title}`);
      assert.match(section("Who is not in the data"), /child|infant|the old/i);
      // A figure of one number says nothing of strangers: value (low to high).
      if (!withoutInterval.has(task)) assert.match(section("Figures"), /\d \(\+?-?[\d.]+ to \+?-?[\d.]+/);
      if (namesOne.has(task)) assert.match(section("Figures"), /confusion/i);
    });
});
