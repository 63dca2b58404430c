/** The part of the clip that a timeline shows, in ms, and the arithmetic of zoom and pan. */
export interface TimeView {
  readonly startMs: number;
  readonly endMs: number;
}

/** No more than this is magnified: about three frames of a 30 fps clip. */
const minimumSpanMs = 100;

/** Length of what is in view. */
export function spanMs(view: TimeView): number {
  return view.endMs - view.startMs;
}

/** `view` moved and shortened until it lies inside the clip. */
export function clampView(view: TimeView, durationMs: number): TimeView {
  const whole = Math.max(durationMs, minimumSpanMs);
  const span = Math.min(Math.max(spanMs(view), minimumSpanMs), whole);
  const startMs = Math.min(Math.max(view.startMs, 0), whole - span);
  return { startMs, endMs: startMs + span };
}

/** Zooms by `factor` (below 1 comes closer), keeping `aroundMs` at its place on the screen. */
export function zoomView(view: TimeView, aroundMs: number, factor: number, durationMs: number): TimeView {
  const span = Math.min(Math.max(spanMs(view) * factor, minimumSpanMs), Math.max(durationMs, minimumSpanMs));
  const share = (aroundMs - view.startMs) / spanMs(view);
  const startMs = aroundMs - share * span;
  return clampView({ startMs, endMs: startMs + span }, durationMs);
}

/** The view moved by a time, within the clip. */
export function panView(view: TimeView, byMs: number, durationMs: number): TimeView {
  return clampView({ startMs: view.startMs + byMs, endMs: view.endMs + byMs }, durationMs);
}

/** The view that shows `timeMs`: the same one while it does, else turned like a page. */
export function followTime(view: TimeView, timeMs: number, durationMs: number): TimeView {
  if (timeMs >= view.startMs && timeMs <= view.endMs) return view;
  const span = spanMs(view);
  const startMs = timeMs - span * 0.05;
  return clampView({ startMs, endMs: startMs + span }, durationMs);
}

/** Where a time lies on a canvas of this width, pixels. */
export function timeToX(view: TimeView, timeMs: number, width: number): number {
  return ((timeMs - view.startMs) / spanMs(view)) * width;
}

/** The time at a place on a canvas of this width. */
export function xToTime(view: TimeView, x: number, width: number): number {
  return view.startMs + (x / Math.max(width, 1)) * spanMs(view);
}

const niceSteps = [
  10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

/** Round times inside the view, at least `gapPx` apart, and the step between them. */
export function timeTicks(view: TimeView, width: number, gapPx: number): { stepMs: number; times: number[] } {
  const minStepMs = (spanMs(view) / Math.max(width, 1)) * gapPx;
  const stepMs = niceSteps.find((step) => step >= minStepMs) ?? 3_600_000;
  const times: number[] = [];
  for (let t = Math.ceil(view.startMs / stepMs) * stepMs; t <= view.endMs; t += stepMs) times.push(t);
  return { stepMs, times };
}

/** Starts of the equal steps that the view shows. */
export function* stepsOf(view: TimeView, stepMs: number): Generator<number> {
  for (let startMs = Math.floor(view.startMs / stepMs) * stepMs; startMs < view.endMs; startMs += stepMs)
    yield startMs;
}

/** From when to when a view shows the clip, for captions. */
export function viewText(view: TimeView): string {
  return `${formatTime(view.startMs, 100)} to ${formatTime(view.endMs, 100)}`;
}

/** `1:02.450`; the fraction has as many digits as `stepMs` needs. */
export function formatTime(timeMs: number, stepMs = 1): string {
  const decimals = stepMs >= 1000 ? 0 : stepMs >= 100 ? 1 : stepMs >= 10 ? 2 : 3;
  const scale = 10 ** decimals;
  const rounded = Math.round((Math.max(timeMs, 0) / 1000) * scale) / scale;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor((rounded % 3600) / 60);
  const seconds = (rounded % 60).toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
