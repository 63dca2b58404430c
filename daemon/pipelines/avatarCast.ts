import type { AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import { AppError } from "../../shared/errors.ts";
import type { Animator } from "../avatar/animator.ts";
import { animateHead, AvatarRenderer } from "../avatar/draw.ts";
import { atRest, type AvatarHead } from "../../shared/avatar/head.ts";
import { animatePicture, type AvatarPicture } from "../avatar/imageAnimation.ts";
import { avatarsFrom, openHead, openPicture, type AvatarEntry } from "../avatar/library.ts";
import type { ModelFolders } from "../inference/manifest.ts";
import type { Networks } from "./networks.ts";

/** Width and height of drawn heads. */
const drawnSize = 256;
/** Where more than two faces are there at a time heads are drawn smaller, to keep up with a camera. */
const facesDrawnLarge = 2;
const smallSize = 128;

const engineWords = {
  rig: "was drawn by its blend shapes (rig)",
  fomm: "was moved as a picture (fomm)",
} as const;
/** The avatars of one analysis. */
export interface Cast {
  /**
   * A new avatar for face 0, 1, ..., as the settings ask; it keeps what it drew last.
   * @param together faces that are there at the time
   * @throws AppError `not_found`, `avatar_unusable`, `too_large`, `model_unknown`
   */
  readonly animatorOf: (number: number, together?: number) => Promise<Animator>;
  /** Which engine moved which avatar, as sentences. */
  readonly notes: readonly string[];
}

/** Opens avatars when a face needs them, by the engine that was asked for or that fits. */
export function openCast(
  networks: Networks<never, "animation-source" | "animation">,
  { engine, name }: AvatarSettings,
  folders: ModelFolders,
): Cast {
  const notes: string[] = [];
  let order: Promise<AvatarEntry[]> | undefined;
  // A head is read once, however many faces move it.
  const heads = new Map<string, Promise<AvatarHead>>();
  const headOf = (entry: AvatarEntry): Promise<AvatarHead> => {
    const head = heads.get(entry.name) ?? openHead(entry);
    heads.set(entry.name, head);
    return head;
  };
  const open = async (entry: AvatarEntry, size: number): Promise<Animator> => {
    const draws = engine === "auto" ? entry.kind === "head" : engine === "rig";
    if (draws) return animateHead(await headOf(entry), size);
    const { "animation-source": source, animation: frame } = networks;
    if (!source || !frame)
      throw new AppError(
        "model_unknown",
        "There is no network that moves a picture. Choose the engine rig, or install EDIN again.",
      );
    return animatePicture({ source, frame }, await stillOf(entry, headOf));
  };
  return {
    notes,
    animatorOf: async (number, together = 1) => {
      const cast = await (order ??= avatarsFrom(folders, name));
      const entry = cast[number % cast.length]!;
      const animator = await open(entry, together > facesDrawnLarge ? smallSize : drawnSize);
      const note = `The avatar ${entry.name} ${engineWords[animator.engine]}.`;
      if (!notes.includes(note)) notes.push(note);
      return animator;
    },
  };
}

/** A picture as it is, a head as it looks at rest. */
async function stillOf(
  entry: AvatarEntry,
  headOf: (entry: AvatarEntry) => Promise<AvatarHead>,
): Promise<AvatarPicture> {
  if (entry.kind === "picture") return openPicture(entry);
  const renderer = new AvatarRenderer(await headOf(entry), drawnSize);
  return { name: entry.name, size: drawnSize, rgb: renderer.draw(atRest) };
}
