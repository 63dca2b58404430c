import type { Options } from "../../../shared/beq/validation/sample.ts";
import type { StudyData } from "../readPeople.ts";

/** What a repetition of the report needs to know. The same study, settings and versions write the same bytes. */
export interface ReportManifest {
  readonly edin: string;
  readonly node: string;
  readonly study: {
    readonly id: string;
    readonly name: string;
    /** Of the study as read, in the order of the schema. */ readonly sha256: string;
  };
  readonly options: Options;
  readonly covariates: readonly string[];
  /** How many the study has, where nobody chose among them and they are too many. */
  readonly covariatesLeftOut?: number;
  readonly cutoffs?: {
    readonly sha256: string;
    readonly fixedAt?: string | undefined;
    readonly source?: string | undefined;
  };
  readonly models: StudyData["models"];
  readonly analyses: StudyData["analyses"];
}
