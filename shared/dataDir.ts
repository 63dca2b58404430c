/** Where a user's data lies when nothing else is said, on each platform; the daemon and its clients agree on it. */
export function defaultDataDir(
  platform: string,
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (platform === "win32") return `${environment["LOCALAPPDATA"] ?? `${home}\\AppData\\Local`}\\edin`;
  if (platform === "darwin") return `${home}/Library/Application Support/edin`;
  return `${environment["XDG_DATA_HOME"] ?? `${home}/.local/share`}/edin`;
}
