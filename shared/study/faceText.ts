import type { FaceProposal, StudyFace } from "../protocol/studyFaces.ts";

/** A face by its clip. */
export const studyFaceTitle = ({ mediaName, track }: StudyFace): string => `${mediaName}, face ${track}`;

/** Whose a face is, as far as anybody said. */
export function studyFaceOwner({ participant, assumed, name, clipOf, gone }: StudyFace): string {
  if (gone === true) return "left out of the results";
  if (participant !== undefined) return assumed ? `counted as ${participant}` : participant;
  return name ?? `nobody said, in a clip of ${clipOf}`;
}

/** How alike two faces are, and what that is worth. */
export function likenessText({ likeness, oneIn }: Pick<FaceProposal, "likeness" | "oneIn">): string {
  const rare =
    oneIn === undefined
      ? "rarer among two people than was measured"
      : `1 in ${Math.max(1, Number(oneIn.toPrecision(2))).toLocaleString("en")} pairs of two people`;
  return `${likeness.toFixed(3)}: ${rare}`;
}

/** Who a person may be, where one of two faces says so: what somebody said goes before what is assumed. */
export function likeliestOwner({ a, b }: Pick<FaceProposal, "a" | "b">): string | undefined {
  const said = [a, b].find(({ participant, assumed }) => participant !== undefined && !assumed);
  return (said ?? [a, b].find(({ participant }) => participant !== undefined))?.participant;
}

/** What is to be known before one looks at proposals. */
export const faceProposalsNote =
  "A network compares the faces of the clips of participants who agreed, inside this study only; nothing is decided by it. Relatives, and people of one sex, age and origin, look alike to it more often than the figures say. No embedding is kept; what is found goes with the clip or the participant.";
