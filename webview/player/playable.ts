import type { MediaInfo } from "../../shared/protocol/results.ts";

/** RFC 6381 names of codecs, by ffmpeg's. The profile is a common one: players do not differ by it. */
const videoCodecs: Readonly<Record<string, string>> = {
  h264: "avc1.64001f",
  hevc: "hvc1.1.6.L93.B0",
  vp8: "vp8",
  vp9: "vp09.00.10.08",
  av1: "av01.0.04M.08",
};
const audioCodecs: Readonly<Record<string, string>> = {
  aac: "mp4a.40.2",
  mp3: "mp3",
  opus: "opus",
  vorbis: "vorbis",
  flac: "flac",
  pcm_s16le: "1",
};
/** Sound that VS Code's media element plays. It says that it can play AAC, and stays silent. */
const heardInPanels = new Set(["mp3", "opus", "vorbis", "flac", "pcm_s16le"]);

/** The media type of a clip for `canPlayType`, or nothing for what no browser plays. */
export function playbackType({ container, video, audio }: MediaInfo): string | undefined {
  const codecs = [
    ...(video === undefined ? [] : [videoCodecs[video.codec]]),
    ...(audio === undefined ? [] : [audioCodecs[audio.codec]]),
  ];
  if (codecs.includes(undefined)) return undefined;
  // More than 8 bits a sample, and colour at full resolution, are profiles that most players lack.
  if (video !== undefined && !/^yuvj?420p$/.test(video.pixelFormat)) return undefined;
  const names = container.split(",");
  const format = names.includes("mp4")
    ? "mp4"
    : names.includes("webm")
      ? "webm"
      : names.find((name) => ["ogg", "wav", "mp3", "flac"].includes(name));
  if (format === undefined) return undefined;
  const kind = video === undefined ? "audio" : "video";
  // These say their codec by their name.
  if (format === "mp3" || format === "flac") return `audio/${format === "mp3" ? "mpeg" : format}`;
  return `${kind}/${format}; codecs="${codecs.join(",")}"`;
}

/**
 * Whether a clip needs the daemon's copy to be seen and heard.
 * @param inPanel in a webview of VS Code
 * @param canPlay whether this browser says that it plays a media type
 */
export function needsCopy(media: MediaInfo, inPanel: boolean, canPlay: (type: string) => boolean): boolean {
  if (inPanel && media.audio !== undefined && !heardInPanels.has(media.audio.codec)) return true;
  const type = playbackType(media);
  return type === undefined || !canPlay(type);
}
