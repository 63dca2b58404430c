import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import type { MovedAvatar } from "../../shared/protocol/live.ts";
import type { Task } from "../../shared/protocol/models.ts";
import { aboutPipeline, type Pipeline, type pipelines } from "../../shared/protocol/pipelines.ts";
import type { Track } from "../../shared/protocol/results.ts";
import type { ModelFolders } from "../inference/manifest.ts";
import type { Model, Models } from "../inference/models.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import type { VoiceTurn } from "../speech/diarise.ts";
import type { Moment } from "./moment.ts";
import type { Meter } from "./meter.ts";
import { loadNetworks, type ChosenNetworks, type Networks } from "./networks.ts";
import type { Timing } from "./timing.ts";

/** Pictures and sound on one clock. */
export interface Heard {
  readonly frames: AsyncIterable<Frame>;
  /** Absent where there is none, or where the pipeline looks at faces only. */
  readonly sound?: AsyncIterable<AudioChunk> | undefined;
}

/**
 * Takes a face's picture as it was and as the pipeline shows it; both buffers are free again when it has answered. `moved`:
 * what the picture of a drawn head was drawn by.
 */
export type OnFaceView = (track: number, original: Frame, shown: Frame, moved?: MovedAvatar) => Promise<void>;

/** How a pipeline is opened: the settings of the analysis, and what differs between a clip and a live source. */
export interface PipelineOptions extends AnalysisConfig {
  /** Of the clip or the source, frames a second. */
  readonly frameRate: number;
  readonly timing: Timing;
  /** Pictures that do not follow one another in time. */
  readonly stills?: boolean;
  readonly onFaceView: OnFaceView;
}

/** What a pipeline says at the end of a clip, beside its moments. */
export interface Ending {
  /** By track. */
  readonly tracks: ReadonlyMap<number, Partial<Track>>;
  /** Who speaks when, in order; absent where voices were not told apart. */
  readonly turns?: readonly VoiceTurn[] | undefined;
  readonly notes: readonly string[];
}

/** A pipeline at work on one clip or one live source. */
export interface OpenPipeline {
  /** The rate at which it takes sound; other rates are resampled. Absent where it hears nothing. */
  readonly soundRateHz?: number | undefined;
  /** What happens, in order. The composition of stages is the same for clips and live sources. */
  readonly moments: (input: Heard) => AsyncIterable<Moment>;
  /** Called after the last moment of a clip. */
  readonly finish?: () => Ending;
}

/** A pipeline whose networks are loaded. */
export interface LoadedPipeline {
  readonly networks: readonly Model[];
  /** @throws AppError `frame_rate_too_low`, `invalid_config` for settings that do not fit, before the first frame */
  readonly open: (options: PipelineOptions, meter: Meter) => OpenPipeline;
}

/** What there is to hear: all of a clip's sound, or a live source's as it comes. */
export type Sound = "none" | "clip" | "live";

/** A pipeline as a value. */
export interface PipelineKind {
  /**
   * Loads its networks; those that hear only where there is sound, those that hear all of it only for a clip.
   * @throws AppError of {@link loadNetworks}
   */
  readonly load: (models: Models, chosen: ChosenNetworks, sound: Sound) => Promise<LoadedPipeline>;
}

type About<P extends Pipeline> = (typeof pipelines)[P];
type Tasks<T extends readonly Task[]> = T[number];
/** The networks that a pipeline's entry in the table names. */
export type NetworksOf<P extends Pipeline> = Networks<
  Tasks<About<P>["needs"]>,
  Tasks<About<P>["uses"]> | Tasks<About<P>["hears"]> | Tasks<About<P>["hearsWhole"]>
>;

/** Joins what a pipeline does with the entry that says which networks it takes. */
export function definePipeline<P extends Pipeline>(
  name: P,
  open: (
    networks: NetworksOf<P>,
    options: PipelineOptions,
    meter: Meter,
    folders: ModelFolders,
  ) => OpenPipeline,
): PipelineKind {
  const { needs, uses, hears, hearsWhole } = aboutPipeline(name);
  return Object.freeze({
    load: async (models, chosen, sound) => {
      const networks = await loadNetworks(
        models,
        {
          needs: sound === "none" ? needs : [...needs, ...hears],
          uses: sound === "clip" ? [...uses, ...hearsWhole] : uses,
        },
        chosen,
      );
      return {
        networks: Object.values(networks),
        open: (options, meter) => open(networks, options, meter, models.folders),
      };
    },
  } satisfies PipelineKind);
}
