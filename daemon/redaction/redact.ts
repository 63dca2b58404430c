import path from "node:path";
import { rename, rm, writeFile } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { RedactionSummary } from "../../shared/protocol/redaction.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { Models } from "../inference/models.ts";
import { decodeFrames } from "../media/decodeFrames.ts";
import { addSound } from "../media/addSound.ts";
import { createEncoder } from "../media/encoder.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { temporaryName } from "../media/temporaryName.ts";
import { FaceAnimator } from "./animateFaces.ts";
import { checkRedaction, type RedactionCheck } from "./checkRedaction.ts";
import { coverRegion, type CoverMode } from "./cover.ts";
import { coverFrames } from "./coverage.ts";
import { findFaces, type RedactionNetworks } from "./findFaces.ts";

export interface RedactionRequest {
  readonly mediaPath: string;
  /** Replaced if it is there. An MP4. */
  readonly out: string;
  readonly face: CoverMode | "avatar";
  /** Who of the cast stands for the first face, where faces become avatars. */
  readonly avatar?: string;
  readonly voice: "keep" | "pitch" | "remove";
  /** Tracks, as `edin analyze` numbers them, that stay as they are. */
  readonly keep: readonly number[];
}

export interface RedactionContext {
  readonly models: Models;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: AnalysisProgress & { readonly step: string }) => void;
}

/** What was covered, what can still be seen, and where the copy lies. */
export type RedactionReport = RedactionSummary & { readonly out: string };

/** Taller clips are redacted as they are; only looking for faces is bounded. */
const follow = { detectEveryFrames: 10, minPresence: 0.5, maxFaces: 32 };

/**
 * Writes a copy of a clip in which faces cannot be recognised: every face of every frame, those in doubt too, with gaps of
 * the tracking bridged; metadata, chapters and other streams are left behind. Then looks at the copy and says what can still
 * be seen.
 * @throws AppError of media and models, `not_found` for a track to keep that the clip does not have; the signal's reason on abort
 */
export async function redact(request: RedactionRequest, context: RedactionContext): Promise<RedactionReport> {
  const { models, ffmpeg, signal } = context;
  const media = await probeMedia(request.mediaPath, { ffmpeg, signal });
  if (!media.video)
    throw new AppError("no_video", `${media.name} has no picture. Nothing is to be redacted.`);
  if (media.joinedFiles !== undefined)
    throw new AppError(
      "media_unsupported",
      `${media.name} is ${media.joinedFiles} files joined one behind another, of which only the first would be covered. Take them apart, or join them with ffmpeg's concat.`,
    );
  const picture = temporaryName(request.out) + ".mp4";
  await tryPlace(picture, request.out);
  const networks: RedactionNetworks = {
    face: await models.load("face"),
    landmarks: await models.load("landmarks"),
    "face-likeness": await models.load("face-likeness"),
  };
  const animator =
    request.face === "avatar" ? await FaceAnimator.create(models, request.avatar ?? "ada") : undefined;
  const say = progress(media, context);
  const found = await findFaces(request.mediaPath, media, networks, {
    ...{ ...follow, ffmpeg, signal },
    onFrame: say("looking for faces"),
    ...(animator && { look: (frame, faces) => animator.read(frame, faces) }),
  });
  const keep = new Set(request.keep);
  for (const track of keep)
    if (!found.tracks.has(track))
      throw new AppError(
        "not_found",
        `There is no face ${track} in ${media.name}. It has ${[...found.tracks.keys()].join(", ") || "none"}.`,
      );
  const covers = coverFrames(found.frames, keep);
  try {
    await cover(request, media, covers, picture, context, { animator, onFrame: say("covering") });
    if (request.voice !== "remove")
      await addSound(picture, {
        ...{ mediaPath: request.mediaPath, media, pitch: request.voice === "pitch", ffmpeg, signal },
      });
    const check = await checkRedaction(picture, found, networks, {
      ...{ ffmpeg, signal, keep },
      onFrame: say("checking"),
    });
    await rename(picture, request.out);
    return {
      ...report(request, media, found, covers, keep, check),
      ...(animator && { kept: animator.kept }),
    };
  } finally {
    await rm(picture, { force: true });
  }
}

/** Refuses a place that cannot be written before faces are looked for, which takes long. */
async function tryPlace(temporary: string, out: string): Promise<void> {
  try {
    await writeFile(temporary, "", { flag: "wx" });
    await rm(temporary);
  } catch (cause) {
    throw new AppError("invalid_path", `${out} cannot be written. Choose another place.`, { cause });
  }
}

async function cover(
  { mediaPath, face }: RedactionRequest,
  media: MediaInfo,
  covers: ReturnType<typeof coverFrames>,
  file: string,
  { ffmpeg, signal }: RedactionContext,
  { animator, onFrame }: { animator: FaceAnimator | undefined; onFrame: (timeMs: number) => void },
): Promise<void> {
  const video = media.video!;
  let encoder;
  try {
    for await (const frame of decodeFrames(mediaPath, media, { ffmpeg, signal })) {
      encoder ??= await createEncoder(file, {
        ...{ width: frame.width, height: frame.height, frameRate: writableRate(video.frameRate) },
        ...{ matrix: frame.matrix, fullRange: frame.fullRange, ffmpeg, signal },
      });
      const list = covers[frame.index];
      // A frame that was not there before: nobody looked at it.
      if (!list)
        coverRegion(
          frame,
          { cx: frame.width / 2, cy: frame.height / 2, rx: frame.width, ry: frame.height },
          "remove",
        );
      for (const region of list ?? [])
        if (animator) await animator.cover(frame, region);
        else coverRegion(frame, region, face === "avatar" ? "blur" : face);
      await encoder.write(frame.data, frame.timeMs);
      onFrame(frame.timeMs);
    }
    await encoder?.close();
  } finally {
    await encoder?.[Symbol.asyncDispose]();
  }
}

/** Frames a second of the copy: the clip's, in bounds that players take. */
const writableRate = (rate: number): number => Math.min(120, Math.max(5, rate));

function progress(media: MediaInfo, { onProgress }: RedactionContext) {
  return (step: string) => {
    const startedMs = performance.now();
    let saidMs = 0;
    let frames = 0;
    return (timeMs: number): void => {
      frames++;
      const now = performance.now();
      if (now - saidMs < 250) return;
      saidMs = now;
      const framesPerSecond = Math.round((1000 * frames) / Math.max(1, now - startedMs));
      onProgress({ step, timeMs, durationMs: media.durationMs, frames, framesPerSecond });
    };
  };
}

function report(
  { out, face, voice }: RedactionRequest,
  media: MediaInfo,
  { frames, tracks }: Awaited<ReturnType<typeof findFaces>>,
  covers: ReturnType<typeof coverFrames>,
  keep: ReadonlySet<number>,
  check: RedactionCheck,
): RedactionReport {
  return {
    out: path.resolve(out),
    face,
    voice: media.audio ? voice : "none",
    frames: frames.length,
    coveredFrames: covers.filter((list) => list.length > 0).length,
    bridgedFrames: covers.filter((list, i) => list.length > 0 && frames[i]!.faces.length === 0).length,
    tracks: [...tracks].map(([track, { firstMs, lastMs }]) => ({
      track,
      firstMs,
      lastMs,
      kept: keep.has(track),
    })),
    check,
  };
}
