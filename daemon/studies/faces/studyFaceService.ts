import { AppError, isAppError, toAppError } from "../../../shared/errors.ts";
import type { Correction } from "../../../shared/protocol/corrections.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import {
  proposalsAtOnce,
  type ClipFace,
  type FaceDecision,
  type FaceProposal,
  type FaceSearch,
  type getStudyFaces,
  type StudyFace,
} from "../../../shared/protocol/studyFaces.ts";
import type * as z from "zod";
import { counted } from "../../../shared/text/counted.ts";
import { toolsOf } from "../../analysis/tools.ts";
import { facesByFrames } from "../../beq/emotionTrace.ts";
import type { Config } from "../../config.ts";
import { addCorrection, readFolder, undoCorrection } from "../../results/corrected.ts";
import { readAnalysis } from "../../results/readResult.ts";
import { OneByOne } from "../../oneByOne.ts";
import { asDataUri } from "../../media/picture.ts";
import { Roots } from "../../store/roots.ts";
import type { Store } from "../../store/store.ts";
import { faceKey, StudyFaces, type ComparedClip, type WrittenCorrection } from "../../store/studyFaces.ts";
import { existing, existingParticipant } from "../../store/studyRows.ts";
import { cutFace } from "./embed.ts";
import { askAbout } from "./pairs.ts";

/** What the comparing of faces needs of the analyses. */
export interface ComparedAnalyses {
  /** The folder of results. @throws AppError `not_found` */
  results(id: string): Promise<string>;
}

type Answer = z.input<typeof getStudyFaces.response>;

interface RunningSearch {
  about: FaceSearch;
  readonly stop: AbortController;
}

/** Proposes which faces across the clips of a study are one person's, and writes down what people decide. */
export class StudyFaceService implements AsyncDisposable {
  readonly #rows: StudyFaces;
  readonly #roots: Roots;
  readonly #store: Store;
  readonly #config: Config;
  readonly #analyses: ComparedAnalyses;
  readonly #searches = new Map<string, RunningSearch>();
  readonly #work = new Set<Promise<void>>();
  /** What a search found takes the place of older pairs with what was decided of them: never between the parts of a decision. */
  readonly #decisions = new OneByOne();

  constructor(store: Store, config: Config, analyses: ComparedAnalyses) {
    this.#rows = new StudyFaces(store.db);
    this.#roots = new Roots(store.db);
    this.#store = store;
    this.#config = config;
    this.#analyses = analyses;
  }

  /** Begins a search; one that runs goes on. @throws AppError `not_found`, `not_enough_data` */
  async start(study: string): Promise<FaceSearch> {
    await existing(this.#store.db, study);
    const clips = await this.#rows.clips(study);
    if (clips.length < 2)
      throw new AppError(
        "not_enough_data",
        "Faces are compared across the clips of participants who agreed. Link two clips at least.",
      );
    const running = this.#searches.get(study);
    if (running?.about.state === "running") return running.about;
    const search: RunningSearch = {
      about: { state: "running", share: 0, text: `0 of ${counted(clips.length, "clip")}` },
      stop: new AbortController(),
    };
    this.#searches.set(study, search);
    const work = this.#run(study, clips, search).finally(() => this.#work.delete(work));
    this.#work.add(work);
    return search.about;
  }

  async #run(study: string, clips: readonly ComparedClip[], search: RunningSearch): Promise<void> {
    const { signal } = search.stop;
    try {
      const [{ findAlikeFaces }, { openModels }] = await Promise.all([
        import("./search.ts"),
        import("../../inference/models.ts"),
      ]);
      await using models = await openModels(this.#config);
      const {
        search: made,
        faces,
        pairs,
      } = await findAlikeFaces(clips, {
        ...{ models, signal, ffmpeg: await toolsOf(this.#config) },
        results: (id) => this.#analyses.results(id),
        open: (mediaPath) => this.#roots.resolve(mediaPath),
        onProgress: (done) => {
          const text = `${done} of ${counted(clips.length, "clip")}`;
          search.about = { state: "running", share: done / clips.length, text };
        },
      });
      await this.#decisions.run(study, () => this.#rows.replace(study, made, faces, pairs));
      search.about = { state: "done", share: 1, text: counted(faces.length, "face") };
    } catch (error) {
      const { share, text } = search.about;
      const { code, message } = toAppError(error);
      search.about = signal.aborted
        ? { state: "cancelled", share, text }
        : { state: "failed", share, text, failure: { code, message } };
    }
  }

  /** Stops a search; what an earlier one found stays. @throws AppError `not_found` */
  cancel(study: string): void {
    const search = this.#searches.get(study);
    if (search?.about.state !== "running")
      throw new AppError("not_found", "No faces are being compared. Reload the study.");
    search.stop.abort();
  }

  /** @throws AppError `not_found` */
  async list(study: string): Promise<Answer> {
    await existing(this.#store.db, study);
    const [found, faces, { open, decided }] = await Promise.all([
      this.#rows.search(study),
      this.#rows.faces(study),
      this.#rows.pairs(study),
    ]);
    const known = await this.#known(study, faces);
    const there = new Map([...known].filter(([, { gone }]) => gone !== true));
    const oneIn = await this.#rarity(found?.model);
    const told = (pair: { a: ClipFace; b: ClipFace; likeness: number }): FaceProposal => {
      const rare = oneIn(pair.likeness);
      return {
        ...{ a: known.get(faceKey(pair.a))!, b: known.get(faceKey(pair.b))!, likeness: pair.likeness },
        ...(rare !== undefined && { oneIn: rare }),
      };
    };
    const asked = askAbout(open, there, decided);
    const search = this.#searches.get(study)?.about;
    return {
      ...(search && { search }),
      ...(found && {
        found: { ...found, at: found.at.toISOString(), notes: [...found.notes], faces: there.size },
      }),
      proposals: asked.slice(0, proposalsAtOnce).map(told),
      proposed: asked.length,
      decided: decided
        .filter(({ a, b }) => known.has(faceKey(a)) && known.has(faceKey(b)))
        .map(({ verdict, by, at, ...pair }) => ({ ...told(pair), verdict, by, at })),
    };
  }

  /**
   * Writes down what somebody says of a pair, in place of what was said before. Of one person it is a correction of each clip that
   * does not say so yet.
   * @throws AppError `not_found`, `invalid_request`
   */
  decide(decision: FaceDecision): Promise<void> {
    return this.#decisions.run(decision.study, () => this.#decide(decision));
  }

  async #decide({ study, a, b, verdict, as, by }: FaceDecision): Promise<void> {
    await existing(this.#store.db, study);
    if (verdict === "same" && as === undefined)
      throw new AppError("invalid_request", "Say who it is: a participant, a name, or nobody who matters.");
    if (as?.kind === "participant")
      await existingParticipant(this.#store.db, { study, participant: as.participant });
    const before = await this.#rows.written({ a, b });
    if (before === undefined)
      throw new AppError("not_found", "There is no such pair. Compare the faces again.");
    for (const one of before) await this.#takeBack(one, by);
    const corrections: WrittenCorrection[] = [];
    if (verdict === "same") {
      const faces = await this.#pairOf(study, [a, b]);
      for (const face of faces) corrections.push(...(await this.#correct(face, as!, by)));
    }
    await this.#rows.decide(
      { a, b },
      verdict === "open" ? undefined : { verdict, by, at: new Date().toISOString(), corrections },
    );
  }

  /** What is known of two faces. @throws AppError `not_found` */
  async #pairOf(study: string, pair: readonly ClipFace[]): Promise<StudyFace[]> {
    const keys = pair.map(faceKey);
    const faces = await this.#rows.faces(study);
    const known = await this.#known(
      study,
      faces.filter((face) => keys.includes(faceKey(face))),
    );
    return keys.map((key) => {
      const face = known.get(key);
      if (face === undefined || face.gone === true)
        throw new AppError("not_found", "One of these faces is not there any more. Compare the faces again.");
      return face;
    });
  }

  /** @returns what was written: nothing where the clip says so already */
  async #correct(
    face: StudyFace,
    as: NonNullable<FaceDecision["as"]>,
    by: string,
  ): Promise<WrittenCorrection[]> {
    const { analysis, track, name, participant, assumed } = face;
    if (as.kind === "name" && name === as.name) return [];
    if (as.kind === "participant" && participant === as.participant && !assumed) return [];
    const { kind: action, ...of } = as;
    const folder = await this.#analyses.results(analysis);
    const entries = await addCorrection(folder, by, { action, track, ...of } as Correction);
    return [{ analysis, entry: entries.at(-1)!.id }];
  }

  /** Somebody may have taken it back already, on the page of the clip. */
  async #takeBack({ analysis, entry }: WrittenCorrection, by: string): Promise<void> {
    try {
      await undoCorrection(await this.#analyses.results(analysis), by, entry);
    } catch (error) {
      if (!isAppError(error, "not_found")) throw error;
    }
  }

  /** The face as it was compared. @throws AppError `not_found`, and those of the clip */
  async picture(study: string, { analysis: id, track }: ClipFace): Promise<string> {
    const clip = (await this.#rows.clips(study)).find(({ analysis }) => analysis === id);
    const face = (await this.#rows.faces(study)).find((one) => one.analysis === id && one.track === track);
    if (clip === undefined || face === undefined)
      throw new AppError("not_found", "This face is not there any more. Compare the faces again.");
    const analysis = await readAnalysis(await readFolder(await this.#analyses.results(id)));
    const ffmpeg = await toolsOf(this.#config);
    const cut = await cutFace({ path: await this.#roots.resolve(clip.mediaPath), analysis }, face, {
      ffmpeg,
    });
    if (cut === undefined)
      throw new AppError("media_unreadable", `${clip.mediaName} has no picture there any more.`);
    return asDataUri(cut);
  }

  /** What is known of faces, also of those that corrections took out of their clips; by {@link faceKey}. */
  async #known(study: string, faces: readonly ClipFace[]): Promise<Map<string, StudyFace>> {
    const clips = await this.#rows.clips(study);
    const known = new Map<string, StudyFace>();
    for (const clip of clips) {
      const own = faces.filter(({ analysis }) => analysis === clip.analysis);
      if (own.length === 0) continue;
      const analysis = await this.#read(clip.analysis);
      if (analysis === undefined) continue;
      for (const { track } of own) {
        const face = aboutFace(clip, analysis, track);
        known.set(faceKey(face), face);
      }
    }
    return known;
  }

  /** The corrected result; undefined where its files are gone. */
  async #read(id: string): Promise<Analysis | undefined> {
    const folder = await this.#analyses.results(id).catch(() => undefined);
    return folder === undefined ? undefined : readAnalysis(await readFolder(folder)).catch(() => undefined);
  }

  async #rarity(model: string | undefined): Promise<(likeness: number) => number | undefined> {
    if (model === undefined) return () => undefined;
    const [{ readManifest }, { rarityOf }] = await Promise.all([
      import("../../inference/manifest.ts"),
      import("../../vision/faceLikeness.ts"),
    ]);
    const entry = (await readManifest(this.#config)).models.find(({ id }) => id === model);
    return entry === undefined ? () => undefined : rarityOf(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stop } of this.#searches.values()) stop.abort();
    await Promise.all(this.#work);
  }
}

/** What is known of a face of a clip. */
function aboutFace(clip: ComparedClip, analysis: Analysis, track: number): StudyFace {
  const found = analysis.tracks.find(({ id }) => id === track);
  const { analysis: id, mediaName, participant: clipOf } = clip;
  if (found === undefined) return { analysis: id, track, mediaName, clipOf, assumed: false, gone: true };
  const name = found.name === undefined ? {} : { name: found.name };
  const face = { analysis: id, track, mediaName, clipOf, ...name };
  if (found.participant !== undefined) return { ...face, participant: found.participant, assumed: false };
  if (clip.face === track) return { ...face, participant: clipOf, assumed: false };
  // The face that the clip is measured by, where nobody said whose it is.
  const said = clip.face !== undefined || analysis.tracks.some(({ participant }) => participant === clipOf);
  const main = said ? undefined : facesByFrames(analysis)[0];
  return main === track && found.name === undefined
    ? { ...face, participant: clipOf, assumed: true }
    : { ...face, assumed: false };
}
