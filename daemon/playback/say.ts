import { childEnvironment } from "../config.ts";
import { soundVariables } from "../capture/devices.ts";
import { Tool } from "../media/process.ts";

let speaking: Tool | undefined;

/**
 * Speaks `text` with espeak-ng on this machine's loudspeaker; what was being spoken ends. An empty text only ends it.
 * @param language a tag such as `en` or `fr-CA`
 * @returns at the end of the speech: whether it was spoken. It is not where espeak-ng, the voice or a loudspeaker is missing.
 */
export async function say(text: string, language: string): Promise<boolean> {
  speaking?.kill();
  if (text === "") return false;
  // The text goes through stdin: it can never be taken for an option.
  const tool = new Tool("espeak-ng", ["-v", language.toLowerCase(), "--stdin"], {
    environment: childEnvironment(soundVariables),
  });
  speaking = tool;
  tool.stdin.end(text);
  const { code } = await tool.ended;
  if (speaking === tool) speaking = undefined;
  // Without a loudspeaker it ends with 0 all the same.
  return code === 0 && !/^error:/im.test(tool.words);
}
