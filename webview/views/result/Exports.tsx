import { getExports, type ExportName } from "../../../shared/protocol/analyses.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { sizeCanvas } from "../../draw/fitCanvas.ts";
import { layoutLayers } from "../../draw/layer.ts";
import { palette } from "../../draw/theme.ts";
import { axisHeight, drawTimeline } from "../../draw/timeline.ts";
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
          disabled={timeline.layers.value.length === 0}
          onClick={() => attempt.run(picture(timeline).then((png) => host.save(`${stem}-timeline.png`, png)))}
        >
          Timeline, PNG
        </Button>
        <Failure of={attempt} />
      </div>
    </Menu>
  );
}

/** Sizes of the picture, in CSS pixels. */
const titlesWidth = 180;
const chartWidth = 1200;

/** The part of the clip that the timeline shows, on an opaque background, with the titles of its layers. */
async function picture({ layers: { value: layers }, view }: TimelineState): Promise<Blob> {
  const colours = palette.value;
  const { tops, height } = layoutLayers(layers);
  const canvas = document.createElement("canvas");
  const context = sizeCanvas(canvas, titlesWidth + chartWidth, axisHeight + height)!;
  context.translate(titlesWidth, 0);
  drawTimeline(context, { layers, view: view.value, width: chartWidth }, colours);
  context.translate(-titlesWidth, axisHeight);
  context.fillStyle = colours.foreground;
  context.font = `12px ${colours.font}`;
  context.textBaseline = "top";
  layers.forEach(({ title }, i) => context.fillText(title, 8, tops[i]!, titlesWidth - 16));
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = colours.background;
  context.fillRect(0, -axisHeight, titlesWidth + chartWidth, axisHeight + height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("the picture is too large for this browser");
  return blob;
}
