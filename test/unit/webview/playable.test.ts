import assert from "node:assert/strict";
import type { MediaInfo } from "../../../shared/protocol/results.ts";
import { needsCopy, playbackType } from "../../../webview/player/playable.ts";

const mp4 = "mov,mp4,m4a,3gp,3g2,mj2";

function media(container: string, video?: string, audio?: string, pixelFormat = "yuv420p"): MediaInfo {
  return {
    name: "clip",
    sizeBytes: 1,
    durationMs: 1,
    container,
    ...(video !== undefined && {
      video: {
        codec: video,
        pixelFormat,
        width: 2,
        height: 2,
        rotationDeg: 0,
        frameRate: 25,
        variableFrameRate: false,
        startMs: 0,
        matrix: "bt601",
        fullRange: false,
      },
    }),
    ...(audio !== undefined && { audio: { codec: audio, sampleRateHz: 44_100, channels: 1, startMs: 0 } }),
  };
}

describe("the clip's media type", () => {
  const cases: readonly (readonly [MediaInfo, string | undefined])[] = [
    [media(mp4, "h264", "aac"), 'video/mp4; codecs="avc1.64001f,mp4a.40.2"'],
    [media("matroska,webm", "vp9", "opus"), 'video/webm; codecs="vp09.00.10.08,opus"'],
    [media("mp3", undefined, "mp3"), "audio/mpeg"],
    [media("wav", undefined, "pcm_s16le"), 'audio/wav; codecs="1"'],
    [media("avi", "mpeg4", "mp3"), undefined],
    [media("mpegts", "h264", "aac"), undefined],
    [media(mp4, "h264", "aac", "yuv422p10le"), undefined],
  ];
  for (const [clip, type] of cases)
    it(`is ${type ?? "none"} for ${clip.video?.codec ?? "no picture"} in ${clip.container}`, () =>
      assert.equal(playbackType(clip), type));
});

describe("the daemon's copy", () => {
  const everything = () => true;
  it("is needed in VS Code for AAC, whatever its media element says", () => {
    assert.equal(needsCopy(media(mp4, "h264", "aac"), true, everything), true);
    assert.equal(needsCopy(media(mp4, "h264"), true, everything), false);
    assert.equal(needsCopy(media("matroska,webm", "vp9", "opus"), true, everything), false);
  });
  it("is needed in a browser for what that cannot play", () => {
    assert.equal(needsCopy(media(mp4, "h264", "aac"), false, everything), false);
    assert.equal(
      needsCopy(media(mp4, "hevc", "aac"), false, (type) => !type.includes("hvc1")),
      true,
    );
    assert.equal(needsCopy(media("avi", "mpeg4"), false, everything), true);
  });
});
