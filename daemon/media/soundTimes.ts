import type { Container } from "./sniff.ts";

/** Filters in front of others: they tell on stderr when the sound begins, and leave it to go on as `[p]`. */
export const printSoundStart = "asplit[i][p];[i]atrim=end_sample=1,ashowinfo,anullsink;[p]";

/**
 * When a track of sound begins, by the line that {@link printSoundStart} writes before its first sample: raw sound has no room for
 * times. ffmpeg makes its filters anew when rate or channels change in mid-clip, so none of them may count from the clip's
 * beginning (`aresample=first_pts`).
 */
export class SoundStart {
  /** On the media clock; 0 where the file does not say. */
  readonly ms: Promise<number>;
  #tell: (ms: number) => void = () => undefined;

  constructor() {
    this.ms = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Takes a line of stderr; false when it is about something else. */
  read(line: string): boolean {
    if (!line.startsWith("[Parsed_ashowinfo_")) return false;
    const [, samples, rate] = / pts:(-?\d+) .* rate:(\d+)/.exec(line) ?? [];
    this.#tell(samples === undefined ? 0 : (1000 * Number(samples)) / Number(rate));
    return true;
  }

  /** No more lines will come. */
  end(): void {
    this.#tell(0);
  }
}

/** Frames of sound one behind another: times are those that ffmpeg makes up, by the rate that the file begins with. */
const timeless: readonly Container[] = ["aac", "ac3", "eac3", "dts", "amr"];

/**
 * Filters that fill gaps with silence, where the file has times. Ogg of sound alone has no gaps (RFC 7845, RFC 5334): older
 * ffmpegs take the last page of the first of two joined files for one.
 */
export const alongTimes = (container: Container, hasPicture: boolean): string[] =>
  timeless.includes(container) || (container === "ogg" && !hasPicture) ? [] : ["aresample=async=1"];
