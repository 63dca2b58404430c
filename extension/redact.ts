import { mediaEndings } from "../shared/mediaTypes.ts";

/** What must not leave this machine with a report. */
export interface Private {
  /** Folders by the name that stands for them, such as `~`; the longest are replaced first. */
  readonly folders: Readonly<Record<string, string>>;
  /** Texts to hide wherever they stand, such as the daemon's token and the user's name. */
  readonly secrets: readonly string[];
}

/** Files that people name after people. */
const endings = [...mediaEndings, "csv", "yaml", "yml"].join("|");

/**
 * Takes out of a report what names a person or opens a door: secrets, long random text, folders, and the names of files in
 * them, which often are names of participants. Extensions stay.
 */
export function withoutPrivate(text: string, { folders, secrets }: Private): string {
  let safe = text;
  for (const secret of secrets.filter((one) => one.length > 2)) safe = safe.replaceAll(secret, "[hidden]");
  for (const [name, folder] of Object.entries(folders).sort((a, b) => b[1].length - a[1].length))
    if (folder.length > 1)
      safe = safe.replaceAll(folder, name).replaceAll(JSON.stringify(folder).slice(1, -1), name);
  return (
    safe
      // One-time codes, tokens, hashes of clips.
      .replace(/[A-Za-z0-9_-]{40,}/g, "[hidden]")
      // Media by any path or name: in quotes as a whole, else up to a space.
      .replace(new RegExp(`"[^"\\n]*\\.(${endings})"`, "gi"), '"[file].$1"')
      .replace(new RegExp(`[^\\s"'\`(),:]+\\.(${endings})\\b`, "gi"), (whole: string, extension: string) =>
        whole.startsWith("[file]") ? whole : `[file].${extension}`,
      )
      // What is left of absolute paths: their folders.
      .replace(
        /(?<![\w.~\]])(\/(home|Users|mnt|media|Volumes|tmp|data|work)\/[^\s"'`(),:]+|[A-Z]:\\[^\s"'`(),]+)/g,
        "[path]",
      )
  );
}
