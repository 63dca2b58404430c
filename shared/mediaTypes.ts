/** What a browser may be told that a file is, by its ending in lower case. Nothing here can be a page or a script. */
const types: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
  avi: "video/x-msvideo",
  mpg: "video/mpeg",
  mpeg: "video/mpeg",
  vob: "video/mpeg",
  ts: "video/mp2t",
  mts: "video/mp2t",
  m2ts: "video/mp2t",
  wmv: "video/x-ms-wmv",
  asf: "video/x-ms-asf",
  flv: "video/x-flv",
  "3gp": "video/3gpp",
  dv: "video/x-dv",
  mxf: "application/mxf",
  ogv: "video/ogg",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  aac: "audio/aac",
  flac: "audio/flac",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  wma: "audio/x-ms-wma",
  aif: "audio/aiff",
  aiff: "audio/aiff",
  amr: "audio/amr",
  caf: "audio/x-caf",
  au: "audio/basic",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  avif: "image/avif",
  tif: "image/tiff",
  tiff: "image/tiff",
};

/** Endings that mostly belong to source text; such a clip is analysed by its path, and offered nowhere. */
const sources = new Set(["ts", "mts"]);

/** The endings that explorer, dialogs and the page's folders offer as clips, without a dot. */
export const mediaEndings: readonly string[] = Object.keys(types).filter((ending) => !sources.has(ending));

/** Whether a file is offered as a clip, by its name. */
export function isMediaName(name: string): boolean {
  return mediaEndings.includes(endingOf(name));
}

/** Pictures are analysed one by one, or as a folder. */
export function isPictureName(name: string): boolean {
  return isMediaName(name) && mediaType(name).startsWith("image/");
}

/** The media type of a file by its name; of an unknown one, bytes. */
export function mediaType(name: string): string {
  const ending = endingOf(name);
  return (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? "application/octet-stream";
}

function endingOf(name: string): string {
  return /\.([^./\\]*)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
