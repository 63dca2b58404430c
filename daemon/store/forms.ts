import { createHash } from "node:crypto";
import { sql, type Kysely } from "kysely";
import { beqItemCount } from "../../shared/beq/items.ts";
import { AppError } from "../../shared/errors.ts";
import type { BeqForm } from "../../shared/protocol/beqForm.ts";
import { Secret } from "../secret.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import {
  existingParticipant,
  existingSession,
  existingVersion,
  type Db,
  type ParticipantKey,
} from "./studyRows.ts";

/** How long the form of a link stays open: as long as somebody may take to come and fill it in. */
const linkMs = 12 * 3600_000;

const nothing = JSON.stringify(Array.from({ length: beqItemCount }, () => null));

/**
 * The forms of sessions while they are filled in, and the links that open them. Each answer is one statement: once it is
 * acknowledged, it is in the database. Of the secrets of a link only hashes are kept.
 */
export class Forms {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** @throws AppError `not_found`; `invalid_request` when the study has no consent text */
  async get(session: string): Promise<BeqForm> {
    return this.#read(this.#db, session, await existingSession(this.#db, session));
  }

  /**
   * @param givenBy who took the consent
   * @throws AppError `conflict` when another version is asked for by now
   */
  async consent(session: string, version: string, givenBy: string): Promise<BeqForm> {
    return this.#db.transaction().execute(async (t) => {
      const key = await existingSession(t, session);
      if ((await existingVersion(t, key.study)).version !== version) {
        throw new AppError(
          "conflict",
          "The consent text has changed meanwhile. Reload, and read the new one.",
        );
      }
      const { consent } = await existingParticipant(t, key);
      if (consent?.version !== version) {
        await t
          .updateTable("participants")
          .set({ consent: JSON.stringify({ version, givenAt: new Date().toISOString(), givenBy }) })
          .where("study_id", "=", key.study)
          .where("id", "=", key.participant)
          .execute();
      }
      return this.#read(t, session, key);
    });
  }

  /** @throws AppError `conflict` before the consent and after the end of the form */
  async answer(session: string, item: number, answer: number | null): Promise<BeqForm> {
    return this.#db.transaction().execute(async (t) => {
      const key = await existingSession(t, session);
      if (!(await this.#read(t, session, key)).consent.given)
        throw new AppError("conflict", "The consent comes first. Agree to it, then answer.");
      await t
        .insertInto("responses")
        .values({ session_id: session, id: newId(), source: "form", items: nothing })
        .onConflict((c) => c.column("session_id").doNothing())
        .execute();
      const saved = await t
        .updateTable("responses")
        .set({
          items: sql`jsonb_set(items, array[${String(item - 1)}], ${JSON.stringify(answer)}::jsonb)`,
        })
        .where("session_id", "=", session)
        .where("completed_at", "is", null)
        .returning("id")
        .executeTakeFirst();
      if (saved === undefined) throw ended();
      return this.#read(t, session, key);
    });
  }

  /** Also ends the link. Completing twice is no error. @throws AppError `conflict` when nothing was answered */
  async complete(session: string): Promise<BeqForm> {
    return this.#db.transaction().execute(async (t) => {
      const key = await existingSession(t, session);
      const before = await this.#read(t, session, key);
      if (before.answers.every((answer) => answer === null))
        throw new AppError("conflict", "Nothing was answered yet. Answer at least one item.");
      if (!before.completed) {
        await t
          .updateTable("responses")
          .set({ completed_at: new Date() })
          .where("session_id", "=", session)
          .execute();
      }
      await t.deleteFrom("form_links").where("session_id", "=", session).execute();
      return this.#read(t, session, key);
    });
  }

  /** A new one-time code for the form of a session; what opened it before opens it no longer. */
  async createLink(session: string): Promise<{ code: Secret; expiresAt: Date }> {
    const form = await this.get(session);
    if (form.completed) throw ended();
    const code = Secret.random();
    const link = {
      code_hash: digest(code.reveal()),
      cookie_hash: null,
      expires_at: new Date(Date.now() + linkMs),
    };
    await this.#db
      .insertInto("form_links")
      .values({ session_id: session, ...link })
      .onConflict((c) => c.column("session_id").doUpdateSet(link))
      .execute();
    return { code, expiresAt: link.expires_at };
  }

  /** Uses the code up and gives the cookie that stands for it. @throws AppError `unauthorized` */
  async openLink(code: string): Promise<{ cookie: Secret; expiresAt: Date }> {
    const cookie = Secret.random();
    const row = await this.#db
      .updateTable("form_links")
      .set({ code_hash: null, cookie_hash: digest(cookie.reveal()) })
      .where("code_hash", "=", digest(code))
      .where("expires_at", ">", new Date())
      .returning("expires_at")
      .executeTakeFirst();
    if (row === undefined) {
      throw new AppError(
        "unauthorized",
        "This link was used already or is too old. Ask the person who gave it to you for a new one.",
      );
    }
    return { cookie, expiresAt: row.expires_at };
  }

  /** The session whose form a cookie opens; undefined for any other text, and once the form is completed. */
  async sessionOf(cookie: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("form_links")
      .select("session_id")
      .where("cookie_hash", "=", digest(cookie))
      .where("expires_at", ">", new Date())
      .executeTakeFirst();
    return row?.session_id;
  }

  async #read(db: Db, session: string, key: ParticipantKey): Promise<BeqForm> {
    const { consent } = await existingParticipant(db, key);
    const asked = await existingVersion(db, key.study);
    const row = await db
      .selectFrom("responses")
      .select(["items", "completed_at"])
      .where("session_id", "=", session)
      .executeTakeFirst();
    return {
      consent: { ...asked, given: consent?.version === asked.version },
      answers: row?.items ?? (JSON.parse(nothing) as null[]),
      completed: row?.completed_at != null,
    };
  }
}

const ended = () => new AppError("conflict", "This form is completed. It does not change any more.");

/** Secrets are random and long: a plain hash cannot be turned back, and comparing hashes gives no time away. */
function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
