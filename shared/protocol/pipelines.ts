import * as z from "zod";
import { avatarSchema, type AvatarSettings } from "./avatarSettings.ts";
import { magnificationSchema } from "./magnification.ts";
import type { Task } from "./models.ts";
import { flag } from "./settingFlags.ts";

/** What every process needs to know of a pipeline; `daemon/pipelines/list.ts` has what it does. */
export interface PipelineAbout {
  /** In menus and tables. */
  readonly title: string;
  /** One sentence: what it reads, and from what. */
  readonly summary: string;
  /** Tasks whose networks it cannot do without. */
  readonly needs: readonly Task[];
  /** Tasks whose networks it uses where there is one; without it their fields are absent. */
  readonly uses: readonly Task[];
  /** Tasks that it needs where there is sound; of a pipeline that looks at faces only, none. */
  readonly hears: readonly Task[];
  /** Tasks that it uses for the sound of clips beside those: what they say needs all of it, so no live source has it. */
  readonly hearsWhole: readonly Task[];
  /** Whether it runs on a live source. */
  readonly live: boolean;
  /** Why these settings cannot run live, for the user; absent where all of them can. */
  readonly liveFault?: (config: never) => string | undefined;
  /** It shows each face in a picture of its own, which is stored as a clip. */
  readonly faceView?: FaceView;
  /** Settings that it adds to those of every analysis. */
  readonly settings: Readonly<Record<string, z.ZodType>>;
}

/** How a pipeline shows a face beside the face as it was. */
export interface FaceView {
  /** Begins the names of its files: `magnified-1.mp4`. */
  readonly name: string;
  /** As in a heading. */
  readonly title: string;
  /** As in "as it was on the left, magnified on the right". */
  readonly caption: string;
  /** What its files hold with these settings; absent: the face as it was beside it, without sound. */
  readonly clip?: (config: never) => FaceClipKind;
}

/** What the clip of a face holds. */
export interface FaceClipKind {
  /** The face as it was stands on the left; else only what the pipeline shows is there. */
  readonly beside: boolean;
  /** The clip's own sound goes along. */
  readonly sound: boolean;
}

const visualTasks = {
  needs: ["face", "landmarks"],
  uses: ["eye-state", "gaze", "expression", "eec"],
} as const;

/**
 * The pipelines, by the name that files, requests and flags have for them. Menus, choices, schemas and forms derive from this
 * table: a new pipeline is an entry here and one in `daemon/pipelines/list.ts`.
 */
export const pipelines = Object.freeze({
  multimodal: {
    title: "Multimodal",
    summary: "Face, eyes, gaze and voice, brought together to one emotion.",
    needs: [...visualTasks.needs, "man"],
    uses: visualTasks.uses,
    hears: ["voice", "speech"],
    hearsWhole: ["speaker"],
    live: true,
    settings: {
      fusedStepMs: z
        .number()
        .min(20)
        .max(10_000)
        .default(100)
        .describe("Face and voice are brought together once in every step of this length, milliseconds."),
      voices: flag(
        "--voices <n>",
        z
          .int()
          .min(1)
          .max(8)
          .optional()
          .describe("How many people speak in a clip; absent: as many as are heard, up to four."),
      ),
    },
  },
  evm: {
    title: "Motion magnification",
    summary: "Small motions of each face are magnified, and the emotion is read from the magnified face.",
    needs: visualTasks.needs,
    uses: [...visualTasks.uses, "micro-expression"],
    hears: [],
    hearsWhole: [],
    live: true,
    liveFault: ({ magnification }: { readonly magnification: z.infer<typeof magnificationSchema> }) =>
      magnification.filter === "ideal"
        ? "The ideal filter looks ahead, which a live source cannot. Ask for filter iir."
        : undefined,
    faceView: { name: "magnified", title: "Magnified face", caption: "magnified" },
    settings: { magnification: magnificationSchema.prefault({}) },
  },
  avatar: {
    title: "Avatar",
    summary: "Each face moves a drawn character, and the emotion is read from the character too.",
    needs: [...visualTasks.needs, "blend-shapes", "avatar-emotion"],
    uses: [...visualTasks.uses, "animation-source", "animation"],
    hears: [],
    hearsWhole: [],
    live: true,
    faceView: {
      name: "avatar",
      title: "Avatar",
      caption: "as the avatar shows it",
      clip: ({ avatar }: { readonly avatar: AvatarSettings }) => ({
        // Results of before there was a choice have neither.
        beside: avatar.view !== "alone",
        sound: avatar.sound !== "none",
      }),
    },
    settings: { avatar: avatarSchema.prefault({}) },
  },
} as const satisfies Readonly<Record<string, PipelineAbout>>);

type Pipelines = typeof pipelines;
/** The name of a pipeline. */
export type Pipeline = keyof Pipelines;
/** The name of a pipeline that runs live. */
export type LivePipeline = {
  [P in Pipeline]: Pipelines[P]["live"] extends true ? P : never;
}[Pipeline];

const names = Object.keys(pipelines) as [Pipeline, ...Pipeline[]];
export const pipelineSchema = z.enum(names);
export const livePipelineSchema = z.enum(
  names.filter((name) => aboutPipeline(name).live) as [LivePipeline, ...LivePipeline[]],
);
/** Where none is asked for. */
export const defaultPipeline: LivePipeline = "multimodal";

/** The entry of a pipeline, without what only its own code knows of it. */
export function aboutPipeline(name: Pipeline): PipelineAbout {
  return pipelines[name];
}

/** Why a pipeline cannot run live with these settings; undefined if it can. */
export function liveFaultOf(name: Pipeline, config: object): string | undefined {
  return aboutPipeline(name).liveFault?.(config as never);
}

/** What the clips of faces hold with these settings. */
export function faceClipKind(name: Pipeline, config: object): FaceClipKind {
  return aboutPipeline(name).faceView?.clip?.(config as never) ?? { beside: true, sound: false };
}

/** Pipelines as a menu lists them. */
export function pipelineChoices<P extends Pipeline>(among: readonly P[]): { value: P; text: string }[] {
  return among.map((value) => ({ value, text: pipelines[value].title }));
}

type Merged<T> = (T extends unknown ? (each: T) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** Settings of all pipelines together. */
export const pipelineSettings = Object.assign(
  {},
  ...Object.values(pipelines).map(({ settings }) => settings),
) as Merged<Pipelines[Pipeline]["settings"]>;
