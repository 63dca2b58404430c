import type { Migration } from "kysely";
import { analyses } from "./0001Analyses.ts";
import { studies } from "./0002Studies.ts";
import { jobs } from "./0003Jobs.ts";
import { visits } from "./0004Visits.ts";
import { studyIndexes } from "./0005StudyIndexes.ts";
import { conditions } from "./0006Conditions.ts";
import { queue } from "./0007Queue.ts";
import { faces } from "./0008Faces.ts";
import { receivers } from "./0009Receivers.ts";
import { notBefore } from "./0011NotBefore.ts";
import { studyFaces } from "./0012StudyFaces.ts";
import { gazeCalibrations } from "./0013GazeCalibrations.ts";
import { pairCorrections } from "./0014PairCorrections.ts";

/**
 * In the order of their names; one file each. A landed migration is never changed: add the next one. The last line also
 * needs its tables in `schema.ts`.
 */
export const migrations: Record<string, Migration> = {
  "0001_analyses": analyses,
  "0002_studies": studies,
  "0003_jobs": jobs,
  "0004_visits": visits,
  "0005_study_indexes": studyIndexes,
  "0006_conditions": conditions,
  "0007_queue": queue,
  "0008_faces": faces,
  "0009_receivers": receivers,
  "0011_not_before": notBefore,
  "0012_study_faces": studyFaces,
  "0013_gaze_calibrations": gazeCalibrations,
  "0014_pair_corrections": pairCorrections,
};
