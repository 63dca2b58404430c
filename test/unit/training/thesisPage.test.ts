import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { experimentsFolder } from "../../eval/thesis/folder.ts";
import { thesisPage } from "../../eval/thesis/page.ts";

describe("the page of the thesis's experiments", () => {
  it("says what the figures beside it and those of the networks say", async () => {
    const page = await readFile(path.join(experimentsFolder, "README.md"), "utf8");
    assert.equal(await thesisPage(experimentsFolder), page, "npm run thesis -- page makes it anew");
  });
});
