import { stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { round } from "../../shared/round.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { Task } from "../../shared/protocol/models.ts";
import { aboutPipeline, faceClipKind, type Pipeline } from "../../shared/protocol/pipelines.ts";
import type { Analysis, AnalysisEvent, FrameLine, MediaInfo } from "../../shared/protocol/results.ts";
import type { Model, Models } from "../inference/models.ts";
import { runtimeVersion } from "../inference/session.ts";
import { defaultFfmpeg, type Ffmpeg } from "../media/ffmpeg.ts";
import { offsetNote } from "../media/offset.ts";
import { listPictures, picturesContainer } from "../media/pictures.ts";
import { probeMedia } from "../media/probe.ts";
import { calibrationNotes } from "../pipelines/gazeCalibration.ts";
import { pipelineKinds } from "../pipelines/list.ts";
import type { OnFaceView } from "../pipelines/pipeline.ts";
import { recorded, recordedTogether } from "../pipelines/timing.ts";
import { FaceClips } from "../results/faceClips.ts";
import { ResultWriter, type Circumstances } from "../results/resultWriter.ts";
import { version } from "../version.ts";
import { ClipHash } from "./clipHash.ts";
import { parseConfig } from "./config.ts";
import { DecodedLength } from "../results/decodedLength.ts";
import { clipMoments } from "./moments.ts";
import { chooseSoundTrack, unreadableSoundNotes } from "./soundTrack.ts";
import { StageTimes } from "./stageTimes.ts";

export interface AnalysisRequest {
  readonly id: string;
  readonly mediaPath: string;
  /** Made if it is not there; results of an earlier run in it are replaced. */
  readonly outDir: string;
  readonly pipeline: Pipeline;
  /** Settings as {@link analysisConfigSchema} knows them; those left out get their defaults. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Prompts and answers of the interview that the clip is of. */
  readonly segments?: readonly AnalysisEvent[];
}

export interface AnalysisContext {
  readonly models: Models;
  /** Absent: the npm packages' programs. */
  readonly ffmpeg?: Ffmpeg | undefined;
  readonly signal: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress: (progress: AnalysisProgress) => void;
  /** Called for each frame, in order. */
  readonly onFrame?: (line: FrameLine) => void;
}

const progressEveryMs = 250;

/**
 * Analyses a clip and writes `analysis.json`, `frames.jsonl`, `speech.jsonl`, `fused.jsonl` and `mel.jsonl` into the
 * folder, all or none. The lines of the same clip repeat byte for byte on the cpu. Memory does not grow with the clip.
 * @throws AppError of media, models and files; the signal's reason on abort.
 */
export async function runAnalysis(request: AnalysisRequest, context: AnalysisContext): Promise<Analysis> {
  const startedAt = new Date();
  const { models, signal } = context;
  const { pipeline: name } = request;
  const config = parseConfig(request.config);
  const ffmpeg = context.ffmpeg ?? (await defaultFfmpeg());
  const { audioTrack } = config;
  const stateBefore = await fileState(request.mediaPath);
  const probed = await probeMedia(request.mediaPath, { ffmpeg, signal, audioTrack });
  const pictures = probed.container === picturesContainer ? await listPictures(request.mediaPath) : undefined;
  const { faceView } = aboutPipeline(name);
  if (pictures !== undefined && faceView !== undefined)
    throw new AppError("invalid_request", "Pictures do not move: choose the pipeline multimodal for them.");
  await using hash = new ClipHash(pictures ?? [request.mediaPath], probed.sizeBytes);
  const { networks, open } = await pipelineKinds[name].load(
    models,
    config.networks,
    probed.audio === undefined ? "none" : "clip",
  );
  const voice = networks.find(({ entry }) => entry.task === "voice");
  const { media, notes: soundNotes } =
    voice === undefined
      ? { media: probed, notes: [] }
      : await chooseSoundTrack(request.mediaPath, probed, audioTrack, voice, { ffmpeg, signal });
  await using results = await ResultWriter.create(request.outDir);

  const times = new StageTimes();
  const progress = new Progress(media.durationMs, hash, context.onProgress);
  const frameRate = media.video?.frameRate ?? 1;
  const stills = pictures !== undefined;
  await using clips =
    faceView &&
    new FaceClips(request.outDir, {
      ...faceClipKind(name, config),
      ...{ name: faceView.name, frameRate, ffmpeg, signal },
    });
  const onFaceView: OnFaceView = async (track, original, shown) => clips?.write(track, original, shown);
  const timing = networks.every(({ provider }) => provider === "cpu") ? recorded : recordedTogether;
  const pipeline = open({ ...config, frameRate, timing, stills, onFaceView }, times);
  const length = new DecodedLength();
  let damagedSoundMs: number | undefined;
  const sizes: number[] = [];
  const channels = { outOfPhase: false, turnedDownDb: 0, offset: 0 };
  const options = {
    ...{ mediaPath: request.mediaPath, media, maxHeight: config.maxHeight, ffmpeg, signal, timing },
    onHeard: (endMs: number) => length.hear(endMs),
    onOutOfPhase: () => (channels.outOfPhase = true),
    onTurnedDown: (decibels: number) => (channels.turnedDownDb = decibels),
    onOffset: (share: number) => (channels.offset = share),
    onOtherSize: (timeMs: number) => sizes.push(timeMs),
    onDamagedSound: (atMs: number) => (damagedSoundMs = atMs),
  };
  for await (const { frame, sound, speech, fused = [] } of clipMoments(pipeline, options, times)) {
    signal.throwIfAborted();
    if (frame !== undefined) {
      const { line } = frame;
      const file = pictures && path.basename(pictures[line.index]!);
      length.see(line.timeMs);
      await results.frame(file === undefined ? frame : { ...frame, line: { ...line, file } }, !stills);
      context.onFrame?.(line);
      progress.frame(line.timeMs);
    }
    if (sound !== undefined) {
      await results.sound(sound, speech);
      if (!media.video) progress.sound(sound.endMs);
    }
    for (const line of fused) await results.fused(line);
  }
  const sha256 = await hash.value(signal, () => progress.finish(), progressEveryMs);
  progress.finish();
  const changed = (await fileState(request.mediaPath)) !== stateBefore;
  const found = length.finish(media);

  const circumstances: Circumstances = {
    ...{ id: request.id, pipeline: name, media: { ...found.media, sha256 }, config },
    device: { provider: networks[0]!.provider, fallThrough: [...models.fallThrough] },
    models: describeNetworks(networks),
    versions: versions(ffmpeg),
    run: { startedAt, framesPerSecond: progress.framesPerSecond, stages: times.report() },
    ...(clips && { clips: await clips.close({ mediaPath: request.mediaPath, media: found.media }) }),
    hears: media.audio !== undefined && pipeline.soundRateHz !== undefined,
    ending: pipeline.finish?.(),
    moreEvents: request.segments ?? [],
    notes: [
      ...notes(name, media, networks),
      ...calibrationNotes(config, networks),
      ...(changed
        ? [
            "The clip changed while it was analysed, as one that is still being recorded or copied: these results are of no state of it for certain. Analyse it again when it is complete.",
          ]
        : []),
      ...(clips?.notes ?? []),
      ...soundNotes,
      ...(pictures === undefined ? found.notes : picturesNotes(pictures.length)),
      ...(channels.outOfPhase
        ? ["Channels of the sound are out of phase: one was inverted, so that voices do not cancel."]
        : []),
      ...(channels.offset > 0 ? [offsetNote(channels.offset)] : []),
      ...(channels.turnedDownDb > 0
        ? [
            `The sound goes beyond full scale, as floating-point recordings may: it was turned down by ${channels.turnedDownDb.toFixed(1)} dB.`,
          ]
        : []),
      ...(sizes.length === 0
        ? []
        : [
            `The picture changes its size or format in mid-clip (${sizes.length === 1 ? "" : `${sizes.length} times, first `}at ${(sizes[0]! / 1000).toFixed(1)} s): each was brought to ${media.video?.width} x ${media.video?.height}.`,
          ]),
      ...(damagedSoundMs === undefined
        ? []
        : [`The sound is damaged: nothing was heard after ${(damagedSoundMs / 1000).toFixed(1)} s.`]),
    ],
  };
  return await results.finish(circumstances, signal);
}

/** Differs after somebody wrote into the file. */
async function fileState(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined ? "" : `${found.size} ${found.mtimeMs}`;
}

/** What made the results: EDIN, Node, the runtime of the networks and ffmpeg. */
export function versions(ffmpeg: Ffmpeg): Analysis["versions"] {
  return {
    edin: version,
    node: process.versions.node,
    onnxruntime: runtimeVersion,
    ffmpeg: ffmpeg.version,
  };
}

/** Which networks were used, for the results. */
export function describeNetworks(networks: readonly Model[]): Analysis["models"] {
  return networks.map(({ entry: { task, id, sha256, calibration } }) => ({
    ...{ task, id, sha256 },
    ...(calibration && { calibration }),
  }));
}

/** What is missing of the results where a task has no network. */
const absences: Partial<Record<Task, string>> = {
  "eye-state": "eye state and blinks",
  gaze: "gaze",
  expression: "expression and emotion",
};

const picturesNotes = (count: number): string[] => [
  count === 1
    ? "This is a picture: there are no blinks, no glances and no voice, and its time means nothing."
    : `These are ${count} pictures, each read by itself: one a second stands for their order, the field file for their names. Nothing is smoothed, and there are no blinks, no glances and no voice.`,
];

/** What a user should know about this analysis. */
function notes(pipeline: Pipeline, media: MediaInfo, networks: readonly Model[]): string[] {
  const { uses, hears } = aboutPipeline(pipeline);
  const there = new Set(networks.map(({ entry }) => entry.task));
  const enhanced = (["eec", "eye-state", "gaze"] as const).every((task) => there.has(task));
  return [
    ...(media.joinedFiles === undefined
      ? []
      : [
          `These are ${media.joinedFiles} files joined one behind another: only the first was read for certain. Take them apart, or join them with ffmpeg's concat.`,
        ]),
    ...pictureNotes(media.video),
    ...(media.orderedChapters
      ? [
          "The clip has ordered chapters: players show its parts in the order of the chapters and may leave some out. It was read from its beginning to its end, and times are those of the file.",
        ]
      : []),
    ...(media.linkedFiles
      ? [
          "The clip is linked to other files, which players show as one with it: only this file was read. Join them first (mkvmerge does so).",
        ]
      : []),
    ...(media.laterPictures === undefined
      ? []
      : [
          `${media.laterPictures} more pictures stand behind the first of a file (an animation, or pages) and were not read. Save them as a clip, or as files of their own.`,
        ]),
    ...(media.video ? [] : ["The clip has no picture: there are no faces."]),
    ...((media.video?.tracks ?? 1) > 1
      ? [`The clip has ${media.video!.tracks} pictures: only picture ${media.video!.track} was looked at.`]
      : []),
    ...(media.audio || media.soundTracks || media.container === picturesContainer
      ? []
      : ["The clip has no sound: there is no voice, and the fused emotion is that of the face."]),
    ...(media.audio ? [] : unreadableSoundNotes(media.soundTracks ?? [])),
    ...(media.audio && hears.length === 0
      ? ["This pipeline looks at faces only: sound was not analysed."]
      : []),
    ...uses
      .filter((task) => !there.has(task))
      .flatMap((task) => absences[task] ?? [])
      .map((what) => `There is no network for ${what}: these fields are absent.`),
    ...(there.has("expression") && !enhanced
      ? ["The emotion is the expression, smoothed over time; gaze and blinks do not enter it."]
      : []),
  ];
}

/** What of the way a picture is stored may change what is read from it. */
function pictureNotes(video: MediaInfo["video"]): string[] {
  if (video === undefined) return [];
  const { hdr, interlaced, stereo3d } = video;
  return [
    ...(interlaced
      ? [
          "The picture is interlaced: it was deinterlaced, so that the two moments in each frame do not tear eyes and mouths. Fast movement is seen half as often as the fields were recorded.",
        ]
      : []),
    ...(hdr
      ? [
          `The picture is HDR (${hdr.toUpperCase()}): its brightness was read as it is stored, faces look paler than to the networks' liking. Convert it to SDR (tone mapping) where figures matter.`,
        ]
      : []),
    ...(stereo3d === undefined
      ? []
      : [`The picture holds two views (${stereo3d}): each person is seen twice. Cut one view out first.`]),
  ];
}

/** Reports how far the analysis is, a few times a second. */
class Progress {
  readonly #start = performance.now();
  readonly #durationMs: number;
  readonly #hash: Pick<ClipHash, "share">;
  readonly #report: (progress: AnalysisProgress) => void;
  #reported = 0;
  #timeMs = 0;
  #frames = 0;

  constructor(
    durationMs: number,
    hash: Pick<ClipHash, "share">,
    report: (progress: AnalysisProgress) => void,
  ) {
    this.#durationMs = durationMs;
    this.#hash = hash;
    this.#report = report;
  }

  get framesPerSecond(): number {
    const seconds = (performance.now() - this.#start) / 1000;
    return seconds > 0 ? Math.round((this.#frames / seconds) * 10) / 10 : 0;
  }

  frame(timeMs: number): void {
    this.#frames++;
    this.sound(timeMs);
  }

  /** The sound of a clip without a picture. */
  sound(timeMs: number): void {
    this.#timeMs = Math.max(0, timeMs);
    const now = performance.now();
    if (now - this.#reported < progressEveryMs) return;
    this.#reported = now;
    this.finish();
  }

  finish(): void {
    this.#report({
      timeMs: this.#timeMs,
      durationMs: Math.max(this.#durationMs, this.#timeMs),
      frames: this.#frames,
      framesPerSecond: this.framesPerSecond,
      hashedShare: round(this.#hash.share, 3),
    });
  }
}
