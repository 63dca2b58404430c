import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

const hidden = "[hidden]";

/**
 * A text that must not be shown: printing, joining, logging or serialising it gives `[hidden]`. `reveal` is the one way
 * out, so that a search for it finds every place where a secret leaves the process.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** A new random secret of 256 bits. */
  static random(): Secret {
    return new Secret(randomBytes(32).toString("base64url"));
  }

  reveal(): string {
    return this.#text;
  }

  /** Compares in a time that depends neither on the length nor on the content of the two texts. */
  matches(candidate: string): boolean {
    return timingSafeEqual(digest(candidate), digest(this.#text));
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
