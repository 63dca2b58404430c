import { signal } from "@preact/signals";
import { readPalette, type Palette } from "./palette.ts";

/** Colours for canvases and charts; changes with the theme of the editor or the system. */
export const palette = signal<Palette>(readPalette(document.documentElement));

/** Watches for changes of the theme. Call once, when the styles are there. */
export function followTheme(): void {
  const refresh = (): void => {
    palette.value = readPalette(document.body);
  };
  refresh();
  const observer = new MutationObserver(refresh);
  for (const element of [document.documentElement, document.body])
    observer.observe(element, {
      attributes: true,
      attributeFilter: ["class", "style", "data-vscode-theme-id"],
    });
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"])
    matchMedia(query).addEventListener("change", refresh);
}
