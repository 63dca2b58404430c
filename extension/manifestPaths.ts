/** Which files of its own a manifest of an extension names: whoever packages it must bring them all (package.mjs). */

/**
 * Paths inside the extension that the parsed package.json names anywhere, without `./`, each once. Texts, icons of VS Code
 * (`$(play)`) and addresses are none.
 */
export function manifestPaths(manifest: Readonly<Record<string, unknown>>): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") {
      if (/^(\.\/)?(dist|extension|docs|models)\/\S+$/.test(value)) found.add(value.replace(/^\.\//, ""));
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  for (const key of ["main", "icon", "l10n", "contributes"]) visit(manifest[key]);
  return [...found];
}

/** Of these paths, those that neither are one of `names` nor a folder of some of them. */
export function missingPaths(paths: readonly string[], names: readonly string[]): string[] {
  return paths.filter((path) => !names.some((name) => name === path || name.startsWith(`${path}/`)));
}
