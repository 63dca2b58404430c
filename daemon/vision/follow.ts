import type { Frame } from "../media/frame.ts";
import { describeFace } from "./appearance.ts";
import type { Crop } from "./crop.ts";
import type { Detection, FaceDetector } from "./detect.ts";
import { faceSquare } from "./faceSquare.ts";
import type { Landmarker, LandmarkReading } from "./landmarks.ts";
import { FaceTracks, type FaceTrack } from "./track.ts";

export interface FollowOptions {
  /** The detector runs on every n-th frame, and whenever a face is lost, a scene begins or nobody is in view. */
  readonly detectEveryFrames: number;
  /** A crop holds a face from this presence on. */
  readonly minPresence: number;
  /** Faces followed at a time; the surest ones. */
  readonly maxFaces: number;
}

/** A face that only the landmarks still see is given up after this time, and after two detections that missed it. */
const undetectedMs = 1500;
/** The detector's n frames are those of a clip at 25 a second, and half a second at least: in slow clips they are fewer. */
const ownFrameMs = 40;
const detectEveryMs = 500;
/** Large pictures are searched part by part this often, and in each new scene. */
const thoroughEveryMs = 2000;
/** How often it is checked that a face lies the way its landmarks say. */
const checkEveryMs = 1000;
/** A face that the detector is surer of upside down, by this much, lies so; below the least score it is doubtful. */
const lying = { surer: 0.03, least: 0.35 };
/** The landmarks are read again when the face lies further from the middle of the crop, in sides of its square. */
const farOff = { shift: 0.12, growth: 0.18 };

/**
 * Follows faces: between detections each face's landmarks give the next frame's crop, so that the detector, which
 * looks at the whole picture, runs on few frames.
 */
export class FaceFollower {
  readonly #detector: FaceDetector;
  readonly #landmarker: Landmarker;
  readonly #options: FollowOptions;
  readonly #tracks = new FaceTracks();
  #framesToDetection = 0;
  #detectedMs = -Infinity;
  #thoroughMs = -Infinity;
  #leftOut = 0;
  #search: Promise<readonly Detection[]> | undefined;

  constructor(detector: FaceDetector, landmarker: Landmarker, options: FollowOptions) {
    this.#detector = detector;
    this.#landmarker = landmarker;
    this.#options = options;
  }

  /** Faces that the last detection saw and that are not followed: there are more than `maxFaces`. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The faces of the next frame, by track id. `cut` says that a new scene begins with it. */
  async next(frame: Frame, cut: boolean): Promise<readonly FaceTrack[]> {
    if (cut) this.#tracks.loseAll();
    const before = this.#tracks.inView.length;
    await this.#followAll(frame);
    this.#partCollisions(frame);
    const lost = this.#tracks.inView.length < before;
    const everyMs = Math.max(detectEveryMs, ownFrameMs * this.#options.detectEveryFrames);
    const overdue = frame.timeMs - this.#detectedMs >= everyMs;
    const begun = this.#search;
    this.#search = undefined;
    if (cut || lost || this.#tracks.inView.length === 0 || overdue) {
      await this.#checkUpright(frame);
      const thorough = this.#isThorough(frame, cut);
      await this.#take(frame, await this.#detector.detect(frame, thorough), cut);
      this.#searched(frame);
    } else if (begun !== undefined) {
      await this.#take(frame, await begun, false);
    } else if (this.#framesToDetection <= 0) {
      await this.#checkUpright(frame);
      if (this.#isThorough(frame, false))
        await this.#take(frame, await this.#detector.detect(frame, true), false);
      else this.#begin(frame);
      this.#searched(frame);
    }
    this.#framesToDetection--;
    return this.#tracks.inView;
  }

  /** Everybody is in view: what this search finds is taken with the next frame, and nothing waits for it. */
  #begin(frame: Frame): void {
    this.#search = this.#detector.detect(frame);
    // It is awaited with the next frame; until then, or if the clip ends, its failure is no unhandled one.
    this.#search.catch(() => undefined);
  }

  #searched({ timeMs }: Frame): void {
    this.#framesToDetection = this.#options.detectEveryFrames;
    this.#detectedMs = timeMs;
  }

  #isThorough({ timeMs }: Frame, fresh: boolean): boolean {
    if (!fresh && timeMs - this.#thoroughMs < thoroughEveryMs) return false;
    this.#thoroughMs = timeMs;
    return true;
  }

  /**
   * Landmark networks draw a face upside down just as well. A track that lies the other way round is lost, so that it is
   * found anew the right way; one that the detector does not see where its landmarks are is doubtful.
   */
  async #checkUpright(frame: Frame): Promise<void> {
    const due = this.#tracks.inView.filter(({ checkedMs }) => frame.timeMs - checkedMs >= checkEveryMs);
    if (due.length === 0 || this.#detector.upright === undefined) return;
    const checks = await this.#detector.upright.check(
      frame,
      due.map(({ square }) => square),
    );
    for (const [i, track] of due.entries()) {
      const { upright, upsideDown } = checks[i]!;
      track.checkedMs = frame.timeMs;
      track.doubtful = upright < lying.least;
      if (upsideDown > upright + lying.surer) this.#tracks.forget(track);
    }
  }

  async #followAll(frame: Frame): Promise<void> {
    const tracks = [...this.#tracks.inView];
    const squares = tracks.map((track) => this.#tracks.expected(track, frame.timeMs));
    const readings = await this.#read(frame, squares);
    for (const [i, track] of tracks.entries()) {
      const reading = readings[i]!;
      const unsure = reading.presence < this.#options.minPresence;
      const missed = frame.timeMs - track.detectedMs > undetectedMs && this.#detectedMs > track.detectedMs;
      if (unsure || missed) this.#tracks.lose(track);
      else this.#tracks.move(track, reading, frame.timeMs);
    }
  }

  /** Of two tracks on one face, the one that looks less like it is lost: its own face is hidden. */
  #partCollisions(frame: Frame): void {
    for (const [a, b] of this.#tracks.collisions()) {
      if (![a, b].every((track) => this.#tracks.inView.includes(track))) continue;
      const likenessTo = (track: FaceTrack): number =>
        this.#tracks.alike(track, describeFace(frame, track.square));
      this.#tracks.lose(likenessTo(a) >= likenessTo(b) ? b : a);
    }
  }

  async #take(frame: Frame, found: readonly Detection[], fresh: boolean): Promise<void> {
    const { minPresence, maxFaces } = this.#options;
    const unmatched = [...this.#tracks.inView];
    const unknown: Crop[] = [];
    for (const { square } of found) {
      const track = this.#tracks.at(square, unmatched);
      if (track === undefined) {
        if (this.#tracks.at(square) === undefined) unknown.push(square);
        continue;
      }
      unmatched.splice(unmatched.indexOf(track), 1);
      track.detectedMs = frame.timeMs;
      this.#tracks.remember(track, describeFace(frame, track.square));
    }
    const room = Math.max(0, maxFaces - this.#tracks.inView.length);
    this.#leftOut = Math.max(0, unknown.length - room);
    const squares = await this.#turned(frame, unknown.slice(0, room));
    for (const reading of await this.#read(frame, squares)) {
      const square = faceSquare(reading.landmarks);
      if (reading.presence < minPresence || this.#tracks.at(square) !== undefined) continue;
      this.#tracks.enter(reading, describeFace(frame, square), frame.timeMs, fresh);
    }
  }

  /** New faces, each the way it lies. */
  async #turned(frame: Frame, squares: readonly Crop[]): Promise<readonly Crop[]> {
    const turned = await this.#detector.upright?.turn(frame, squares);
    return turned?.map(({ square }) => square) ?? squares;
  }

  /** Landmarks, read a second time where the first showed that the crop was not well placed. */
  async #read(frame: Frame, squares: readonly Crop[]): Promise<LandmarkReading[]> {
    const readings = await this.#landmarker.read(frame, squares);
    const again: number[] = [];
    for (const [i, { landmarks, presence }] of readings.entries()) {
      if (presence < this.#options.minPresence) continue;
      const found = faceSquare(landmarks);
      const used = squares[i]!;
      const shift = Math.hypot(found.cx - used.cx, found.cy - used.cy) / used.side;
      const growth = Math.abs(Math.log(found.side / used.side));
      const turned = Math.abs(found.roll - used.roll) > farOff.growth;
      if (shift > farOff.shift || growth > farOff.growth || turned) again.push(i);
    }
    if (again.length === 0) return readings;
    const second = await this.#landmarker.read(
      frame,
      again.map((i) => faceSquare(readings[i]!.landmarks)),
    );
    for (const [k, i] of again.entries()) readings[i] = second[k]!;
    return readings;
  }
}
