/** Colours of a theme as a canvas needs them: resolved strings. Emotions have colours of their own (shared/emotion/appearance.ts). */
export interface Palette {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly border: string;
  readonly accent: string;
  readonly focus: string;
  readonly font: string;
  readonly highContrast: boolean;
}

/** Reads the current theme off `element`. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    foreground: colour("--edin-foreground"),
    muted: colour("--edin-muted"),
    background: colour("--edin-background"),
    border: colour("--edin-border"),
    accent: colour("--edin-accent"),
    focus: colour("--vscode-focusBorder"),
    font: style.fontFamily,
    highContrast:
      document.body.dataset["vscodeThemeKind"]?.includes("high-contrast") === true ||
      matchMedia("(forced-colors: active), (prefers-contrast: more)").matches,
  };
}
