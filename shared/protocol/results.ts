import * as z from "zod";
import { blendShapes } from "../avatar/blendShapes.ts";
import { actionUnits } from "../emotion/actionUnits.ts";
import { calibrationSchema } from "./models.ts";
import { instantSchema } from "./text.ts";
import { compoundLabels } from "../emotion/compound.ts";
import { pipelineSchema } from "./pipelines.ts";
import { expressionLabels, fusedLabels, microLabels, speechLabels } from "../emotion/labels.ts";

/**
 * What an analysis of a clip leaves behind: `analysis.json` (one {@link analysisSchema}), `frames.jsonl` (one
 * {@link frameLineSchema} a frame), `speech.jsonl` (one {@link speechLineSchema} a segment of sound), `fused.jsonl` (one
 * {@link fusedLineSchema} a time step and track) and `mel.jsonl` (mel.ts). Times are milliseconds on the media clock; boxes and landmarks
 * are pixels of the upright picture; angles are degrees.
 */

const probability = z.number().min(0).max(1);
const distribution = <const L extends readonly [string, ...string[]]>(labels: L) =>
  z.object(
    Object.fromEntries(labels.map((l) => [l, probability])) as { [K in L[number]]: typeof probability },
  );

export const expressionProbabilitiesSchema = distribution(expressionLabels);
export const speechProbabilitiesSchema = distribution(speechLabels);
export const fusedProbabilitiesSchema = distribution(fusedLabels);

export const deviceChoiceSchema = z.enum(["auto", "cpu", "webgpu", "cuda"]);
export const providerSchema = z.enum(["cpu", "webgpu", "cuda"]);

/** Gaze of one eye or of both: camera frame, head roll removed; up and the person's left are positive. */
export const gazeSchema = z.object({ pitchDeg: z.number(), yawDeg: z.number() });

export const eyeSchema = z.object({
  /** Probability that the eye is open, from the eye-state network. */
  open: probability,
  /** Eye aspect ratio, (|p2-p6| + |p3-p5|) / (2 |p1-p4|). */
  ear: z.number().min(0),
  gaze: gazeSchema.optional(),
});

export const faceSchema = z.object({
  /** Identity over the clip, from 1. */
  track: z.int().positive(),
  /** `low_quality`: the face is too small, too dark, too blurred or turned too far for its emotion to be trusted. */
  state: z.enum(["ok", "low_quality"]),
  /** x, y, width, height. */
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  /** The detector's or the landmark network's confidence. */
  score: probability,
  /** x0, y0, ..., x67, y67 in iBUG order. */
  landmarks: z.array(z.number()).length(136),
  headPose: z.object({ yawDeg: z.number(), pitchDeg: z.number(), rollDeg: z.number() }),
  eyes: z.object({ right: eyeSchema, left: eyeSchema }).optional(),
  /**
   * Of both eyes. `away` says that it points off the screen or the camera's surroundings, `calibrated` that it was corrected
   * by the calibration of the settings; what each eye says never is.
   */
  gaze: gazeSchema.extend({ away: z.boolean(), calibrated: z.literal(true).optional() }).optional(),
  /** Of the expression network on this frame. */
  expression: expressionProbabilitiesSchema.optional(),
  /** Of the Enhanced Emotion Classifier, smoothed over time. */
  emotion: expressionProbabilitiesSchema.optional(),
  /** How this face was magnified (EVM pipeline); displacement is in the pass band, pixels of the aligned crop. */
  magnification: z
    .object({ alpha: z.number().min(0), clamped: z.boolean(), displacementPx: z.number().min(0) })
    .optional(),
  /** Blend shapes of the face (avatar pipeline), 0..1: what moves the avatar, 50 ms late in the mean. */
  blendShapes: z.partialRecord(z.enum(blendShapes), probability).optional(),
  /** Intensity of action units, 0 to 5, estimated from the blend shapes. */
  actionUnits: z.record(z.enum(actionUnits), z.number().min(0).max(5)).optional(),
  /** The character that this face moves, and the emotion that it shows to a network that knows characters only. */
  avatar: z.object({ name: z.string(), emotion: expressionProbabilitiesSchema }).optional(),
  /** The likeliest of the eleven compound emotions, from the basic ones: a score, not a probability. */
  compound: z.object({ emotion: z.enum(compoundLabels), score: probability }).optional(),
});

export const frameLineSchema = z.object({
  index: z.int().nonnegative(),
  timeMs: z.number(),
  /** Of a folder of pictures: the picture's name. */
  file: z.string().optional(),
  /** `low_quality` when faces are there but none can be trusted. */
  state: z.enum(["ok", "no_face", "low_quality"]),
  faces: z.array(faceSchema),
});

export const speechLineSchema = z.object({
  startMs: z.number(),
  endMs: z.number(),
  state: z.enum(["ok", "no_speech", "low_quality"]),
  /** Root mean square level, dB of full scale, at least -120. */
  levelDb: z.number(),
  probabilities: speechProbabilitiesSchema.optional(),
  /** The face whose mouth moves with this voice, when that is sure. */
  track: z.int().positive().optional(),
  /** Who speaks in it for the most part, by {@link heardVoiceSchema}; absent where that is not told, or nobody does. */
  voice: z.int().positive().optional(),
});

export const fusedLineSchema = z.object({
  timeMs: z.number(),
  /** Absent for a voice without a face. */
  track: z.int().positive().optional(),
  state: z.enum(["ok", "no_face", "no_speech", "no_face_no_speech", "low_quality"]),
  probabilities: fusedProbabilitiesSchema.optional(),
  /** How much each modality carried, summing to 1. */
  carried: z.object({ face: probability, speech: probability }).optional(),
});

export const eventKindSchema = z.enum([
  "blink",
  "gaze_away",
  "micro_expression",
  "scene_cut",
  "prompt",
  "answer",
]);

export const eventSchema = z.object({
  kind: eventKindSchema,
  startMs: z.number(),
  endMs: z.number(),
  /** Of greatest strength, for events that have one. */
  apexMs: z.number().optional(),
  track: z.int().positive().optional(),
  /** A region of the face, the text of a prompt. Shown as text, never as markup. */
  label: z.string().optional(),
  /** Strength in the unit of the kind; see ARCHITECTURE.md. */
  value: z.number().optional(),
  /** What a micro-expression would show if it is one: an estimate from the flow of the face, onset to apex. */
  emotion: z.object({ label: z.enum(microLabels), confidence: probability }).optional(),
});

export const soundTrackSchema = z.object({
  /** From 1, in the order of the file. */
  track: z.int().positive(),
  codec: z.string(),
  channels: z.int().nonnegative(),
  title: z.string().optional(),
  language: z.string().optional(),
  /** The file asks players to choose it. */
  default: z.boolean(),
  /** False for a kind of sound that is not decoded here. */
  readable: z.boolean(),
});

export const mediaInfoSchema = z.object({
  /** File name without folders. */
  name: z.string(),
  sizeBytes: z.int().nonnegative(),
  /** In a result: what was decoded. Before an analysis: what the file says, a guess. */
  durationMs: z.number().nonnegative(),
  /** What the file says of its duration; 0 when it says nothing. */
  statedDurationMs: z.number().nonnegative().optional(),
  container: z.string(),
  video: z
    .object({
      codec: z.string(),
      pixelFormat: z.string(),
      /** Upright, after rotation. */
      width: z.int().positive(),
      height: z.int().positive(),
      /** Clockwise turn that made it upright, after {@link mirrored}. */
      rotationDeg: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      /** The file asked for the picture to be mirrored left to right, before the turn. */
      mirrored: z.boolean().optional(),
      /** Width of a stored pixel over its height, where it is no square. */
      pixelAspect: z.number().positive().optional(),
      /** Of several pictures the one that was read, from 1, and how many there are. */
      track: z.int().positive().optional(),
      tracks: z.int().positive().optional(),
      /** Average frames a second. */
      frameRate: z.number().positive(),
      /** Median time between two frames that were decoded; absent before an analysis. */
      frameIntervalMs: z.number().positive().optional(),
      variableFrameRate: z.boolean(),
      startMs: z.number(),
      matrix: z.enum(["bt601", "bt709"]),
      fullRange: z.boolean(),
      /** Stored by the matrix of BT.2020; `matrix` is what its pictures were brought to. */
      bt2020: z.boolean().optional(),
      /** Brightness is stored by a curve for HDR screens. */
      hdr: z.enum(["pq", "hlg"]).optional(),
      /** Each frame was stored as two moments in alternate lines. */
      interlaced: z.boolean().optional(),
      /** Two views in one picture, and how they lie in it. */
      stereo3d: z.string().optional(),
    })
    .optional(),
  audio: z
    .object({
      codec: z.string(),
      sampleRateHz: z.int().positive(),
      channels: z.int().positive(),
      startMs: z.number(),
      /** Which of the sound tracks was heard, from 1. */
      track: z.int().positive().optional(),
    })
    .optional(),
  /** Where there are several sound tracks, or one that cannot be decoded. */
  soundTracks: z.array(soundTrackSchema).optional(),
  /** Of picture files that hold several (animated WebP and PNG, pages of a TIFF): those behind the first, which are not read. */
  laterPictures: z.int().positive().optional(),
  /** Files of its kind that stand one behind another in it, where that are several; the first is read. */
  joinedFiles: z.int().min(2).optional(),
  /** Matroska: chapters say what is shown and in which order; what is stored was read from its beginning to its end. */
  orderedChapters: z.boolean().optional(),
  /** Matroska: parts of other files belong to it, which were not read. */
  linkedFiles: z.boolean().optional(),
});

export const trackSchema = z.object({
  id: z.int().positive(),
  firstMs: z.number(),
  lastMs: z.number(),
  /** Frames in which the face was there. */
  frames: z.int().nonnegative(),
  /** Mean over the frames that could be trusted; absent when there was none. */
  meanEmotion: expressionProbabilitiesSchema.optional(),
  dominant: z.enum(expressionLabels).optional(),
  /** The face never moves and never blinks, over five seconds and more: a photograph, most likely. */
  still: z.boolean().optional(),
  blinks: z.int().nonnegative().optional(),
  blinksPerMinute: z.number().nonnegative().optional(),
  /**
   * Blinks a minute over the minute that ends at `startMs + i * stepMs`; of a minute in which the eyes were seen for less
   * than ten seconds there is none.
   */
  blinkRate: z
    .object({
      startMs: z.number(),
      stepMs: z.number().positive(),
      perMinute: z.array(z.number().nonnegative().nullable()),
    })
    .optional(),
  /**
   * EVM pipeline with the preset `pulse`: the rate, and the share of the band's power at it (0: noise, 1: a pure tone).
   * Absent when the face was not there for six seconds.
   */
  pulse: z.object({ beatsPerMinute: z.number().positive(), clarity: z.number().min(0).max(1) }).optional(),
  /** What somebody calls this person, and the participant of a study that it is (`corrections.json`). */
  name: z.string().optional(),
  participant: z.string().optional(),
  /** Mean of the fused emotion over its time steps; absent when there was none. */
  meanFused: fusedProbabilitiesSchema.optional(),
  dominantFused: z.enum(fusedLabels).optional(),
});

/** What was heard over the clip. */
export const voiceSummarySchema = z.object({
  /** Time with voice. */
  voicedMs: z.number().nonnegative(),
  /** Segments with voice that could be trusted, and the mean of their emotions. */
  trustedSegments: z.int().nonnegative(),
  meanEmotion: speechProbabilitiesSchema.optional(),
  dominant: z.enum(speechLabels).optional(),
});

/** One of the voices that were told apart in a clip, and when it speaks. */
export const heardVoiceSchema = voiceSummarySchema.extend({
  /** From 1, in the order in which they are first heard; of this clip alone. */
  id: z.int().positive(),
  /** What somebody calls this person, and the participant of a study that it is (`corrections.json`). */
  name: z.string().optional(),
  participant: z.string().optional(),
  /** The face that it belongs to: the one whose mouth moves with it, where that is sure, or that somebody named. */
  track: z.int().positive().optional(),
  /** Start and end of each turn, in order. */
  turns: z.array(z.tuple([z.number(), z.number()])),
});

export const stageSpeedSchema = z.object({
  name: z.string(),
  runs: z.int().nonnegative(),
  p50Ms: z.number(),
  p95Ms: z.number(),
});

export const analysisSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  pipeline: pipelineSchema,
  media: mediaInfoSchema.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** The configuration that was used, with every default filled in. */
  config: z.record(z.string(), z.unknown()),
  device: z.object({
    provider: providerSchema,
    /** Providers that were tried first, and why they did not serve. */
    fallThrough: z.array(z.object({ provider: providerSchema, reason: z.string() })),
  }),
  models: z.array(
    z.object({
      ...{ task: z.string(), id: z.string(), sha256: z.string() },
      /** What the user had fitted it to. */
      calibration: calibrationSchema.optional(),
    }),
  ),
  seed: z.int(),
  versions: z.record(z.string(), z.string()),
  /** Not part of what must repeat: when it ran and how long each stage took. */
  run: z.object({
    startedAt: instantSchema,
    finishedAt: instantSchema,
    framesPerSecond: z.number().nonnegative(),
    stages: z.array(stageSpeedSchema),
  }),
  tracks: z.array(trackSchema),
  /** Absent when sound was not analysed. */
  voice: voiceSummarySchema.optional(),
  /** Who speaks when; absent where voices were not told apart, for example for too little voice. */
  voices: z.array(heardVoiceSchema).optional(),
  /** Clips that the analysis made, beside its files: a face as it was on the left, as the pipeline shows it on the right. */
  clips: z.array(z.object({ track: z.int().positive(), file: z.string(), startMs: z.number() })).optional(),
  events: z.array(eventSchema),
  summary: z.object({
    frames: z.int().nonnegative(),
    framesWithFace: z.int().nonnegative(),
    framesLowQuality: z.int().nonnegative(),
    /** Segments of sound with voice in them. */
    speechSegments: z.int().nonnegative(),
    /** What a user should know, in sentences: clamped settings, missing modalities, fall-backs. */
    notes: z.array(z.string()),
  }),
  /** Corrections of people that these results hold, and the SHA-256 of `corrections.json`; absent as measured. */
  corrected: z.object({ entries: z.int().positive(), sha256: z.string() }).optional(),
  /** SHA-256 over the result files as measured, which the same clip on the same device repeats. */
  resultSha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type DeviceChoice = z.infer<typeof deviceChoiceSchema>;
export type Provider = z.infer<typeof providerSchema>;
export type Gaze = z.infer<typeof gazeSchema>;
export type Eye = z.infer<typeof eyeSchema>;
export type Face = z.infer<typeof faceSchema>;
export type FrameLine = z.infer<typeof frameLineSchema>;
export type SpeechLine = z.infer<typeof speechLineSchema>;
export type FusedLine = z.infer<typeof fusedLineSchema>;
export type AnalysisEvent = z.infer<typeof eventSchema>;
export type SoundTrack = z.infer<typeof soundTrackSchema>;
export type MediaInfo = z.infer<typeof mediaInfoSchema>;
export type VoiceSummary = z.infer<typeof voiceSummarySchema>;
export type Track = z.infer<typeof trackSchema>;
export type HeardVoice = z.infer<typeof heardVoiceSchema>;
export type StageSpeed = z.infer<typeof stageSpeedSchema>;
export type Analysis = z.infer<typeof analysisSchema>;
