import type { Attempt } from "../data/attempt.ts";
import { Notice } from "./Notice.tsx";

/** Why an attempt failed, where it did. */
export function Failure({ of }: { readonly of: Attempt }) {
  return of.failure.value === undefined ? null : <Notice kind="error">{of.failure.value}</Notice>;
}
