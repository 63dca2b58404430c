/** A result, or the reason why the data give none. Never NaN. */
export type Estimate<T extends object> = (T & { readonly defined: true }) | Undefined;

export interface Undefined {
  readonly defined: false;
  /** A sentence for the reader of a report. */
  readonly reason: string;
}

/** An estimate that cannot be computed, and why. */
export const undefinedBecause = (reason: string): Undefined => ({ defined: false, reason });
