import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError, isAppError } from "../../shared/errors.ts";
import { neighboursOf } from "../../shared/labels/check/neighbours.ts";
import { formatLabels, parseLabels } from "../../shared/labels/document.ts";
import type { LabelsEntry } from "../../shared/protocol/labelRoutes.ts";
import { readEvents } from "../../shared/study/eventFiles.ts";
import { readPlaces } from "../../shared/study/linkPattern.ts";
import { readResponses, type ReadOptions } from "../beq/readResponses.ts";
import { parseInterview } from "../documents/interviewFile.ts";
import { findLabelFiles, readLabelsText, schemeFor } from "../labels/labelFiles.ts";
import type { UserFolders } from "../networks/userLibrary.ts";
import { decodeText } from "../text/decodeText.ts";

/** More labels files than this are not listed. */
const maxLabelsFiles = 2000;

/** What can be read of users' files, by its kind: what is asked and what is answered. */
export const readers = {
  responses: ({ bytes, options }: { bytes: Uint8Array; options: ReadOptions }) =>
    readResponses(bytes, options),
  places: ({ bytes }: { bytes: Uint8Array }) => readPlaces(decodeText(bytes).text),
  events: ({ bytes }: { bytes: Uint8Array }) => readEvents(decodeText(bytes).text),
  interview: ({ bytes }: { bytes: Uint8Array }) => parseInterview(decodeText(bytes).text),
  /** A file's text, whether it can be read or not; its heading, where it can. */
  labelsHead: ({ file }: { file: string }) => readHead(file),
  /** The same, with what it names and what lies beside it; of a broken one nothing is known. */
  labels: async ({ file }: { file: string }) => {
    const read = await readHead(file);
    const { head } = read;
    if (head === undefined) return { ...read, near: { twins: [], clips: [], schemes: [] } };
    const folder = path.dirname(file);
    const beside = await neighboursOf(path.basename(file), head, await readdir(folder), (name) =>
      readLabelsText(path.join(folder, name)),
    );
    return { ...read, near: { ...(await schemeFor(file, head.scheme)), ...beside } };
  },
  /**
   * The hash of a text that may take the place of a labels file.
   * @param basedOn the hash of what it was made of @throws AppError `conflict`, `invalid_labels`
   */
  labelsChange: async ({ file, text, basedOn }: { file: string; text: string; basedOn: string }) => {
    if (sha256(await readLabelsText(file)) !== basedOn)
      throw new AppError("conflict", "The labels file was changed by somebody else meanwhile. Reload it.");
    // What is not understood is not written.
    parseLabels(text);
    return sha256(text);
  },
  labelsList: async ({ folder }: { folder: string }) => {
    const found = (await findLabelFiles([folder])).slice(0, maxLabelsFiles);
    return Promise.all(found.map(describe));
  },
  colleagues: async ({ file }: { file: string }) => {
    const { colleaguesOf } = await import("../labels/colleagues.ts");
    return (await colleaguesOf(file)).map(({ document }) => ({
      annotator: document.head.annotator,
      text: formatLabels(document),
    }));
  },
  gold: async ({ file, by }: { file: string; by: string }) => {
    const { goldOf } = await import("../labels/colleagues.ts");
    return goldOf(file, by);
  },
  agreement: async ({
    folder,
    ...options
  }: {
    folder: string;
    tier: string | undefined;
    resamples: number;
  }) => {
    const { agreementOf } = await import("../labels/agreementOf.ts");
    return agreementOf(folder, options);
  },
  training: async ({ file }: { file: string }) => {
    const { readTraining } = await import("../training/trainingFile.ts");
    return readTraining(file);
  },
  experiment: async ({ folder }: { folder: string }) => {
    const { readExperimentTable } = await import("../experiment/experimentTable.ts");
    return readExperimentTable(folder);
  },
  /** Networks of a folder, which are copied and tried. */
  networks: async ({
    folders,
    folder,
    replace,
  }: {
    folders: UserFolders;
    folder: string;
    replace: boolean;
  }) => {
    const { importModels } = await import("../networks/importModels.ts");
    return importModels(folders, folder, { replace });
  },
  /** A head or a picture, which is taken among the user's avatars. */
  avatar: async ({ folders, file }: { folders: UserFolders; file: string }) => {
    const [{ avatarOfFile }, { openModels }] = await Promise.all([
      import("../avatar/importAvatar.ts"),
      import("../inference/models.ts"),
    ]);
    await using models = await openModels({ ...folders, device: "cpu" });
    return await avatarOfFile(file, models);
  },
  proposals: async ({ folder }: { folder: string }) => {
    const { proposalsOf } = await import("../labels/proposals.ts");
    return proposalsOf(folder);
  },
};

export type Readers = typeof readers;
export type Kind = keyof Readers;

async function readHead(file: string) {
  const text = await readLabelsText(file);
  return { text, sha256: sha256(text), head: headOf(text) };
}

function headOf(text: string) {
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
      ...{ annotations: annotations.length, traces: traces.length, done: done !== undefined },
    };
  } catch (error) {
    const problem = error instanceof AppError ? error.message : "It cannot be read.";
    return { ...base, annotator: "", clip: "", annotations: 0, traces: 0, done: false, problem };
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
