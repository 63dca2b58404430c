import { AppError } from "../../shared/errors.ts";
import { pageCodeMinutes } from "../../shared/protocol/system.ts";
import { Secret } from "../secret.ts";

const codeMs = pageCodeMinutes * 60_000;
const sessionMs = 12 * 3600_000;
const maxCodes = 10;
const maxSessions = 20;

interface Expiring {
  readonly secret: Secret;
  readonly expiresAt: number;
}

/**
 * How a page in a browser gets in without ever holding the token: whoever has the token asks for a one-time code, the
 * page brings the code, and gets a random cookie that no script can read. Codes and sessions end with the process.
 */
export class Sessions {
  #codes: Expiring[] = [];
  #sessions: Expiring[] = [];

  createCode(): Expiring {
    const code = { secret: Secret.random(), expiresAt: Date.now() + codeMs };
    this.#codes = [...live(this.#codes), code].slice(-maxCodes);
    return code;
  }

  /** Uses a code up. @throws AppError `unauthorized` */
  open(code: string): Secret {
    const codes = live(this.#codes);
    const found = codes.find(({ secret }) => secret.matches(code));
    if (found === undefined) {
      throw new AppError("unauthorized", "This link was used or is too old. Ask for a new one: edin open");
    }
    this.#codes = codes.filter((other) => other !== found);
    const session = { secret: Secret.random(), expiresAt: Date.now() + sessionMs };
    this.#sessions = [...live(this.#sessions), session].slice(-maxSessions);
    return session.secret;
  }

  has(candidate: string): boolean {
    return live(this.#sessions).some(({ secret }) => secret.matches(candidate));
  }
}

const live = (list: readonly Expiring[]) => list.filter(({ expiresAt }) => expiresAt > Date.now());
