/** Colours of a theme as a canvas needs them: resolved strings. */
export interface Palette {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly border: string;
  readonly accent: string;
  readonly focus: string;
  readonly font: string;
  readonly highContrast: boolean;
  readonly emotion: Readonly<Record<string, string>>;
}

/** CSS variables of the emotions; styles/theme.css maps them to the editor's chart colours. */
const emotions = [
  "neutral",
  "calm",
  "happy",
  "sad",
  "angry",
  "surprise",
  "fear",
  "disgust",
  "contempt",
] as const;

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
    emotion: Object.fromEntries(emotions.map((name) => [name, colour(`--edin-emotion-${name}`)])),
  };
}

/** Dashes that tell the lines of a chart apart without their colour, in canvas units. */
export const emotionDash: Readonly<Record<string, readonly number[]>> = {
  neutral: [1, 3],
  calm: [2, 2],
  happy: [],
  sad: [6, 3],
  angry: [10, 3],
  surprise: [10, 3, 2, 3],
  fear: [4, 4],
  disgust: [6, 2, 2, 2, 2, 2],
  contempt: [2, 5],
};
