import { getExports, type ExportName } from "../../../shared/protocol/analyses.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { SaveFigure } from "../../components/SaveFigure.tsx";
import { saveFigure } from "../../draw/figure.ts";
import { timelineFigure, type TimelineScene } from "../../draw/timelineFigure.ts";
import type { Host } from "../../host.ts";
import type { TimelineState } from "./timelineState.ts";

const files: readonly { name: ExportName; text: string }[] = [
  { name: "frames.csv", text: "Frames, CSV" },
  { name: "speech.csv", text: "Speech, CSV" },
  { name: "fused.csv", text: "Fused, CSV" },
  { name: "events.csv", text: "Events, CSV" },
  { name: "blinks.csv", text: "Blinks a minute, CSV" },
  { name: "states.csv", text: "Emotion, from, to, person, CSV" },
  { name: "turns.csv", text: "Who speaks, from, to, CSV" },
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
    <Button
      key={name}
      secondary
      onClick={() => attempt.run(host.download(analysis.id, name, `${stem}.${name}`))}
    >
      {text}
    </Button>
  );
  return (
    <Menu
      class="exports"
      lazy
      summary={
        <>
          <Icon name="desktop-download" /> Export
        </>
      }
    >
      <div class="menu">
        {host.kind === "page" ? (
          <a class="download" href={toHttp(getExports, { id: analysis.id }).path} download>
            All of it, ZIP
          </a>
        ) : (
          <Button
            secondary
            onClick={() => attempt.run(host.download(analysis.id, "exports.zip", `${stem}.edin.zip`))}
          >
            All of it, ZIP
          </Button>
        )}
        {files.map(button)}
        <Failure of={attempt} />
        <SaveFigure
          host={host}
          name={`${stem}-timeline`}
          title="The timeline as it is shown"
          disabled={timeline.layers.value.length === 0}
          make={(size, format) => saveFigure(timelineFigure(sceneOf(timeline)), size, format)}
        />
      </div>
    </Menu>
  );
}

const sceneOf = ({ layers, view, style }: TimelineState): TimelineScene => ({
  layers: layers.value,
  view: view.value,
  lines: style.value === "lines",
});
