import { getExports, type ExportName } from "../../../shared/protocol/analyses.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { palette } from "../../draw/theme.ts";
import { layoutRows } from "../../draw/timeline.ts";
import type { Host } from "../../host.ts";
import type { TimelineState } from "./timelineState.ts";

const files: readonly { name: ExportName; text: string }[] = [
  { name: "frames.csv", text: "Frames, CSV" },
  { name: "speech.csv", text: "Speech, CSV" },
  { name: "fused.csv", text: "Fused, CSV" },
  { name: "events.csv", text: "Events, CSV" },
  { name: "blinks.csv", text: "Blinks a minute, CSV" },
  { name: "states.csv", text: "Emotion, from, to, person, CSV" },
  { name: "annotations.eaf", text: "ELAN .eaf" },
  { name: "frames.jsonl", text: "Frames, JSONL" },
  { name: "speech.jsonl", text: "Speech, JSONL" },
  { name: "fused.jsonl", text: "Fused, JSONL" },
  { name: "mel.jsonl", text: "Mel spectrogram, JSONL" },
  { name: "analysis.json", text: "Summary, JSON" },
];

export interface ExportsProps {
  readonly host: Host;
  readonly analysis: Analysis;
  readonly timeline: TimelineState;
}

/** The files of a result, to save. */
export function Exports({ host, analysis, timeline }: ExportsProps) {
  const attempt = useAttempt();
  const stem = analysis.media.name.replace(/\.[^.]+$/, "");
  const button = ({ name, text }: (typeof files)[number]) => (
    <Button key={name} secondary onClick={() => attempt.run(host.download(analysis.id, name))}>
      {text}
    </Button>
  );
  return (
    <Menu
      class="exports"
      summary={
        <>
          <Icon name="desktop-download" /> Export
        </>
      }
    >
      <div class="menu">
        {host.kind === "page" && (
          <a class="download" href={toHttp(getExports, { id: analysis.id }).path} download>
            All of it, ZIP
          </a>
        )}
        {files.map(button)}
        <Button
          secondary
          disabled={timeline.rows.value.length === 0}
          onClick={() => attempt.run(picture(timeline).then((png) => host.save(`${stem}-timeline.png`, png)))}
        >
          Timeline, PNG
        </Button>
        <Failure of={attempt} />
      </div>
    </Menu>
  );
}

/** The timeline as it is shown, on an opaque background, with the titles of its rows. */
async function picture(timeline: TimelineState): Promise<Blob> {
  const chart = timeline.canvas;
  if (chart === undefined) throw new Error("the timeline is shown as a table");
  const colours = palette.value;
  const left = 180 * devicePixelRatio;
  const copy = new OffscreenCanvas(chart.width + left, chart.height);
  const context = copy.getContext("2d")!;
  context.fillStyle = colours.background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(chart, left, 0);
  context.fillStyle = colours.foreground;
  context.font = `${12 * devicePixelRatio}px ${colours.font}`;
  context.textBaseline = "top";
  const rows = timeline.rows.value;
  for (const [i, top] of layoutRows(rows).tops.entries())
    context.fillText(
      rows[i]!.title,
      8 * devicePixelRatio,
      top * devicePixelRatio,
      left - 16 * devicePixelRatio,
    );
  return copy.convertToBlob({ type: "image/png" });
}
