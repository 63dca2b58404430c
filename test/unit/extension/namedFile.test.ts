import assert from "node:assert/strict";
import path from "node:path";
import { clipMayBeThere, namedFile } from "../../../extension/files/namedFile.ts";
import { clipPath, schemeBeside } from "../../../extension/labels/labelFiles.ts";
import { isNetworkPath } from "../../../shared/text/networkPath.ts";
import { refusal } from "../../../daemon/store/confined.ts";

const onServers = [
  "\\\\evil.example\\share\\clip.mp4",
  "//evil.example/share/clip.mp4",
  "\\/evil.example/share/clip.mp4",
  "/\\evil.example\\share\\clip.mp4",
  "\\\\?\\UNC\\evil.example\\share\\clip.mp4",
  "\\\\.\\pipe\\evil",
  "  \\\\evil.example\\share\\clip.mp4",
];
const onDisks = ["clip.mp4", "../clip.mp4", "C:\\clips\\clip.mp4", "C:/clips//clip.mp4", "/clips/clip.mp4"];

describe("a place on a server that a file names", () => {
  for (const name of onServers)
    it(`is never looked at: ${name}`, async () => {
      const looked: unknown[] = [];
      const exists = (file: unknown) => {
        looked.push(file);
        return false;
      };
      assert.equal(clipMayBeThere("/work", name, exists), true);
      assert.deepEqual(looked, []);
      assert.equal(namedFile("/work", name), undefined);
      assert.equal(clipPath("/clips/a.labels.json", { media: { file: name } } as never), undefined);
      assert.ok("schemeProblem" in (await schemeBeside("/clips/a.labels.json", name)));
      assert.ok(isNetworkPath(name));
      assert.notEqual(refusal(name), undefined);
    });
  for (const name of onDisks)
    it(`others are: ${name}`, () => {
      const looked: unknown[] = [];
      const exists = (file: unknown) => {
        looked.push(file);
        return false;
      };
      assert.equal(clipMayBeThere("/work", name, exists), false);
      assert.deepEqual(looked, [path.resolve("/work", name)]);
    });
});
