import type { Correction } from "../../../shared/protocol/corrections.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import type { FrameStore } from "../../data/frameStore.ts";

/** Room around a face that its place holds too, as a share of the face. */
const room = 0.1;

/** Takes the place of a face at a time out of the whole clip: of a poster, say. undefined where the face is not seen then. */
export function placeOfFace(
  { media: { video, durationMs } }: Analysis,
  frames: FrameStore,
  track: number,
  timeMs: number,
): Correction | undefined {
  const face = frames.facesOf(frames.frameAt(timeMs)).find((one) => one.track === track);
  if (video === undefined || face === undefined) return undefined;
  const [x, y, width, height] = face.box;
  const share = (value: number, whole: number): number => Math.min(1, Math.max(0, value / whole));
  const left = share(x - room * width, video.width);
  const top = share(y - room * height, video.height);
  const right = share(x + (1 + room) * width, video.width);
  const bottom = share(y + (1 + room) * height, video.height);
  return {
    ...{ action: "exclude", startMs: 0, endMs: Math.max(durationMs, 1) },
    region: [left, top, right - left, bottom - top],
  };
}
