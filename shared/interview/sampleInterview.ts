/** What a first interview file looks like, for people to copy. */
export const sampleInterview = `\
# An interview for EDIN. Prompts are shown and spoken one after another; each prompt and each answer becomes a labelled
# segment of the results.
title: Four short questions
language: en
consent: >-
  Your camera and microphone are read while the interview runs. Pictures, sound and what the networks make of them stay
  on this computer. You may stop at any time, without giving a reason.
prompts:
  - id: baseline
    text: Please look at the screen and rest for a few seconds. You need not say anything.
    answerSeconds: 8
  - id: meal
    text: What did you have for breakfast this morning?
    answerSeconds: 20
  - id: joy
    text: Tell me about a moment of the last weeks that made you smile.
    until: key
  - id: end
    text: Is there anything you would like to add? Press the space bar when you are done.
    until: key
    pauseMs: 0
`;
