import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { toAppError } from "../../shared/errors.ts";

export interface Loaded<T> {
  readonly value: ReadonlySignal<T | undefined>;
  /** What went wrong last, in words. */
  readonly failure: ReadonlySignal<string | undefined>;
  /** Ends when the new value, or what went wrong, is there; it does not throw. */
  readonly reload: () => Promise<void>;
  /** Does something and takes its result as the new value; one without a result loads anew. */
  readonly change: (work: Promise<unknown>, take?: (answer: never) => T) => Promise<void>;
}

/** A value of the daemon, loaded again whenever `key` changes, and every `everyMs` while the page is looked at. */
export function useLoaded<T>(load: () => Promise<T>, key: unknown, everyMs?: number): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  /** What went wrong when it was last loaded; the next loading that succeeds forgets it. */
  const missed = useSignal<string | undefined>(undefined);
  /** Numbers of the loadings: of the one that began last, and of the one whose value is shown. */
  const asked = useRef(0);
  const taken = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++asked.current;
    try {
      const loaded = await load();
      // An answer that was overtaken by one asked for later is older than what is shown.
      if (mine < taken.current) return;
      taken.current = mine;
      value.value = loaded;
      missed.value = undefined;
    } catch (error) {
      if (mine >= taken.current) missed.value = toAppError(error).message;
    }
  }, [key]);
  useEffect(() => {
    void reload();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);
  const change: Loaded<T>["change"] = async (work, take) => {
    failure.value = undefined;
    try {
      const answer = await work;
      if (take === undefined) await reload();
      else {
        value.value = take(answer as never);
        taken.current = ++asked.current;
      }
    } catch (error) {
      failure.value = toAppError(error).message;
    }
  };
  return { value, failure: useComputed(() => failure.value ?? missed.value), reload, change };
}
