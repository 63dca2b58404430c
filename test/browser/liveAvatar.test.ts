import assert from "node:assert/strict";
import path from "node:path";
import esbuild from "esbuild";
import type { Browser, Page } from "playwright-core";
import { AvatarRenderer } from "../../daemon/avatar/draw.ts";
import { findAvatar, openHead } from "../../daemon/avatar/library.ts";
import type { AvatarState } from "../../shared/avatar/head.ts";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import { packHead } from "../../shared/avatar/packHead.ts";
import { startLive, stopLive } from "../../shared/protocol/live.ts";
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

  it("are drawn in the page where it has WebGL, and else are the daemon's pictures; a face that leaves is lost, in grey, until it is back", async () => {
    await using daemon = await TestDaemon.start();
    const { session } = await daemon.call(startLive, {
      source: { kind: "file", path: await makeLeavingClip(daemon.folder) },
      pipeline: "avatar",
    });
    for (const [drawn, ...flags] of [
      ["here", ...software],
      ["by-daemon", "--disable-3d-apis"],
    ] as const) {
      const browser = await launchChromium(...flags);
      try {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        const refused: string[] = [];
        page.on("pageerror", (error) => refused.push(error.message));
        page.on("console", (message) => {
          if (message.text().includes("Security Policy")) refused.push(message.text());
        });
        await page.goto(await daemon.pageUrl());
        await page.getByRole("heading", { name: "Analyses" }).waitFor();
        await page.evaluate((id) => (location.hash = `#/live/${id}`), session.id);
        const first = page.locator(`.face-view canvas[data-drawn=${drawn}]`).first();
        await first.waitFor({ timeout: 100_000 });
        for (const shown of ["there", "lost", "there"] as const)
          await page.waitForFunction(avatarLooks, { drawn, shown }, { timeout: 60_000, polling: "raf" });
        assert.deepEqual(refused, []);
      } finally {
        await browser.close();
      }
    }
    await daemon.call(stopLive, { id: session.id });
  });
});

/** Three seconds of a face and three of darkness, over and over. */
async function makeLeavingClip(folder: string): Promise<string> {
  const face = await makePhotoClip(path.join(folder, "face.mp4"), 3);
  const leaves = path.join(folder, "leaves.mp4");
  const dark = ["-vf", "tpad=stop_duration=3:color=black"];
  await makeClip(leaves, "-i", face, ...dark, "-an", "-pix_fmt", "yuv420p", "-preset", "veryfast");
  return makeClip(path.join(folder, "long.mp4"), "-stream_loop", "99", "-i", leaves, "-c", "copy");
}

/**
 * In the page: an avatar is in colour and its accessible name says nothing, or it is grey, has light letters on the dark strip at
 * its lower edge, and its name says the same.
 */
function avatarLooks({ drawn, shown }: { drawn: string; shown: "there" | "lost" }): boolean {
  return [...document.querySelectorAll<HTMLCanvasElement>(`.face-view canvas[data-drawn=${drawn}]`)].some(
    (canvas) => {
      const side = canvas.height;
      const { data } = canvas.getContext("2d")!.getImageData(side, 0, side, side);
      let chroma = 0;
      let [dark, light] = [0, 0];
      for (let k = 0; k < data.length; k += 4) {
        const [r, g, b] = [data[k]!, data[k + 1]!, data[k + 2]!];
        chroma += Math.max(r, g, b) - Math.min(r, g, b);
        if (k < 4 * side * (side - 40)) continue;
        if (g < 60) dark++;
        else if (g > 190) light++;
      }
      const grey = (4 * chroma) / data.length < 3;
      // Of 40 rows by the strip's eleven dots, and of them the letters.
      const said = dark > 20 * side && light > 2 * side;
      const named = canvas.getAttribute("aria-label")!.endsWith("the face is lost");
      return shown === "lost" ? grey && said && named : !grey && !named;
    },
  );
}

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
