import { isAppError } from "../../shared/errors.ts";
import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import type { MediaInfo, Pipeline } from "../../shared/protocol/results.ts";
import type { Model, Models } from "../inference/models.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import { decodeFrames } from "../media/decodeFrames.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import { evm, type EvmOptions } from "../pipelines/evm.ts";
import { alignEmotions } from "../pipelines/align.ts";
import { RecordedFuser } from "../pipelines/fuseRecorded.ts";
import { multimodal, type Moment } from "../pipelines/multimodal.ts";
import {
  loadSpeechNetworks,
  soundRateHz,
  speech,
  type SpeechNetworks,
  type SpeechStep,
} from "../pipelines/speech.ts";
import { loadVisualNetworks, loadNetworks, type VisualNetworks } from "../pipelines/networks.ts";
import { framesHeld, visual } from "../pipelines/visual.ts";
import type { StageTimes } from "./stageTimes.ts";

/** The networks of an analysis of one clip. */
export interface ClipNetworks extends VisualNetworks, Partial<SpeechNetworks> {
  /** Brings face and voice together; absent in pipelines that look at faces only. */
  readonly man?: Model;
}

/** Loads what the pipeline needs for this clip; sound is heard by the multimodal pipeline only. */
export async function loadClipNetworks(
  models: Models,
  pipeline: Pipeline,
  media: MediaInfo,
  { networks: chosen }: AnalysisConfig,
): Promise<ClipNetworks> {
  const faces = await loadVisualNetworks(models, chosen);
  if (pipeline !== "multimodal") return faces;
  const voices = media.audio ? await loadSpeechNetworks(models, chosen) : {};
  return { ...faces, ...voices, man: await loadNetworks(models, chosen)("man") };
}

export interface ClipOptions {
  readonly mediaPath: string;
  readonly media: MediaInfo;
  readonly config: AnalysisConfig;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
  /** Sound was decoded until this time. */
  readonly onHeard: (endMs: number) => void;
  /** Channels of the sound were out of phase; one was inverted. */
  readonly onOutOfPhase: () => void;
  /** The sound cannot be read to its end; the picture goes on without it. */
  readonly onDamagedSound: (atMs: number) => void;
  /** Of the EVM pipeline. */
  readonly onCrops: EvmOptions["onCrops"];
}

/** One frame is followed and a second one's eyes are read while the expression of a third one is. */
const framesAhead = 1;

/**
 * What happens in a clip, in order of time, by the pipeline that these networks were loaded for. Picture and sound are
 * decoded by a process each, which waits when it is ahead.
 */
export async function* clipMoments(
  networks: ClipNetworks,
  options: ClipOptions,
  times: StageTimes,
): AsyncGenerator<Moment, void, undefined> {
  const { mediaPath, media, config, ffmpeg, signal, onCrops, onHeard, onOutOfPhase, onDamagedSound } =
    options;
  const decoding = { ffmpeg, signal, maxHeight: config.maxHeight, held: framesHeld(framesAhead) };
  const seeing = { ...config, framesAhead };
  const { man, voice, speech: emotions } = networks;
  const frames: AsyncIterable<Frame> = media.video
    ? times.waits("decode", decodeFrames(mediaPath, media, decoding))
    : nothing;
  const align = alignEmotions(config.emotionSmoothingMs);
  if (man === undefined) {
    if (!media.video) return;
    const { frameRate } = media.video;
    const magnified = evm(networks, { ...seeing, frameRate, onCrops }, times)(frames);
    for await (const frame of align(magnified)) yield { frame, fused: [] };
    return;
  }
  let steps: AsyncIterable<SpeechStep> = nothing;
  if (media.audio && voice && emotions) {
    const hearing = { voice, speech: emotions };
    const sampleRateHz = soundRateHz(hearing);
    const decoded = decodeAudio(mediaPath, media, { sampleRateHz, ffmpeg, signal, onOutOfPhase });
    const sound = told(decoded, onHeard);
    const readable = media.video ? untilDamaged(sound, onDamagedSound) : sound;
    steps = speech(hearing, times)(times.waits("decode sound", readable));
  }
  yield* multimodal(
    align(visual(networks, seeing, times)(frames)),
    steps,
    new RecordedFuser(man, times, config),
  );
}

/** The sound as far as it can be read. */
async function* untilDamaged(
  sound: AsyncIterable<AudioChunk>,
  onDamaged: (atMs: number) => void,
): AsyncGenerator<AudioChunk, void, undefined> {
  let endMs = 0;
  try {
    for await (const chunk of sound) {
      yield chunk;
      endMs = chunk.timeMs + (1000 * chunk.samples.length) / chunk.sampleRateHz;
    }
  } catch (error) {
    if (!isAppError(error, "media_unreadable")) throw error;
    onDamaged(endMs);
  }
}

async function* told(
  sound: AsyncIterable<AudioChunk>,
  onHeard: (endMs: number) => void,
): AsyncGenerator<AudioChunk, void, undefined> {
  for await (const chunk of sound) {
    onHeard(chunk.timeMs + (1000 * chunk.samples.length) / chunk.sampleRateHz);
    yield chunk;
  }
}

/** Of a clip that has no picture, or no sound. */
const nothing: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
