/**
 * The Berkeley Expressivity Questionnaire (Gross and John 1995): 16 items, answered from 1 (strongly disagree) to 7
 * (strongly agree). Item n stands at index n - 1.
 */
export const beqItems = [
  "Whenever I feel positive emotions, people can easily see exactly what I am feeling.",
  "I sometimes cry during sad movies.",
  "People often do not know what I am feeling.",
  "I laugh out loud when someone tells me a joke that I think is funny.",
  "It is difficult for me to hide my fear.",
  "When I'm happy, my feelings show.",
  "My body reacts very strongly to emotional situations.",
  "I've learned it is better to suppress my anger than to show it.",
  "No matter how nervous or upset I am, I tend to keep a calm exterior.",
  "I am an emotionally expressive person.",
  "I have strong emotions.",
  "I am sometimes unable to hide my feelings, even though I would like to.",
  "Whenever I feel negative emotions, people can easily see exactly what I am feeling.",
  "There have been times when I have not been able to stop crying even though I tried to stop.",
  "I experience my emotions very strongly.",
  "What I'm feeling is written all over my face.",
] as const;

export const beqItemCount = beqItems.length;
export const lowestAnswer = 1;
export const highestAnswer = 7;
/** Words at the ends and the middle of the scale. */
export const beqAnchors = { 1: "strongly disagree", 4: "neutral", 7: "strongly agree" } as const;

/** Items whose answer is reversed, 8 - x. */
export const reversedItems: readonly number[] = [3, 8, 9];

/** Items of each facet: negative expressivity, positive expressivity, impulse strength. */
export const facetItems = {
  nex: [3, 5, 8, 9, 13, 16],
  pex: [1, 4, 6, 10],
  str: [2, 7, 11, 12, 14, 15],
} as const;

export type Facet = keyof typeof facetItems;
export const facets = ["nex", "pex", "str"] as const satisfies readonly Facet[];
export const facetNames: Record<Facet, string> = {
  nex: "negative expressivity",
  pex: "positive expressivity",
  str: "impulse strength",
};
