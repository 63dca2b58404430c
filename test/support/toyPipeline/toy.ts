import { definePipeline } from "../../../daemon/pipelines/pipeline.ts";
import type { SeeingFace, Seen } from "../../../daemon/pipelines/seen.ts";
import { eachInTurn, pipe } from "../../../daemon/pipelines/stage.ts";
import { describeFrames, seeFaces } from "../../../daemon/pipelines/visual.ts";
import { cropInto } from "../../../daemon/vision/crop.ts";
import type { Pipeline } from "../../../shared/protocol/pipelines.ts";

const side = 64;

/** What the toy does: the value that `daemon/pipelines/list.ts` gets in the tree of its test. */
export const toy = definePipeline("toy" as Pipeline, (networks, options, meter) => {
  // Only the tree of the test knows the setting.
  const { toyContrast, onFaceView } = options as typeof options & { readonly toyContrast: number };
  const rgb = new Float32Array(3 * side * side);
  const grey = (value: (i: number) => number): Uint8Array => {
    const data = new Uint8ClampedArray(1.5 * side * side).fill(128);
    for (let i = 0; i < side * side; i++) data[i] = value(i);
    return new Uint8Array(data.buffer);
  };
  const upsideDown = eachInTurn(async (seen: Seen<SeeingFace>) => {
    for (const { track, square } of seen.faces) {
      cropInto(seen.frame, square, side, side, rgb, 0, { grey: true });
      const picture = { ...seen.frame, width: side, height: side };
      const was = grey((i) => rgb[i]!);
      const shown = grey((i) => 128 + toyContrast * (rgb[side * side - 1 - i]! - 128));
      await onFaceView(track, { ...picture, data: was }, { ...picture, data: shown });
    }
    return seen;
  });
  const readFaces = pipe(seeFaces(networks, options, meter), upsideDown, describeFrames);
  return {
    moments: async function* ({ frames }) {
      for await (const frame of readFaces(frames)) yield { frame };
    },
  };
});
