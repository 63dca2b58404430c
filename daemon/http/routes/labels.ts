import { createHash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, isAppError } from "../../../shared/errors.ts";
import { neighboursOf } from "../../../shared/labels/check/neighbours.ts";
import { formatLabels, parseLabels } from "../../../shared/labels/document.ts";
import { isLabelsFile, labelsEnding, labelsName, newLabels } from "../../../shared/labels/newFile.ts";
import { builtInSchemes, isBuiltIn } from "../../../shared/labels/schemes/builtIn.ts";
import { isMediaName, mediaType } from "../../../shared/mediaTypes.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { LabelsAround, LabelsEntry } from "../../../shared/protocol/labelRoutes.ts";
import type { LabelsHead } from "../../../shared/protocol/labels.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import { toolsOf } from "../../analysis/tools.ts";
import type { Config } from "../../config.ts";
import { findLabelFiles, readLabelsText, schemeFor } from "../../labels/labelFiles.ts";
import { copyOfClip, type PlaybackCopies } from "../../playback/playbackCopies.ts";
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

/** More files than this are not listed. */
const maxFiles = 2000;

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
      const folder = await roots.resolve(asked);
      const found = (await findLabelFiles([folder])).slice(0, maxFiles);
      return { files: await Promise.all(found.map(describe)) };
    },
    async openLabels({ path: asked }) {
      const file = await labelsFile(roots, asked);
      const text = await readLabelsText(file);
      return { text, sha256: sha256(text), ...(await around(roots, file, headOf(text))) };
    },
    async saveLabels({ path: asked, text, basedOn }) {
      const file = await labelsFile(roots, asked);
      if (sha256(await readLabelsText(file)) !== basedOn)
        throw new AppError("conflict", "The labels file was changed by somebody else meanwhile. Reload it.");
      // What is not understood is not written.
      parseLabels(text);
      await writeFileAtomic(file, text, { mode: 0o644 });
      return { sha256: sha256(text) };
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
      const { colleaguesOf } = await import("../../labels/colleagues.ts");
      const files = await colleaguesOf(await labelsFile(roots, asked));
      return {
        files: files.map(({ document }) => ({
          annotator: document.head.annotator,
          text: formatLabels(document),
        })),
      };
    },
    async createGold({ path: asked, by }) {
      const { goldOf } = await import("../../labels/colleagues.ts");
      const { file, text } = await goldOf(await labelsFile(roots, asked), by);
      await writeNew(file, text);
      return { path: file };
    },
    async getAgreement({ path: asked, tier, resamples }) {
      const { agreementOf } = await import("../../labels/agreementOf.ts");
      return agreementOf(await roots.resolve(asked), { tier, resamples });
    },
    async getProposals({ id }) {
      const { proposalsOf } = await import("../../labels/proposals.ts");
      return proposalsOf(await service.results(id));
    },
  };
}

async function labelsFile(roots: Roots, asked: string): Promise<string> {
  if (!isLabelsFile(asked))
    throw new AppError("invalid_path", `This is no labels file. Its name must end with ${labelsEnding}.`);
  return roots.resolve(asked);
}

/** What a labels file names, and what lies beside it; of a broken one nothing is known. */
async function around(roots: Roots, file: string, head: LabelsHead | undefined): Promise<LabelsAround> {
  if (head === undefined) return { clipFound: false, twins: [], clips: [], schemes: [] };
  const folder = path.dirname(file);
  return {
    ...(await schemeFor(file, head.scheme)),
    clipFound: (await clipOf(roots, file).catch(() => undefined)) !== undefined,
    ...(await neighboursOf(path.basename(file), head, await readdir(folder), (name) =>
      readLabelsText(path.join(folder, name)),
    )),
  };
}

/** The clip that a labels file names: beside it or below, in a granted folder. */
async function clipOf(roots: Roots, file: string): Promise<string> {
  const { media } = parseLabels(await readLabelsText(file)).head;
  if (!isMediaName(media.file)) throw new AppError("invalid_path", "The labels file names no clip.");
  return roots.resolve(path.resolve(path.dirname(file), media.file));
}

function headOf(text: string): LabelsHead | undefined {
  try {
    return parseLabels(text).head;
  } catch (error) {
    // The editor shows the text all the same, and recovers what it can.
    if (isAppError(error, "invalid_labels")) return undefined;
    throw error;
  }
}

async function describe(file: string): Promise<LabelsEntry> {
  const base = { path: file, name: path.basename(file) };
  try {
    const { head, annotations, traces } = parseLabels(await readLabelsText(file));
    const { annotator, media, done } = head;
    return {
      ...{ ...base, annotator, clip: media.file },
      ...{ annotations: annotations.length + traces.length, done: done !== undefined },
    };
  } catch (error) {
    const problem = error instanceof AppError ? error.message : "It cannot be read.";
    return { ...base, annotator: "", clip: "", annotations: 0, done: false, problem };
  }
}

/** A file that is there already stays as it is. */
async function writeNew(file: string, text: string): Promise<void> {
  if (await stat(file).catch(() => undefined)) return;
  const handle = await open(file, "wx").catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be written. Check its folder.`, { cause });
  });
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
