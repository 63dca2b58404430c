import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { colourOf } from "../../../shared/labels/scheme.ts";
import { IconButton } from "../../components/Button.tsx";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { fromBase64 } from "../../data/base64.ts";
import { MelStore } from "../../data/melStore.ts";
import { saveFigure } from "../../draw/figure.ts";
import { layoutLayers } from "../../draw/layer.ts";
import { envelopeLayer } from "../../draw/layers/envelopeLayer.ts";
import { melLayer } from "../../draw/layers/melLayer.ts";
import { palette } from "../../draw/theme.ts";
import { axisHeight } from "../../draw/timeline.ts";
import { timelineFigure } from "../../draw/timelineFigure.ts";
import { timeToX } from "../../draw/timeView.ts";
import type { Host } from "../../host.ts";
import type { EditorState } from "../../labels/editorState.ts";
import type { Lane } from "../../labels/lanes.ts";
import { hitAt, LanePointer } from "../../labels/pointer.ts";
import type { LaneLayer } from "../../labels/tierLayer.ts";
import { seekMode, type PointerMode } from "../../timeline/pointer.ts";
import { Timeline } from "../../timeline/Timeline.tsx";
import type { ChartPlace } from "../../timeline/TimelineChart.tsx";
import { AnnotationTable } from "./AnnotationTable.tsx";
import { LaneMenu, type MenuPlace } from "./LaneMenu.tsx";

const soundHeight = 44;

/** The sound and the tiers over time, to be labelled; or all annotations as a table. */
export function LabelsTimeline({ host, editor }: { readonly host: Host; readonly editor: EditorState }) {
  const spectrogram = useSignal(false);
  const modeName = useSignal<keyof typeof modeLooks>("draw");
  const menu = useSignal<MenuPlace | undefined>(undefined);
  const modes = useMemo(
    () => ({
      seek: seekMode(editor.playback),
      select: new LanePointer(editor, "select"),
      draw: new LanePointer(editor, "draw"),
    }),
    [editor],
  );
  const mode = useComputed((): PointerMode<LaneLayer> => modes[modeName.value]);
  const sound = useComputed(() => soundLayers(editor, spectrogram.value));
  return (
    <>
      <Timeline<LaneLayer>
        clip={editor}
        playback={editor.playback}
        layers={editor.layers}
        pinned={sound}
        mode={mode}
        keys={["Ctrl I", "Ctrl O", "Shift 0"]}
        tableLabel="Show all annotations as a table"
        status={<ToDoCount editor={editor} />}
        tools={
          <>
            <span class="row" role="group" aria-label="What the pointer does">
              {(Object.keys(modeLooks) as (keyof typeof modeLooks)[]).map((name) => (
                <IconButton
                  key={name}
                  {...modeLooks[name]}
                  pressed={modeName.value === name}
                  onClick={() => (modeName.value = name)}
                />
              ))}
            </span>
            <IconButton
              icon="pulse"
              label="Show the spectrogram instead of the waveform"
              text="Spectrogram"
              pressed={spectrogram.value}
              onClick={() => (spectrogram.value = !spectrogram.value)}
            />
            <FigureMenu
              host={host}
              name={`${clipStem(editor)} labels`}
              make={(size, format) => {
                const layers = [...sound.value, ...editor.layers.value];
                return saveFigure(
                  timelineFigure({ layers, view: editor.view.value, lines: false }),
                  size,
                  format,
                );
              }}
            />
          </>
        }
        heading={({ lane }) => <LaneHeading editor={editor} lane={lane} />}
        above={(context, place) => drawAbove(context, place, editor)}
        onMenu={(event, point) => {
          const hit = hitAt(editor, point);
          const { lane } = point.layer!;
          editor.activeKey.value = lane.key;
          if (hit !== undefined && !editor.selection.peek().has(hit.annotation.id))
            editor.select([hit.annotation.id]);
          menu.value = { x: event.clientX, y: event.clientY, lane, timeMs: point.timeMs };
        }}
        table={<AnnotationTable editor={editor} />}
      />
      {menu.value !== undefined && (
        <LaneMenu editor={editor} place={menu.value} onClose={() => (menu.value = undefined)} />
      )}
    </>
  );
}

/** The clip's name without its ending. */
const clipStem = ({ store }: EditorState): string =>
  store.document.peek()?.head.media.file.replace(/\.[^.]+$/, "") ?? "clip";

const modeLooks = {
  seek: { icon: "eye", label: "Pointer seeks: press or drag leads there, and nothing changes" },
  select: { icon: "inspect", label: "Pointer selects: drag over free time selects all that it touches" },
  draw: { icon: "edit", label: "Pointer draws: drag over free time labels it" },
} as const;

function ToDoCount({ editor }: { readonly editor: EditorState }) {
  const left = editor.toDo.value;
  if (left.length === 0) return null;
  return (
    <span class="muted" title={left.join("\n")}>
      {left.length} to do: {left[0]}
    </span>
  );
}

/** The name of a lane, which makes keys be about it. */
function LaneHeading({ editor, lane }: { readonly editor: EditorState; readonly lane: Lane }) {
  return (
    <button
      type="button"
      class="lane-heading"
      aria-pressed={lane.key === editor.activeLane?.key}
      onClick={(event) => {
        editor.activeKey.value = lane.key;
        event.currentTarget.blur();
      }}
    >
      {lane.title}
    </button>
  );
}

/** Waveform or spectrogram, as soon as the clip's facts have come. */
function soundLayers(editor: EditorState, spectrogram: boolean) {
  const facts = editor.store.facts.value;
  if (facts?.envelope === undefined) return [];
  if (!spectrogram) return [envelopeLayer("sound", "Sound", fromBase64(facts.envelope), soundHeight)];
  const mel = new MelStore();
  for (const line of facts.mel) mel.add(line);
  return [{ ...melLayer("sound", "Sound", mel, soundHeight), gap: 0 }];
}

/** The in point, the label that is being given, and what is being drawn or dragged. */
function drawAbove(
  context: CanvasRenderingContext2D,
  { view, width, layersY }: ChartPlace,
  editor: EditorState,
): void {
  const colours = palette.value;
  const layers = editor.layers.value;
  const { tops } = layoutLayers(layers);
  const xOf = (timeMs: number): number => timeToX(view, timeMs, width);
  const inMs = editor.inMs.value;
  if (inMs !== undefined) {
    context.fillStyle = colours.accent;
    context.font = `11px ${colours.font}`;
    context.fillText("[", xOf(inMs) - 2, axisHeight - 7);
  }
  const block = (lane: Lane, label: string, startMs: number, endMs: number): void => {
    const at = layers.findIndex(({ id }) => id === lane.key);
    if (at < 0) return;
    const [x, y, { height }] = [xOf(startMs), layersY + tops[at]!, layers[at]!];
    context.fillStyle = colourOf(lane.tier, label);
    context.globalAlpha = 0.55;
    context.fillRect(x, y + 2, Math.max(1, xOf(endMs) - x), height - 4);
    context.globalAlpha = 1;
    context.fillStyle = colours.foreground;
    context.font = `12px ${colours.font}`;
    context.fillText(label, x + 4, y + height / 2 + 4);
  };
  const running = editor.running.value;
  const nowMs = editor.playback.timeMs.value;
  if (running !== undefined)
    block(running.lane, running.label, running.startMs, Math.max(nowMs, running.startMs));
  const preview = editor.preview.value;
  if (preview?.kind === "block") block(preview.lane, preview.label, preview.startMs, preview.endMs);
  if (preview?.kind === "band") {
    const [x, y] = [xOf(preview.fromMs), layersY + preview.fromY];
    const [across, down] = [xOf(preview.toMs) - x, preview.toY - preview.fromY];
    context.fillStyle = context.strokeStyle = colours.focus;
    context.globalAlpha = 0.15;
    context.fillRect(x, y, across, down);
    context.globalAlpha = 1;
    context.strokeRect(x, y, across, down);
  }
}
