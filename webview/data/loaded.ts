import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { toAppError } from "../../shared/errors.ts";

export interface Loaded<T> {
  readonly value: ReadonlySignal<T | undefined>;
  /** What went wrong last, in words. */
  readonly failure: ReadonlySignal<string | undefined>;
  readonly reload: () => void;
  /** Does something and takes its result as the new value; one without a result loads anew. */
  readonly change: (work: Promise<unknown>, take?: (answer: never) => T) => Promise<void>;
}

/** A value of the daemon, loaded again whenever `key` changes, and every `everyMs` while the page is looked at. */
export function useLoaded<T>(load: () => Promise<T>, key: unknown, everyMs?: number): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  /** What went wrong when it was last loaded; the next loading that succeeds forgets it. */
  const missed = useSignal<string | undefined>(undefined);
  const reload = useCallback(() => {
    load().then(
      (loaded) => {
        value.value = loaded;
        missed.value = undefined;
      },
      (error: unknown) => (missed.value = toAppError(error).message),
    );
  }, [key]);
  useEffect(() => {
    reload();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);
  const change: Loaded<T>["change"] = async (work, take) => {
    failure.value = undefined;
    try {
      const answer = await work;
      if (take === undefined) reload();
      else value.value = take(answer as never);
    } catch (error) {
      failure.value = toAppError(error).message;
    }
  };
  return { value, failure: useComputed(() => failure.value ?? missed.value), reload, change };
}
