import { open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, diskFailure } from "../../../shared/errors.ts";
import { formatLabels } from "../../../shared/labels/document.ts";
import { isLabelsFile, labelsEnding, labelsName, newLabels } from "../../../shared/labels/newFile.ts";
import { builtInSchemes, isBuiltIn } from "../../../shared/labels/schemes/builtIn.ts";
import { isMediaName, mediaType } from "../../../shared/mediaTypes.ts";
import type { LabelsHead } from "../../../shared/protocol/labels.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import { toolsOf } from "../../analysis/tools.ts";
import type { Config } from "../../config.ts";
import { schemeFor } from "../../labels/labelFiles.ts";
import { copyOfClip, type PlaybackCopies } from "../../playback/playbackCopies.ts";
import { readApart, readInThread } from "../../reading/readThread.ts";
import { writeFileAtomic } from "../../store/files.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";

type Names =
  | "listLabels"
  | "openLabels"
  | "saveLabels"
  | "createLabels"
  | "getLabelledClip"
  | "prepareLabelledCopy"
  | "getLabelledCopy"
  | "getClipFacts"
  | "getProposals"
  | "listColleagues"
  | "createGold"
  | "getAgreement";

/** Bootstraps over many files take longer than a file. */
const agreementMs = 300_000;

/** Labels files in granted folders: nothing but such files is ever written. */
export function labelHandlers(
  service: AnalysisService,
  config: Config,
  playback: PlaybackCopies,
): Handlers<Pick<Endpoints, Names>> {
  const { roots } = service;
  const copyOf = async (asked: string) =>
    copyOfClip(config, await clipOf(roots, await labelsFile(roots, asked)));
  return {
    async listLabels({ path: asked }) {
      return { files: await readInThread("labelsList", { folder: await roots.resolve(asked) }) };
    },
    async openLabels({ path: asked }) {
      const file = await labelsFile(roots, asked);
      const { text, sha256, head, near } = await readApart("labels", { file }, await sizeOf(file));
      const clipFound =
        head !== undefined && (await namedClip(roots, file, head).catch(() => undefined)) !== undefined;
      return { text, sha256, ...near, clipFound };
    },
    async saveLabels({ path: asked, text, basedOn }) {
      const file = await labelsFile(roots, asked);
      const bytes = Math.max(text.length, await sizeOf(file));
      const sha256 = await readApart("labelsChange", { file, text, basedOn }, bytes);
      await writeFileAtomic(file, text, { mode: 0o644 });
      return { sha256 };
    },
    async createLabels({ clip: asked, annotator, scheme }) {
      const clip = await roots.resolve(asked);
      if (!isMediaName(clip))
        throw new AppError("invalid_path", "This is no clip. Choose a video or sound file.");
      const file = path.join(path.dirname(clip), labelsName(path.basename(clip), annotator));
      const given = isBuiltIn(scheme) ? builtInSchemes[scheme] : scheme;
      const read = await schemeFor(file, given);
      if ("schemeProblem" in read) throw new AppError("invalid_scheme", read.schemeProblem);
      const { probeMedia } = await import("../../media/probe.ts");
      const { hashFile } = await import("../../media/hashFile.ts");
      const { durationMs } = await probeMedia(clip, { ffmpeg: await toolsOf(config) });
      const media = { durationMs, sha256: await hashFile(clip) };
      const document = newLabels({
        clip: path.basename(clip),
        annotator,
        scheme: given,
        read: read.scheme,
        media,
      });
      await writeNew(file, formatLabels(document));
      return { path: file };
    },
    async getLabelledClip({ path: asked }) {
      const clip = await clipOf(roots, await labelsFile(roots, asked));
      return { path: clip, type: mediaType(clip) };
    },
    prepareLabelledCopy: async ({ path: asked }) => playback.prepare(await copyOf(asked)),
    getLabelledCopy: async ({ path: asked }) => ({
      path: await playback.file(await copyOf(asked)),
      type: "video/mp4",
    }),
    async getClipFacts({ path: asked }) {
      const clip = await clipOf(roots, await labelsFile(roots, asked));
      const { clipFacts } = await import("../../labels/clipFacts.ts");
      return clipFacts(clip, { ffmpeg: await toolsOf(config) });
    },
    async listColleagues({ path: asked }) {
      return { files: await readInThread("colleagues", { file: await labelsFile(roots, asked) }) };
    },
    async createGold({ path: asked, by }) {
      const { file, text } = await readInThread("gold", { file: await labelsFile(roots, asked), by });
      await writeNew(file, text);
      return { path: file };
    },
    async getAgreement({ path: asked, tier, resamples }) {
      const folder = await roots.resolve(asked);
      return readInThread("agreement", { folder, tier, resamples }, agreementMs);
    },
    async getProposals({ id }) {
      return readInThread("proposals", { folder: await service.results(id) }, agreementMs);
    },
  };
}

async function labelsFile(roots: Roots, asked: string): Promise<string> {
  if (!isLabelsFile(asked))
    throw new AppError("invalid_path", `This is no labels file. Its name must end with ${labelsEnding}.`);
  return roots.resolve(asked);
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** The clip that a labels file names: beside it or below, in a granted folder. */
async function clipOf(roots: Roots, file: string): Promise<string> {
  const { head } = await readApart("labelsHead", { file }, await sizeOf(file));
  if (head === undefined)
    throw new AppError("invalid_labels", "The labels file cannot be read. Fix it as text.");
  return namedClip(roots, file, head);
}

async function namedClip(roots: Roots, file: string, { media }: LabelsHead): Promise<string> {
  if (!isMediaName(media.file)) throw new AppError("invalid_path", "The labels file names no clip.");
  return roots.resolve(path.resolve(path.dirname(file), media.file));
}

/** A file that is there already stays as it is. */
async function writeNew(file: string, text: string): Promise<void> {
  if (await stat(file).catch(() => undefined)) return;
  const handle = await open(file, "wx").catch((cause: unknown) => {
    throw (
      diskFailure(cause) ??
      new AppError("invalid_path", `${file} cannot be written. Check its folder.`, { cause })
    );
  });
  try {
    await handle.writeFile(text);
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined);
    // Half a file would be taken for what somebody labelled.
    await rm(file, { force: true });
    throw error;
  }
}
