import assert from "node:assert/strict";
import { withoutPrivate } from "../../../extension/redact.ts";

const about = {
  folders: { "~": "/home/ada", "[workspace 1]": "/home/ada/study", "[data folder]": "C:\\Users\\ada\\edin" },
  secrets: ["tok-en", "ada"],
};

describe("a report of an issue", () => {
  for (const [text, expected] of [
    ["Bearer tok-en", "Bearer [hidden]"],
    [`code=${"aB3_".repeat(11)}`, "code=[hidden]"],
    ["/opt/edin/dist is there", "/opt/edin/dist is there"],
    ['{"path":"/home/bob/private/notes"}', '{"path":"[path]"}'],
    ["Analysing interview with Jane.mp4", "Analysing interview with [file].mp4"],
    ['{"mediaPath":"/srv/Anna Smith 1.mp4","frames":3}', '{"mediaPath":"[file].mp4","frames":3}'],
    ["/srv/x/participant-07_anna.mov: damaged", "[file].mov: damaged"],
    ["/srv/x/anna.m2ts: damaged", "[file].m2ts: damaged"],
    ["D:\\clips\\P12\\raw", "[path]"],
    ["ONNX Runtime 1.30, 2 cores", "ONNX Runtime 1.30, 2 cores"],
    ["fps 25.0; 40 % of 0:12", "fps 25.0; 40 % of 0:12"],
  ] as const)
    it(`has ${expected} for ${text}`, () => assert.equal(withoutPrivate(text, about), expected));

  it("names folders of the machine by what they are", () => {
    const folders = { "~": "/home/eve", "[workspace 1]": "/home/eve/study" };
    assert.equal(
      withoutPrivate("/home/eve/study/a and /home/eve/b", { folders, secrets: ["eve"] }).includes("eve"),
      false,
    );
    assert.equal(withoutPrivate("in /home/eve/study/a", { folders, secrets: [] }), "in [workspace 1]/a");
  });
});
