import { childEnvironment, type Config } from "../config.ts";
import { findFfmpeg, type Ffmpeg } from "../media/ffmpeg.ts";

const found = new WeakMap<Config, Promise<Ffmpeg>>();

/** ffmpeg as the configuration names it, looked for once. @throws AppError `ffmpeg_missing` */
export function toolsOf(config: Config): Promise<Ffmpeg> {
  let tools = found.get(config);
  if (tools === undefined) {
    tools = findFfmpeg(config, childEnvironment());
    found.set(config, tools);
    // Installed meanwhile, it is found the next time.
    tools.catch(() => found.delete(config));
  }
  return tools;
}
