import type { Participant, Study } from "../protocol/studyFile.ts";

/**
 * Whether a participant is counted: once consent is recorded. A study without a text of its own (a folder that was made by
 * hand) has its consent elsewhere, and EDIN cannot know of it.
 */
export function isCounted(
  { consentVersions }: Pick<Study, "consentVersions">,
  { consent }: Pick<Participant, "consent">,
): boolean {
  return consentVersions.length === 0 || consent !== undefined;
}
