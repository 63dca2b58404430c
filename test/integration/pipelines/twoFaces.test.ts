import assert from "node:assert/strict";
import path from "node:path";
import { Readable } from "node:stream";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import type { AudioChunk, Frame } from "../../../daemon/media/frame.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { synthesizeVoice } from "../../../daemon/sample/sampleVoice.ts";
import { pipelineKinds } from "../../../daemon/pipelines/list.ts";
import { loadNetworks } from "../../../daemon/pipelines/networks.ts";
import { inOrder } from "../../../daemon/pipelines/join.ts";
import { live } from "../../../daemon/pipelines/timing.ts";
import { visual } from "../../../daemon/pipelines/visual.ts";
import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { analysisConfigSchema } from "../../../shared/protocol/analysisConfig.ts";
import type { Face, FusedLine, SpeechLine } from "../../../shared/protocol/results.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

const sampleRateHz = 16_000;
const frameRate = 25;
/** Each of the two speaks for so long, one after the other. */
const turnS = 7;
const timeless = { time: <T>(_: string, work: () => Promise<T>) => work() };

/** Syllables with pauses: 0 to 1 every 40 ms. */
function syllables(seconds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const values: number[] = [];
  while (values.length < frameRate * seconds) {
    const [length, level] = [3 + Math.floor(5 * random()), 0.3 + 0.7 * random()];
    for (let i = 0; i < length; i++) values.push(level * Math.sin((Math.PI * (i + 0.5)) / length));
    for (let i = Math.floor(4 * random()); i > 0; i--) values.push(0);
  }
  return values.slice(0, frameRate * seconds);
}

/** Opens a mouth by `openPx`: what is under the line between the lips moves down, the gap is dark. */
function openMouth({ width, data }: Frame, still: Uint8Array, { landmarks }: Face, openPx: number): void {
  const x = (i: number) => landmarks[2 * i]!;
  const y = (i: number) => landmarks[2 * i + 1]!;
  const sag = (y(62) + y(66) - y(60) - y(64)) / 2;
  const [middle, half] = [(x(60) + x(64)) / 2, (x(64) - x(60)) / 2];
  const end = y(8) + 2;
  for (let column = Math.ceil(middle - half); column < middle + half; column++) {
    const along = (column - x(60)) / (x(64) - x(60));
    const line = y(60) + along * (y(64) - y(60)) + sag * (1 - (2 * along - 1) ** 2);
    const gap = openPx * Math.cos((Math.PI / 2) * ((column - middle) / half));
    for (let row = Math.ceil(line); row < end; row++) {
      const depth = row - line;
      const from = row - gap * Math.max(0, 1 - depth / (end - line));
      const dark = from < line;
      const [above, part] = [Math.floor(from), from - Math.floor(from)];
      const mixed = still[above * width + column]! * (1 - part) + still[(above + 1) * width + column]! * part;
      data[row * width + column] = dark ? 35 : Math.round(mixed);
    }
  }
}

describe("two faces and one voice", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  it("is given to the one whose mouth moves with it, by turns, and to nobody wrongly", async () => {
    await using models = await openProductModels();
    const networks = await loadNetworks(models, pipelines.multimodal);
    const config = { ...analysisConfigSchema.parse({}), timing: live };
    const clip = await makePhotoClip(path.join(folder.path, "two.mp4"), [
      { photo: "sample1.jpg", seconds: 0.2, from: [200, 150], to: [200, 150] },
    ]);
    const info = await probeMedia(clip);
    let first: Frame | undefined;
    for await (const frame of decodeFrames(clip, info)) first ??= { ...frame, data: frame.data.slice() };
    const photo = first!;
    let faces: Face[] = [];
    for await (const { line } of visual(networks, config, timeless)(Readable.from([photo])))
      faces = line.faces;
    assert.equal(faces.length, 2);

    const said = syllables(2 * turnS, 11);
    const other = syllables(2 * turnS, 12);
    const speaks = (track: number, i: number) => (i < frameRate * turnS ? 0 : 1) === track - 1;
    function* film(): Generator<Frame> {
      for (let index = 0; index < said.length; index++) {
        const frame = { ...photo, index, timeMs: (1000 * index) / frameRate, data: photo.data.slice() };
        for (const face of faces) {
          const open = (speaks(face.track, index) ? said : other)[index]!;
          openMouth(frame, photo.data, face, 0.2 * face.box[2] * open);
        }
        yield frame;
      }
    }
    const voice = synthesizeVoice(2 * turnS, sampleRateHz).map((sample, i) => {
      const at = (i * frameRate) / sampleRateHz;
      const [k, part] = [Math.floor(at), at - Math.floor(at)];
      return sample * ((said[k] ?? 0) * (1 - part) + (said[k + 1] ?? 0) * part);
    });
    const chunks: AudioChunk[] = [{ timeMs: 0, sampleRateHz, samples: voice }];

    const { open } = await pipelineKinds.multimodal.load(models, {}, "live");
    const onFaceView = () => Promise.resolve();
    const options = { ...config, frameRate, timing: { ...live, join: inOrder }, onFaceView };
    const input = { frames: Readable.from(film()), sound: Readable.from(chunks) };
    const lines: SpeechLine[] = [];
    const fused: FusedLine[] = [];
    for await (const moment of open(options, timeless).moments(input)) {
      if (moment.speech) lines.push(moment.speech);
      fused.push(...(moment.fused ?? []));
    }

    // Half of the three seconds that are compared has to be the speaker's.
    const settledMs = 2500;
    const turns = lines.filter(({ endMs }) => endMs % (1000 * turnS) >= settledMs);
    const speakerAt = (endMs: number) => (endMs <= 1000 * turnS ? 1 : 2);
    const wrong = turns.filter(({ track, endMs }) => track !== undefined && track !== speakerAt(endMs));
    const right = turns.filter(({ track, endMs }) => track === speakerAt(endMs));
    const given = lines.map(({ endMs, track }) => `${endMs}:${track ?? "-"}`).join(" ");
    assert.equal(wrong.length, 0, given);
    assert.ok(right.length >= 0.7 * turns.length, given);
    // Whoever does not speak is fused from the face alone.
    for (const { track, timeMs, state, carried } of fused) {
      const line = lines.findLast(({ endMs }) => endMs <= timeMs);
      if (track === undefined || line?.track === undefined) continue;
      if (track !== line.track) assert.deepEqual([state, carried?.speech], ["no_speech", 0], `${timeMs}`);
      else if (line.state === "ok") assert.equal(state, "ok", `${timeMs}`);
    }
  });
});
