import { isAppError } from "../../../shared/errors.ts";
import { counted } from "../../../shared/text/counted.ts";
import type { Models } from "../../inference/models.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";
import { readFolder } from "../../results/corrected.ts";
import { readAnalysis } from "../../results/readResult.ts";
import type { ComparedClip, StoredFace, StoredPair, StoredSearch } from "../../store/studyFaces.ts";
import { createFaceLikenessReader } from "../../vision/faceLikeness.ts";
import { faceSquare } from "../../vision/faceSquare.ts";
import { embedFaces } from "./embed.ts";
import { readLooks } from "./looks.ts";
import { alikePairs, type EmbeddedFace } from "./pairs.ts";

export interface FaceSearchOptions {
  readonly models: Models;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
  /** The folder of an analysis's results. */
  readonly results: (analysis: string) => Promise<string>;
  /** The path of a clip, in a granted folder. */
  readonly open: (mediaPath: string) => Promise<string>;
  /** Clips that were looked at. */
  readonly onProgress: (done: number) => void;
}

export interface FacesFound {
  readonly search: StoredSearch;
  readonly faces: readonly StoredFace[];
  readonly pairs: readonly StoredPair[];
}

/**
 * Compares the faces of clips with each other, as they are corrected: whoever is ignored is not looked at. Embeddings are in memory
 * only, and gone when this ends. A clip that cannot be read any more is left out and told.
 */
export async function findAlikeFaces(
  clips: readonly ComparedClip[],
  { models, ffmpeg, signal, results, open, onProgress }: FaceSearchOptions,
): Promise<FacesFound> {
  const model = await models.load("face-likeness");
  const reader = createFaceLikenessReader(model);
  const faces: (StoredFace & EmbeddedFace)[] = [];
  const notes: string[] = [];
  for (const [i, { analysis: id, mediaPath, mediaName }] of clips.entries()) {
    signal.throwIfAborted();
    try {
      const folder = await readFolder(await results(id));
      const analysis = await readAnalysis(folder);
      const tracks = analysis.tracks.filter(({ still }) => still !== true);
      const looks = await readLooks(folder, tracks);
      const clip = { path: await open(mediaPath), analysis };
      for (const [track, embedding] of await embedFaces(clip, looks, reader, { ffmpeg, signal })) {
        const best = looks.get(track)!.reduce((a, b) => (b.worth > a.worth ? b : a));
        faces.push({
          analysis: id,
          track,
          timeMs: best.timeMs,
          square: faceSquare(best.landmarks),
          embedding,
        });
      }
      const unseen = tracks.length - looks.size;
      if (unseen > 0)
        notes.push(
          `${mediaName}: ${counted(unseen, "face")} too small, turned or poorly lit to be compared.`,
        );
    } catch (error) {
      if (signal.aborted || !isAppError(error)) throw error;
      notes.push(`${mediaName} was left out: ${error.message}`);
    }
    onProgress(i + 1);
  }
  const { likenessFrom } = reader;
  const pairs = await alikePairs(faces, likenessFrom, signal);
  const { id: name, sha256 } = model.entry;
  return {
    search: { at: new Date(), model: name, sha256, likenessFrom, notes },
    faces: faces.map(({ analysis, track, timeMs, square }) => ({ analysis, track, timeMs, square })),
    pairs: pairs.map((pair) => ({ ...pair, likeness: Math.round(pair.likeness * 1e4) / 1e4 })),
  };
}
