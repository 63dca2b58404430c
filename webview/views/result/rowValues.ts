import { percent } from "../../data/text.ts";
import { bandHz, melDecibels } from "../../data/melStore.ts";
import { melStripFormat } from "../../../shared/protocol/mel.ts";
import { sampleAt, sampleState, type Series } from "../../data/series.ts";
import type { TimelineRow } from "../../draw/timeline.ts";
import { eventText } from "../../draw/eventText.ts";
import { formatTime } from "../../draw/timeView.ts";

/** Values of a row at one time. */
export interface RowValue {
  readonly name: string;
  readonly value: string;
}

/** Probabilities below this are left out of a short list. */
const least = 0.005;

/** What a row says at `timeMs`, the strongest first; empty where it says nothing. */
export function rowValues(row: TimelineRow, timeMs: number): RowValue[] {
  switch (row.kind) {
    case "lane":
      return row.series === undefined ? [] : seriesValues(row.series, timeMs);
    case "series":
      return seriesValues(row.series, timeMs);
    case "stretches":
      return row.stretches
        .filter(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs)
        .map(({ label }) => ({ name: "carried by", value: label }));
    case "events":
      return row.events
        .filter(({ startMs, endMs }) => startMs <= timeMs && timeMs <= endMs)
        .map((event) => ({
          name: eventText(event) || row.title,
          value: `${formatTime(event.startMs)} to ${formatTime(event.endMs)}`,
        }));
    case "rate": {
      const { startMs, stepMs, perMinute } = row.rate;
      const rate = perMinute[Math.round((timeMs - startMs) / stepMs)] ?? undefined;
      return rate === undefined ? [] : [{ name: "blinks a minute", value: rate.toFixed(1) }];
    }
    case "mel": {
      let [band, most] = [0, 0];
      for (let i = 0; i < melStripFormat.bands; i++) {
        const value = row.mel.loudest(i, timeMs, timeMs + melStripFormat.columnMs);
        if (value > most) [band, most] = [i, value];
      }
      return most === 0
        ? []
        : [{ name: `loudest at ${bandHz(band).toFixed(0)} Hz`, value: `${melDecibels(most).toFixed(0)} dB` }];
    }
  }
}

function seriesValues(series: Series, timeMs: number): RowValue[] {
  const level = series.levels[0]!;
  const i = sampleAt(level.startMs, timeMs);
  if (i < 0 || timeMs >= level.endMs[i]! || level.state[i] === sampleState.absent) return [];
  const width = series.labels.length;
  const values = series.labels
    .map((name, k) => ({ name, p: level.values[i * width + k]! }))
    .filter(({ p }) => p >= least)
    .sort((a, b) => b.p - a.p)
    .map(({ name, p }) => ({ name, value: percent(p) }));
  return level.state[i] === sampleState.lowQuality ? [{ name: "low quality", value: "" }, ...values] : values;
}
