import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { validate, type Validation } from "../../shared/beq/validation/validate.ts";
import type { Options } from "../../shared/beq/validation/sample.ts";
import { AppError } from "../../shared/errors.ts";
import type { Study } from "../../shared/protocol/studyFile.ts";
import { decodeText } from "../text/decodeText.ts";
import { version } from "../version.ts";
import { readPeople } from "./readPeople.ts";
import type { ReportManifest } from "./report/manifest.ts";
import { writeUp, type Report } from "./report/report.ts";
import { parseCutoffs } from "./cutoffs.ts";
import type { StudySource } from "./studySource.ts";

const defaultOptions: Options = { minCoverage: 0.5, draws: 9999, seed: 1 };

export interface ValidationRequest {
  readonly options?: Partial<Options>;
  /** Covariates to hold constant, each by itself; by default every one of the study, or none where there are too many. */
  readonly covariates?: readonly string[];
  /** The bytes of a cutoffs.json, instead of the study's own. */
  readonly cutoffs?: Uint8Array;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Holds the analyses of a study against its questionnaires and writes that up. Nothing is stored.
 *
 * @throws AppError `invalid_config` as {@link parseCutoffs}, `invalid_request` for a
 *   covariate that nobody has and for a damaged result file, `not_found` for an analysis without its files
 */
export async function validateStudy(
  source: StudySource,
  request: ValidationRequest = {},
): Promise<{ validation: Validation; manifest: ReportManifest; report: Report }> {
  const { study } = source;
  const options = { ...defaultOptions, ...request.options };
  const { covariates, covariatesLeftOut } = chosenCovariates(study, request.covariates);
  const bytes = request.cutoffs ?? (await ownCutoffs(source));
  const cutoffs = bytes && parseCutoffs(decodeText(bytes).text);
  const { people, models, analyses } = await readPeople(source, request.onProgress);
  const validation = validate(people, covariates, cutoffs, options);
  const manifest: ReportManifest = {
    edin: version,
    node: process.version,
    study: { id: study.id, name: study.name, sha256: sha256(JSON.stringify(study)) },
    options,
    covariates,
    ...(covariatesLeftOut > 0 && { covariatesLeftOut }),
    ...(cutoffs && {
      cutoffs: { sha256: sha256(bytes), fixedAt: cutoffs.fixedAt, source: cutoffs.source },
    }),
    models,
    analyses,
  };
  return { validation, manifest, report: writeUp(validation, manifest) };
}

/** With each that is held constant come six more bootstraps and tests; of so many nobody reads anything. */
const maxCovariates = 50;

function chosenCovariates(
  { participants }: Study,
  asked: readonly string[] | undefined,
): { covariates: string[]; covariatesLeftOut: number } {
  const known = [...new Set(participants.flatMap(({ covariates }) => Object.keys(covariates)))].sort();
  if (asked === undefined)
    return known.length > maxCovariates
      ? { covariates: [], covariatesLeftOut: known.length }
      : { covariates: known, covariatesLeftOut: 0 };
  if (asked.length > maxCovariates)
    throw new AppError(
      "invalid_request",
      `${asked.length} covariates are too many to hold constant, each by itself: ${maxCovariates} are the most. Name those that matter.`,
    );
  const there = new Set(known);
  const unknown = asked.find((name) => !there.has(name));
  if (unknown !== undefined)
    throw new AppError(
      "invalid_request",
      `No participant has the covariate ${unknown}. The study has: ${known.slice(0, maxCovariates).join(", ") || "none"}.`,
    );
  return { covariates: [...asked], covariatesLeftOut: 0 };
}

async function ownCutoffs(source: StudySource): Promise<Uint8Array | undefined> {
  const stream = await source.open("cutoffs.json");
  return stream && buffer(stream);
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
