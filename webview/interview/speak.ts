import type { Host } from "../host.ts";

/** Longer than any speech of a text takes: some browsers never tell the end. */
const maxMsPerLetter = 200;

/**
 * Speaks with the browser's own voices. @returns whether it was spoken; false at once where there is no voice for the language
 */
export async function speakHere(text: string, language: string, signal: AbortSignal): Promise<boolean> {
  const synthesis = globalThis.speechSynthesis as SpeechSynthesis | undefined;
  const main = language.split("-")[0]!.toLowerCase();
  const voices = synthesis?.getVoices().filter((voice) => voice.lang.toLowerCase().startsWith(main)) ?? [];
  const voice = voices.find((one) => one.lang.toLowerCase() === language.toLowerCase()) ?? voices[0];
  if (synthesis === undefined || voice === undefined) return false;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = language;
  utterance.voice = voice;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), 3000 + text.length * maxMsPerLetter);
    const end = (spoken: boolean): void => {
      clearTimeout(timer);
      resolve(spoken);
    };
    utterance.addEventListener("end", () => end(true));
    utterance.addEventListener("error", () => end(signal.aborted));
    signal.addEventListener("abort", () => synthesis.cancel());
    synthesis.speak(utterance);
  });
}

/** Speaks on the daemon's machine, where its camera and microphone are. */
export function speakAtDaemon(host: Host, sessionId: string) {
  return async (text: string, language: string, signal: AbortSignal): Promise<boolean> => {
    const say = (words: string): Promise<boolean> =>
      host.ask("live:say", { id: sessionId, text: words, language }).then(
        ({ spoken }) => spoken,
        // The prompt stays as text.
        () => false,
      );
    signal.addEventListener("abort", () => void say(""));
    return say(text);
  };
}
