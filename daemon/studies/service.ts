import { randomUUID } from "node:crypto";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { RecordedClip } from "../../shared/protocol/live.ts";
import type { linkClips } from "../../shared/protocol/studyClips.ts";
import { namePattern, clipPlaces } from "../../shared/study/linkPattern.ts";
import type { ImportProgress, StudyImport } from "../../shared/protocol/studyArchives.ts";
import type { StudyTable, TableSettings } from "../../shared/protocol/studyTable.ts";
import { parseCutoffs } from "../beq/cutoffs.ts";
import type { ReadOptions } from "../beq/readResponses.ts";
import { readInThread } from "../reading/readThread.ts";
import { setClipFacts } from "../store/clipFacts.ts";
import { importEvents as importEventsInto } from "../store/importEvents.ts";
import { linkClips as linkClipsTo } from "../store/linkClips.ts";
import { Forms } from "../store/forms.ts";
import { GazeCalibrations } from "../store/gazeCalibrations.ts";
import { insertResponses } from "../store/responses.ts";
import type { Store } from "../store/store.ts";
import { SelfReports } from "../store/selfReports.ts";
import { readStudyRecord } from "../store/studyRecord.ts";
import type { ParticipantKey } from "../store/studyRows.ts";
import { Studies } from "../store/studies.ts";
import { exportStudy } from "./archiveWriter.ts";
import { importStudy, removeUnfinishedImports } from "./archiveImport.ts";
import { workInThread } from "./studyThread.ts";
import type { StoredStudy } from "./storedStudy.ts";
import { Removal, type RemovedAnalyses } from "./removal.ts";

/** The life of studies: the one place through which routes and commands read, change and remove them. */
export class StudyService {
  readonly rows: Studies;
  readonly forms: Forms;
  readonly removal: Removal;
  readonly selfReports: SelfReports;
  readonly gazeCalibrations: GazeCalibrations;
  readonly #store: Store;
  readonly #dataDir: string;
  readonly #imports = new Map<string, { about: StudyImport; readonly stop: AbortController }>();
  /** What an import left while the database was away goes before the next one; others that begin meanwhile wait for it. */
  #takingBack: Promise<void> | undefined;

  private constructor(store: Store, dataDir: string, analyses: RemovedAnalyses) {
    this.#store = store;
    this.#dataDir = dataDir;
    this.rows = new Studies(store.db, dataDir);
    this.forms = new Forms(store.db);
    this.selfReports = new SelfReports(store.db);
    this.gazeCalibrations = new GazeCalibrations(store.db);
    this.removal = new Removal(store.db, dataDir, analyses);
  }

  /** Sessions of participants whose camera is a live source. */
  readonly recorded = {
    begin: async (of: ParticipantKey): Promise<string> => {
      await this.rows.requireConsent(of);
      return (await this.rows.addSession(of)).id;
    },
    gazeOf: (of: ParticipantKey) => this.gazeCalibrations.get(of),
    link: async (
      session: string,
      analysis: string,
      { role, ...facts }: RecordedClip = { role: "stimulus" },
    ): Promise<void> => {
      // It is told at the beginning and at the end: what somebody changed meanwhile stays.
      if (await this.rows.isLinked(session, analysis)) return;
      await this.rows.linkAnalysis(session, { id: analysis, role });
      await setClipFacts(this.#store.db, [{ session, analysis, ...facts }]);
    },
    drop: async (session: string): Promise<void> => {
      await this.removal.session(session);
    },
  };

  /** Ends what a crash left half done: imports are taken back, removals are finished. */
  static async open(store: Store, dataDir: string, analyses: RemovedAnalyses): Promise<StudyService> {
    const service = new StudyService(store, dataDir, analyses);
    await removeUnfinishedImports(store.db, dataDir);
    await service.removal.finish();
    return service;
  }

  /** @throws AppError `invalid_config` for a text that is no cutoffs.json */
  async setCutoffs(study: string, text: string): Promise<void> {
    parseCutoffs(text);
    await this.rows.setCutoffs(study, text);
  }

  /** Takes over the forms of a CSV file, all or none. @throws AppError `not_found` */
  async importResponses(study: string, bytes: Uint8Array, options: ReadOptions) {
    const table = await readInThread("responses", { bytes, options });
    const { skipped, layout, notes } = table;
    const taken = await insertResponses(this.#store.db, study, table);
    return { ...taken, skipped, notes: [...notes, ...taken.notes], ...(layout !== undefined && { layout }) };
  }

  /** Those whose retention date has passed; removed with `remove`. */
  async purge(remove: boolean) {
    const expired = await this.rows.listExpired(new Date());
    const leftMedia: string[] = [];
    if (remove) for (const key of expired) leftMedia.push(...(await this.removal.participant(key)));
    return { expired, leftMedia };
  }

  /** The bytes of the study's archive. @throws AppError `not_found` before the first byte */
  archive(study: string): Promise<AsyncIterable<Uint8Array>> {
    return exportStudy(this.#store.db, this.#dataDir, study);
  }

  /**
   * Holds the study's analyses against its questionnaires.
   * @throws AppError `not_found`, and as {@link workInThread}
   */
  async validate(study: string, draws: number) {
    return workInThread("validate", { stored: await this.#stored(study), draws });
  }

  /** The measures of a study by person, condition and event. @throws AppError `not_found`, and as {@link workInThread} */
  async table(study: string, settings: TableSettings): Promise<StudyTable> {
    return workInThread("tabulate", { stored: await this.#stored(study), settings });
  }

  /** Says what clips of sessions show. @throws AppError `not_found`, `invalid_request` */
  setClipFacts(clips: Parameters<typeof setClipFacts>[1]): Promise<void> {
    return setClipFacts(this.#store.db, clips);
  }

  /**
   * Links analyses to participants by their clips' names, or says what that would do.
   * @throws AppError `not_found`; `invalid_request`, `invalid_csv` for a pattern or table that cannot be read
   */
  async linkClips({ study, pattern, table, ...request }: z.output<typeof linkClips.request>) {
    if ((pattern === undefined) === (table === undefined))
      throw new AppError("invalid_request", "Give either a pattern of names or a table.");
    const { of, files } =
      table === undefined
        ? { of: namePattern(pattern!), files: [] }
        : await readInThread("places", { bytes: Buffer.from(table, "base64") }).then((rows) =>
            clipPlaces(rows),
          );
    return linkClipsTo(this.#store.db, this.#dataDir, { study, placeOf: of, files, ...request });
  }

  /** Adds events of clips, or says what that would do. @throws AppError `not_found`, `invalid_csv`, `invalid_labels` */
  async importEvents(
    study: string,
    bytes: Uint8Array,
    options: { clip?: string | undefined; apply: boolean },
  ) {
    const events = await readInThread("events", { bytes });
    return importEventsInto(this.#store.db, study, events, { clip: options.clip, apply: options.apply });
  }

  async #stored(study: string): Promise<StoredStudy> {
    return { ...(await readStudyRecord(this.#store.db, study)), dataDir: this.#dataDir };
  }

  /** @throws AppError see {@link importStudy} */
  async importArchive(file: string): Promise<string> {
    const id = randomUUID();
    const stop = new AbortController();
    const tell = (progress: ImportProgress): void => {
      this.#imports.set(id, { about: { id, path: file, ...progress }, stop });
    };
    tell({ step: "reading", done: 0, total: 0 });
    try {
      if (this.#imports.size === 1) this.#takingBack = removeUnfinishedImports(this.#store.db, this.#dataDir);
      await this.#takingBack;
      return await importStudy(this.#store.db, this.#dataDir, file, tell, stop.signal);
    } finally {
      this.#imports.delete(id);
    }
  }

  /** Whoever asked for the import hears `cancelled` once nothing of it is left. @throws AppError `not_found` */
  cancelImport(id: string): void {
    const found = this.#imports.get(id);
    if (found === undefined)
      throw new AppError("not_found", "There is no such import: it has ended. Look at the list of studies.");
    found.stop.abort(
      new AppError("cancelled", "The import was cancelled. Nothing of the archive was taken over."),
    );
  }

  /** Archives that are being taken over, and how far that is. */
  get imports(): StudyImport[] {
    return [...this.#imports.values()].map(({ about }) => about);
  }
}
