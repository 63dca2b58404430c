import assert from "node:assert/strict";
import path from "node:path";
import esbuild from "esbuild";
import type { Browser, Page } from "playwright-core";
import { AvatarRenderer } from "../../daemon/avatar/draw.ts";
import { findAvatar, openHead } from "../../daemon/avatar/library.ts";
import type { AvatarState } from "../../shared/avatar/head.ts";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import { packHead } from "../../shared/avatar/packHead.ts";
import { startLive } from "../../shared/protocol/live.ts";
import { makeClip } from "../integration/media/clips.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";

const root = path.join(import.meta.dirname, "../..");
/** Chromium's own graphics card of software: what WebGL needs where there is no other. */
const software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

describe("avatars in the live view", function () {
  this.timeout(300_000);

  describe("heads drawn by WebGL, against the daemon's rasteriser", () => {
    const size = 96;
    let browser: Browser;
    let page: Page;
    before(async () => {
      const bundle = await esbuild.build({
        stdin: {
          contents: `
            export { HeadRenderer } from "./webview/draw/headRenderer.ts";
            export { unpackHead } from "./shared/avatar/packHead.ts";`,
          resolveDir: root,
        },
        ...{ bundle: true, write: false, format: "iife", globalName: "edin" },
      });
      browser = await launchChromium(...software);
      page = await browser.newPage();
      await page.addScriptTag({ content: bundle.outputFiles[0]!.text });
    });
    after(() => browser.close());

    const stateOf = (shapes: Partial<Record<BlendShape, number>>, yaw: number, gaze: number): AvatarState => {
      const weights = new Float32Array(blendShapes.length);
      for (const [name, weight] of Object.entries(shapes))
        weights[blendShapeIndex[name as BlendShape]] = weight;
      return { weights, pose: { yaw, pitch: 0.1, roll: -0.05 }, gaze: { pitch: 0.1, yaw: gaze } };
    };
    for (const [name, state] of [
      ["ada", stateOf({}, 0, 0)],
      ["egon", stateOf({ mouthSmileLeft: 1, mouthSmileRight: 0.8, eyeBlinkRight: 1 }, -0.2, 0.2)],
      ["gob", stateOf({ browDownLeft: 1, browDownRight: 1, noseSneerLeft: 0.6, jawOpen: 0.5 }, 0.4, 0)],
      ["jori", stateOf({ jawOpen: 0.6, browInnerUp: 1, eyeWideLeft: 1 }, 0.1, -0.3)],
    ] as const)
      it(`${name} has the same pixels`, async () => {
        const head = await openHead(await findAvatar({ modelsDir: path.join(root, "models") }, name));
        const expected = new AvatarRenderer(head, size).draw(state);
        const packed = packHead(head);
        const drawn = await page.evaluate(drawHere, {
          ...{ head: packed.head, data: Buffer.from(packed.data).toString("base64"), size },
          state: { ...state, weights: [...state.weights] },
        });
        assert.equal(drawn.length, expected.length);
        let sum = 0;
        let far = 0;
        for (const [k, value] of expected.entries()) {
          const off = Math.abs(value - drawn[k]!);
          sum += off;
          if (off > 8) far++;
        }
        // A pixel on an edge falls to the one or the other side.
        assert.ok(sum / drawn.length < 0.4, `mean difference ${sum / drawn.length} grey levels`);
        assert.ok(far / drawn.length < 0.01, `${far} values of ${drawn.length} differ by more than 8`);
      });
  });

  describe("of a face that goes", () => {
    let daemon: TestDaemon;
    let clip: string;
    before(async () => {
      daemon = await TestDaemon.start();
      const face = await makePhotoClip(path.join(daemon.folder, "face.mp4"), 4);
      clip = path.join(daemon.folder, "gone.mp4");
      await makeClip(
        clip,
        "-i",
        face,
        "-vf",
        "tpad=stop_duration=30:color=black",
        "-an",
        "-pix_fmt",
        "yuv420p",
      );
    });
    after(() => daemon[Symbol.asyncDispose]());

    for (const { where, flags, drawn } of [
      { where: "are drawn in the page", flags: software, drawn: "here" },
      { where: "without WebGL are the daemon's pictures", flags: ["--disable-3d-apis"], drawn: "by-daemon" },
    ] as const)
      it(`${where}, and say at rest that the face is lost`, async () => {
        const browser = await launchChromium(...flags);
        try {
          const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
          const problems: string[] = [];
          page.on("pageerror", (error) => problems.push(error.message));
          page.on("console", (message) => {
            if (message.type() === "error") problems.push(message.text());
          });
          await page.goto(await daemon.pageUrl());
          await page.getByRole("heading", { name: "Analyses" }).waitFor();
          const { session } = await daemon.call(startLive, {
            source: { kind: "file", path: clip },
            pipeline: "avatar",
          });
          await page.goto(`${new URL(page.url()).origin}/#/live/${session.id}`);
          const view = page.locator(`.face-view canvas[data-drawn=${drawn}]`).first();
          await view.waitFor({ timeout: 120_000 });
          // The strip that says so is dark and grey, at the lower edge of the right half.
          await page.waitForFunction(isLost, undefined, { timeout: 120_000 });
          assert.equal(await view.count(), 1);
          assert.deepEqual(problems, []);
        } finally {
          await browser.close();
        }
      });
  });
});

/** In the page: the pixels of a head as RGB. */
function drawHere({
  head,
  data,
  size,
  state,
}: {
  head: object;
  data: string;
  size: number;
  state: { weights: number[] };
}): number[] {
  interface Edin {
    readonly HeadRenderer: {
      create(size: number): {
        readonly canvas: HTMLCanvasElement;
        draw(head: unknown, state: object, away: boolean): boolean;
      };
    };
    readonly unpackHead: (packed: object) => unknown;
  }
  const { HeadRenderer, unpackHead } = (globalThis as unknown as { edin: Edin }).edin;
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const renderer = HeadRenderer.create(size);
  const moved = { ...state, weights: Float32Array.from(state.weights) };
  if (!renderer.draw(unpackHead({ head, data: bytes }), moved, false)) throw new Error("nothing is drawn");
  const flat = document.createElement("canvas");
  flat.width = flat.height = size;
  const context = flat.getContext("2d")!;
  context.drawImage(renderer.canvas, 0, 0);
  const { data: rgba } = context.getImageData(0, 0, size, size);
  return [...rgba].filter((_, k) => k % 4 !== 3);
}

/** In the page: whether the avatar of a face is grey and bears the strip. */
function isLost(): boolean {
  const canvas = document.querySelector<HTMLCanvasElement>(".face-view canvas");
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return false;
  const { width, height } = canvas;
  const at = (x: number, y: number): Uint8ClampedArray => context.getImageData(x, y, 1, 1).data;
  const strip = at(width / 2 + 4, height - 4);
  const cheek = at(0.75 * width, 0.55 * height);
  const grey = ([r, g, b]: Uint8ClampedArray): boolean => Math.abs(r! - g!) < 12 && Math.abs(g! - b!) < 12;
  return grey(strip) && strip[0]! < 60 && grey(cheek);
}
