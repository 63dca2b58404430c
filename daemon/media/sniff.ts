import { open, readlink, stat, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { noFile } from "./noFile.ts";
import { isWaveLengthWrong } from "./waveLength.ts";

/** Containers that EDIN reads, by the name of ffmpeg's demuxer. None of them can name another file or a network address. */
export type Container =
  | "mov"
  | "matroska"
  | "avi"
  | "wav"
  | "w64"
  | "ogg"
  | "flac"
  | "mp3"
  | "aac"
  | "aiff"
  | "mpegts"
  | "mpeg"
  | "flv"
  | "asf"
  | "gif"
  | "yuv4mpegpipe"
  | "nut"
  | "caf"
  | "amr"
  | "au"
  | "dv"
  | "mxf"
  | "ivf"
  | "ac3"
  | "eac3"
  | "dts"
  | "wv"
  | "ape"
  | "tta"
  | "voc"
  | "nistsphere"
  | "rm"
  | "wtv"
  | "h264"
  | "hevc"
  | "mpegvideo";

/** A file that ffmpeg reads. */
export interface MediaFile {
  readonly container: Container;
  readonly sizeBytes: number;
  /** What the demuxer has to be told of this very file. */
  readonly demuxerOptions: readonly string[];
}

const headBytes = 4096;
const furtherBytes = 65_536;
/** Tags that may stand in front of a stream, one behind another. */
const maxTags = 8;

/**
 * Looks at the first bytes of a file, whatever its name says; tags in front of a stream are skipped. Playlists, scripts
 * and everything unknown are refused before ffmpeg sees them.
 * @throws AppError `media_not_found`, `media_empty`, `media_unreadable`, `media_unsupported`
 */
export async function sniffMedia(mediaPath: string): Promise<MediaFile> {
  const name = path.basename(mediaPath);
  const info = await stat(mediaPath).catch(async (cause: unknown) => {
    const target = await readlink(mediaPath).catch(() => "");
    const missing = /annex[\\/]objects/.test(target)
      ? `The content of ${name} is not on this machine: run git annex get, or datalad get, on it.`
      : `${name} is not there or cannot be opened. Check its name.`;
    throw new AppError("media_not_found", missing, { cause });
  });
  if (!info.isFile()) throw noFile(name);
  if (info.size === 0) throw new AppError("media_empty", `${name} is empty. Choose another file.`);
  const state = `${info.dev} ${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs}`;
  const known = recent.get(mediaPath);
  if (known?.state === state) return known.file;
  const found = await readKind(mediaPath, name, info.size);
  recent.delete(mediaPath);
  recent.set(mediaPath, { state, file: found });
  if (recent.size > maxRecent) recent.delete(recent.keys().next().value!);
  return found;
}

/** The head of a clip is read once, though it is probed and its streams are decoded one by one: what was found while the file stays as it is. */
const recent = new Map<string, { readonly state: string; readonly file: MediaFile }>();
const maxRecent = 64;

async function readKind(mediaPath: string, name: string, sizeBytes: number): Promise<MediaFile> {
  const file = await open(mediaPath, "r").catch((cause: unknown) => {
    throw new AppError("media_unreadable", `${name} cannot be read. Check its permissions.`, { cause });
  });
  try {
    const { head, tagged } = await readHead(file);
    const container = sniffContainer(head) ?? (tagged ? "mp3" : await sniffFurther(file));
    if (container === undefined) throw unknownKind(name, head);
    const wrong = container === "wav" && head.toString("latin1", 0, 4) === "RIFF";
    const endless = wrong && (await isWaveLengthWrong(file, sizeBytes));
    return { container, sizeBytes, demuxerOptions: endless ? ["-ignore_length", "1"] : [] };
  } finally {
    await file.close();
  }
}

/** A recording that was cut may begin in the middle of a picture. */
async function sniffFurther(file: FileHandle): Promise<Container | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(furtherBytes), 0, furtherBytes, 0);
  return holdsPack(buffer.subarray(0, bytesRead)) ? "mpeg" : undefined;
}

/** The first bytes behind ID3 tags and behind zeros. */
async function readHead(file: FileHandle): Promise<{ head: Buffer; tagged: boolean }> {
  const read = async (at: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, at);
    return buffer.subarray(0, bytesRead);
  };
  let at = 0;
  let head = await read(0);
  let tagged = false;
  for (let n = 0; n < maxTags && head.toString("latin1", 0, 3) === "ID3" && head.length >= 10; n++) {
    // Seven bits a byte; a tag with a footer is ten bytes longer.
    const size = [6, 7, 8, 9].reduce((sum, i) => sum * 128 + (head[i]! & 0x7f), 0);
    at += 10 + size + (head[5]! & 0x10 ? 10 : 0);
    head = await read(at);
    tagged = true;
  }
  const first = head.findIndex((byte) => byte !== 0);
  // Recorders pad before the first frame of sound; what begins with zeros by itself is found as it stands.
  if (first > 3 && sniffContainer(head) === undefined) return { head: head.subarray(first), tagged };
  return { head, tagged };
}

function unknownKind(name: string, head: Buffer): AppError {
  const text = head.toString("latin1", 0, 200);
  if (/^version https:\/\/git-lfs/.test(text))
    return new AppError(
      "media_not_found",
      `${name} is only a pointer of Git LFS: its content is not on this machine. Run git lfs pull in its folder.`,
    );
  if (/^\/?annex\/objects\//.test(text) || /^\/annex\//.test(text))
    return new AppError(
      "media_not_found",
      `${name} is only a pointer of git-annex: its content is not on this machine. Run git annex get, or datalad get, on it.`,
    );
  if (/^(styp|sidx|moof)$/.test(head.toString("latin1", 4, 8)))
    return new AppError(
      "media_unsupported",
      `${name} is a part of a stream, as DASH and HLS cut them, without the beginning that says what it holds. Join the stream's init file and its parts in order (cat init.mp4 1.m4s 2.m4s > clip.mp4).`,
    );
  const start = head.toString("latin1", 0, 512).trimStart().toLowerCase();
  const other = otherKinds.find(({ begins }) => begins.some((one) => start.startsWith(one)));
  if (other !== undefined) return new AppError("media_unsupported", `${name} is ${other.what}`);
  return new AppError(
    "media_unsupported",
    `${name} is not a video, sound or picture file that EDIN reads. Use MP4, MOV, MKV, WebM, AVI, WAV, FLAC, MP3, Ogg, JPEG or PNG.`,
  );
}

/** What is found under the names of clips, by how it begins (letters small), and what to do then. */
const otherKinds: readonly { readonly begins: readonly string[]; readonly what: string }[] = [
  {
    begins: ["<!doctype html", "<html"],
    what: "a web page, as a download leaves one that needed a sign-in. Download the clip again.",
  },
  {
    begins: ["\0\x05\x16\0", "\0\x05\x16\x07"],
    what: "what macOS keeps beside a clip, not the clip itself: the one without ._ in its name is meant.",
  },
  {
    begins: ["pk\x03\x04"],
    what: "a ZIP archive or an office document. Unpack it, and choose the clip in it.",
  },
  {
    begins: ["rar!", "7z\xbc\xaf", "\x1f\x8b"],
    what: "a packed archive. Unpack it, and choose the clip in it.",
  },
  { begins: ["l\0\0\0\x01\x14\x02\0"], what: "a shortcut of Windows. Choose the clip that it leads to." },
  { begins: ["%pdf-"], what: "a PDF document. Choose a clip." },
];

/** The container that a file's first bytes belong to; `undefined` for anything that EDIN does not read. */
export function sniffContainer(head: Buffer): Container | undefined {
  const text = (from: number, to: number) => head.toString("latin1", from, to);
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (/^(ftyp|moov|mdat|free|skip|wide|pnot)$/.test(text(4, 8))) return "mov";
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return "matroska";
  if (/^(RIFF|RF64)$/.test(text(0, 4)) && text(8, 12) === "WAVE") return "wav";
  if (text(0, 4) === "RIFF" && /^(AVI |AVIX)$/.test(text(8, 12))) return "avi";
  if (text(0, 4) === "RIFF" && text(8, 12) === "CDXA") return "mpeg";
  if (text(0, 4) === "riff" && starts(0x72, 0x69, 0x66, 0x66, 0x2e, 0x91, 0xcf, 0x11)) return "w64";
  if (text(0, 4) === "FORM" && /^AIF[FC]$/.test(text(8, 12))) return "aiff";
  for (const [magic, container] of magics) if (text(0, magic.length) === magic) return container;
  if (/^GIF8[79]a$/.test(text(0, 6))) return "gif";
  if (starts(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11)) return "asf";
  if (starts(0xb7, 0xd8, 0x00, 0x20, 0x37, 0x49, 0xda, 0x11)) return "wtv";
  if (starts(0x06, 0x0e, 0x2b, 0x34)) return "mxf";
  if (starts(0x1f, 0x07, 0x00)) return "dv";
  if (starts(0x7f, 0xfe, 0x80, 0x01)) return "dts";
  if (starts(0x0b, 0x77)) return head[5]! >> 3 > 10 ? "eac3" : "ac3";
  if (starts(0x00, 0x00, 0x01, 0xba)) return "mpeg";
  if (starts(0x00, 0x00, 0x01, 0xb3)) return "mpegvideo";
  const nal = starts(0, 0, 0, 1) ? 4 : starts(0, 0, 1) ? 3 : undefined;
  const elementary = nal === undefined ? undefined : elementaryStream(head[nal], head[nal + 1]);
  if (elementary !== undefined) return elementary;
  if (isTransportStream(head)) return "mpegts";
  if (text(0, 3) === "ID3") return "mp3";
  if (head[0] === 0xff && (head[1]! & 0xf6) === 0xf0) return "aac";
  if (head[0] === 0xff && (head[1]! & 0xe0) === 0xe0 && (head[1]! & 0x06) !== 0) return "mp3";
  return undefined;
}

/** H.264 and HEVC without a container begin with a parameter set, an access unit delimiter or SEI. */
function elementaryStream(first = 0, second = 0): Container | undefined {
  if ([0x67, 0x27, 0x09, 0x06].includes(first)) return "h264";
  return [0x40, 0x42, 0x46, 0x4e].includes(first) && second === 0x01 ? "hevc" : undefined;
}

/** Files that begin with a text of their own. */
const magics: readonly (readonly [string, Container])[] = [
  ["OggS", "ogg"],
  ["fLaC", "flac"],
  ["FLV", "flv"],
  ["YUV4MPEG2 ", "yuv4mpegpipe"],
  ["nut/multimedia container", "nut"],
  ["caff", "caf"],
  ["#!AMR", "amr"],
  [".snd", "au"],
  ["DKIF", "ivf"],
  ["wvpk", "wv"],
  ["MAC ", "ape"],
  ["TTA1", "tta"],
  ["Creative Voice File", "voc"],
  ["NIST_1A", "nistsphere"],
  [".RMF", "rm"],
];

/**
 * Packets of 188 bytes, of 192 with a time before each (Blu-ray, AVCHD) or of 204 with a checksum behind each. A capture
 * may begin in the middle of a packet.
 */
function isTransportStream(head: Buffer): boolean {
  // A text may repeat itself as well.
  if (head.every((byte) => byte >= 0x09 && byte < 0x7f)) return false;
  const syncs = (first: number, step: number, count: number): boolean =>
    Array.from({ length: count }, (_, packet) => head[first + packet * step]).every((byte) => byte === 0x47);
  if (syncs(0, 188, 3) || syncs(4, 192, 3)) return true;
  return [188, 192, 204].some((step) =>
    Array.from({ length: step }, (_, first) => first).some((first) => syncs(first, step, 8)),
  );
}

/** A program stream that was cut anywhere (broadcasts, VOB): a pack of MPEG-2 or MPEG-1 with a packet or system header behind it. */
function holdsPack(head: Buffer): boolean {
  const code = Buffer.of(0, 0, 1, 0xba);
  for (let at = head.indexOf(code); at >= 0; at = head.indexOf(code, at + 4)) {
    const kind = head[at + 4] ?? 0;
    const next =
      (kind & 0xc4) === 0x44 ? at + 14 + (head[at + 13]! & 7) : (kind & 0xf1) === 0x21 ? at + 12 : -1;
    if (next > 0 && head.readUIntBE(Math.min(next, head.length - 3), 3) === 1 && head[next + 3]! >= 0xbb)
      return true;
  }
  return false;
}
