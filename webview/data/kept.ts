/** Who corrects and decides. */
export const authorKey = "edin.author";

/** What the page remembered here; undefined where nothing is, or where storage is closed to it, as to a panel. */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a text for the next time, where the page can. */
export function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // It is asked again.
  }
}
