import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "../../shared/errors.ts";
import type { Config } from "../config.ts";
import type { Secret } from "../secret.ts";
import { Rate } from "./rate.ts";
import type { Sessions } from "./sessions.ts";

/** Who calls: the holder of the token, a page with its cookie, a monitor that may read metrics, or nobody that we know. */
export type CallerRole = "token" | "session" | "monitor" | "nobody";

const maxKnownForms = 1000;

/**
 * The gate before everything else, for requests and for WebSocket upgrades. Any web page and any local program can reach
 * 127.0.0.1, so each call has to show that it was meant for this daemon (Host), that it does not come from a foreign page
 * (Origin, Sec-Fetch-Site), and that it knows a secret.
 */
export class Guard {
  readonly #token: Secret;
  readonly #scrapeToken: Secret;
  readonly #sessions: Sessions;
  readonly #known: Rate;
  readonly #unknown: Rate;
  readonly #forms: Rate;
  readonly #newForms: Rate;
  /** Secrets of participants' pages that were found to open a form; the oldest is forgotten first. */
  readonly #knownForms = new Set<string>();
  readonly #hosts = new Set<string>();
  readonly #origins = new Set<string>();
  #cookie = "";
  #formCookie = "";

  constructor(token: Secret, scrapeToken: Secret, sessions: Sessions, limits: Config["limits"]) {
    this.#token = token;
    this.#scrapeToken = scrapeToken;
    this.#sessions = sessions;
    // Apart, so that strangers cannot use up what the user needs, nor what a participant needs.
    const rate = () => new Rate(limits.requestsPerSecond, limits.requestsBurst);
    [this.#known, this.#unknown, this.#forms, this.#newForms] = [rate(), rate(), rate(), rate()];
  }

  /** Says where the daemon listens. Nothing passes before. */
  listensOn(port: number): void {
    // Cookies know no ports: the name keeps two daemons apart.
    this.#cookie = `edin_${port}`;
    this.#formCookie = `edin_form_${port}`;
    this.addOrigin(`http://127.0.0.1:${port}`);
  }

  /** A further origin, compared as a whole; one of http is also a name of this daemon, behind a forwarded port. */
  addOrigin(origin: string): void {
    this.#origins.add(origin);
    if (origin.startsWith("http://")) this.#hosts.add(origin.slice("http://".length));
  }

  /** Whether answers may be read by this origin, which is not the daemon's own page. */
  isWebview(origin: string | undefined): origin is string {
    return origin?.startsWith("vscode-webview://") === true && this.#origins.has(origin);
  }

  setCookie(session: Secret): string {
    return `${this.#cookie}=${session.reveal()}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** For a participant's page; kept over a crash of the browser, until `expiresAt`. */
  setFormCookie(secret: Secret, expiresAt: Date): string {
    const expires = expiresAt.toUTCString();
    return `${this.#formCookie}=${secret.reveal()}; Path=/; Expires=${expires}; HttpOnly; SameSite=Strict`;
  }

  /**
   * The secret of a participant's page, whatever it opens: {@link CallerRole} is `nobody` for it, so that no route but those of
   * the form takes it.
   */
  formSecret(headers: IncomingHttpHeaders): string | undefined {
    return this.#ownCookie(headers, this.#formCookie);
  }

  /** @throws AppError `too_many_requests`, `forbidden` */
  admit(headers: IncomingHttpHeaders): CallerRole {
    const caller = this.#identify(headers);
    if (!(caller === "nobody" ? this.#rateOf(headers) : this.#known).take()) {
      throw tooMany;
    }
    if (headers.host === undefined || !this.#hosts.has(headers.host)) {
      throw new AppError("forbidden", "This name is not the daemon's. Use the address that it printed.");
    }
    if (headers.origin !== undefined && !this.#origins.has(headers.origin)) {
      throw new AppError("forbidden", "Pages of this origin may not use the daemon.");
    }
    return caller;
  }

  /** As {@link admit}, for a WebSocket: an Origin is needed, and a caller that we know. @throws AppError also `unauthorized` */
  admitSocket(headers: IncomingHttpHeaders): CallerRole {
    const caller = this.admit(headers);
    if (headers.origin === undefined) throw new AppError("forbidden", "A socket needs an Origin.");
    if (caller === "nobody" || caller === "monitor") throw unauthorized();
    return caller;
  }

  /** Says that this secret opens a form. */
  knowForm(secret: string): void {
    this.#knownForms.delete(secret);
    this.#knownForms.add(secret);
    if (this.#knownForms.size > maxKnownForms)
      this.#knownForms.delete(this.#knownForms.values().next().value!);
  }

  /** Of a caller who is no user: a participant's, that of somebody with a cookie that may be one, or that of strangers. */
  #rateOf(headers: IncomingHttpHeaders): Rate {
    const secret = this.formSecret(headers);
    if (secret === undefined) return this.#unknown;
    return this.#knownForms.has(secret) ? this.#forms : this.#newForms;
  }

  #identify(headers: IncomingHttpHeaders): CallerRole {
    const [, bearer] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
    if (bearer !== undefined) {
      if (this.#token.matches(bearer)) return "token";
      return this.#scrapeToken.matches(bearer) ? "monitor" : "nobody";
    }
    const session = this.#ownCookie(headers, this.#cookie);
    return session !== undefined && this.#sessions.has(session) ? "session" : "nobody";
  }

  /** A cookie is sent by the browser, whatever page causes it, also one of another local port: that one does not count. */
  #ownCookie(headers: IncomingHttpHeaders, name: string): string | undefined {
    const site = headers["sec-fetch-site"];
    const ours = site === "same-origin" || site === "none";
    const own = headers.origin !== undefined && this.#origins.has(headers.origin);
    const [, value] = new RegExp(`(?:^|; )${name}=([^;]+)`).exec(headers.cookie ?? "") ?? [];
    return ours || own ? value : undefined;
  }
}

/** Made once: under a flood, making errors would be most of the work. */
const tooMany = new AppError("too_many_requests", "Too many requests. Wait a moment.");

/** The refusal of a form whose link is used up or too old. */
export const formClosed = () =>
  new AppError(
    "unauthorized",
    "This questionnaire is not open: it is completed, or its link is too old. Ask for a new link if you need one.",
  );

/** The refusal of a caller without token or cookie. */
export const unauthorized = () =>
  new AppError("unauthorized", "The daemon does not know you. Open it again: edin open");
