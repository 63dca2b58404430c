import { open, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";

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
  | "nut";

const headBytes = 4096;

/**
 * Looks at the first bytes of a file, whatever its name says. Pictures, playlists, scripts and everything unknown are
 * refused before ffmpeg sees them.
 * @throws AppError `media_not_found`, `media_empty`, `media_unreadable`, `media_unsupported`
 */
export async function sniffMedia(mediaPath: string): Promise<{ container: Container; sizeBytes: number }> {
  const name = path.basename(mediaPath);
  const info = await stat(mediaPath).catch((cause: unknown) => {
    throw new AppError("media_not_found", `${name} is not there or cannot be opened. Check its name.`, {
      cause,
    });
  });
  if (!info.isFile()) throw new AppError("media_unsupported", `${name} is not a file. Choose a clip.`);
  if (info.size === 0) throw new AppError("media_empty", `${name} is empty. Choose another file.`);
  const head = await readHead(mediaPath).catch((cause: unknown) => {
    throw new AppError("media_unreadable", `${name} cannot be read. Check its permissions.`, { cause });
  });
  const container = sniffContainer(head);
  if (!container) {
    throw new AppError(
      "media_unsupported",
      `${name} is not a video or sound file that EDIN reads. Use MP4, MOV, MKV, WebM, AVI, WAV, FLAC, MP3 or Ogg.`,
    );
  }
  return { container, sizeBytes: info.size };
}

async function readHead(mediaPath: string): Promise<Buffer> {
  await using file = await open(mediaPath, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}

/** The container that a file's first bytes belong to; `undefined` for anything that EDIN does not read. */
export function sniffContainer(head: Buffer): Container | undefined {
  const text = (from: number, to: number) => head.toString("latin1", from, to);
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  if (/^(ftyp|moov|mdat|free|skip|wide|pnot)$/.test(text(4, 8))) return "mov";
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return "matroska";
  if (/^(RIFF|RF64)$/.test(text(0, 4)) && text(8, 12) === "WAVE") return "wav";
  if (text(0, 4) === "RIFF" && /^(AVI |AVIX)$/.test(text(8, 12))) return "avi";
  if (text(0, 4) === "riff" && starts(0x72, 0x69, 0x66, 0x66, 0x2e, 0x91, 0xcf, 0x11)) return "w64";
  if (text(0, 4) === "OggS") return "ogg";
  if (text(0, 4) === "fLaC") return "flac";
  if (text(0, 4) === "FORM" && /^AIF[FC]$/.test(text(8, 12))) return "aiff";
  if (text(0, 3) === "FLV") return "flv";
  if (starts(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11)) return "asf";
  if (/^GIF8[79]a$/.test(text(0, 6))) return "gif";
  if (text(0, 10) === "YUV4MPEG2 ") return "yuv4mpegpipe";
  if (text(0, 24) === "nut/multimedia container") return "nut";
  if (starts(0x00, 0x00, 0x01, 0xba)) return "mpeg";
  if (isTransportStream(head)) return "mpegts";
  if (text(0, 3) === "ID3") return "mp3";
  if (head[0] === 0xff && (head[1]! & 0xf6) === 0xf0) return "aac";
  if (head[0] === 0xff && (head[1]! & 0xe0) === 0xe0 && (head[1]! & 0x06) !== 0) return "mp3";
  return undefined;
}

/** Packets of 188 bytes, or of 192 with a time before each (Blu-ray, AVCHD). */
function isTransportStream(head: Buffer): boolean {
  return [
    [188, 0],
    [192, 4],
  ].some(([step, first]) => [0, 1, 2].every((packet) => head[first! + packet * step!] === 0x47));
}
