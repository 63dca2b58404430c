import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { IconButton } from "../../components/Button.tsx";
import { MelStore } from "../../data/melStore.ts";
import { drawMelRow } from "../../draw/melRow.ts";
import { sizeCanvas } from "../../draw/fitCanvas.ts";
import { palette } from "../../draw/theme.ts";
import { drawPlayhead } from "../../draw/timeline.ts";
import { formatTime, spanMs, ticks, timeToX, xToTime } from "../../draw/timeView.ts";
import { colourOf } from "../../../shared/labels/scheme.ts";
import { drawEnvelope, drawLanes, layoutLanes } from "../../labels/drawLanes.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { hitTest, LanePointer } from "../../labels/pointer.ts";
import { runAction } from "../../labels/runAction.ts";
import { AnnotationTable } from "./AnnotationTable.tsx";
import { LaneMenu, type MenuPlace } from "./LaneMenu.tsx";

const axisHeight = 24;
const soundHeight = 44;

/** Axis, waveform or spectrogram, and the tiers; or all annotations as a table. */
export function LabelsTimeline({ editor }: { readonly editor: EditorState }) {
  const asTable = useSignal(false);
  const spectrogram = useSignal(false);
  return (
    <section class="labels-timeline" aria-label="Timeline">
      <div class="row timeline-head">
        <h2>Timeline</h2>
        <ToDoCount editor={editor} />
        <span class="spread" />
        <IconButton icon="zoom-in" label="Zoom in (Ctrl I)" onClick={() => runAction("zoomIn", editor)} />
        <IconButton icon="zoom-out" label="Zoom out (Ctrl O)" onClick={() => runAction("zoomOut", editor)} />
        <IconButton
          icon="screen-full"
          label="Show the whole clip (Shift 0)"
          onClick={() => runAction("showAll", editor)}
        />
        <IconButton
          icon="pulse"
          label="Show the spectrogram instead of the waveform"
          text="Spectrogram"
          pressed={spectrogram.value}
          onClick={() => (spectrogram.value = !spectrogram.value)}
        />
        <IconButton
          icon="table"
          label="Show all annotations as a table"
          text="Table"
          pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        />
      </div>
      {asTable.value ? (
        <AnnotationTable editor={editor} />
      ) : (
        <Lanes editor={editor} spectrogram={spectrogram.value} />
      )}
    </section>
  );
}

function ToDoCount({ editor }: { readonly editor: EditorState }) {
  const left = editor.toDo.value;
  if (left.length === 0) return null;
  return (
    <span class="muted" title={left.join("\n")}>
      {left.length} to do: {left[0]}
    </span>
  );
}

function Lanes({ editor, spectrogram }: { readonly editor: EditorState; readonly spectrogram: boolean }) {
  const wrap = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const sound = useRef<HTMLCanvasElement>(null);
  const lanesCanvas = useRef<HTMLCanvasElement>(null);
  const head = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const scrolled = useSignal(0);
  const tick = useSignal(0);
  const menu = useSignal<MenuPlace | undefined>(undefined);
  const pointer = useMemo(() => new LanePointer(editor, () => (tick.value += 1)), [editor]);
  const lanes = editor.lanes.value;
  const { tops, height } = layoutLanes(lanes);
  const facts = editor.store.facts.value;
  const { envelope, mel } = useMemo(() => {
    const store = new MelStore();
    for (const line of facts?.mel ?? []) store.add(line);
    return { envelope: facts?.envelope === undefined ? undefined : bytesOf(facts.envelope), mel: store };
  }, [facts]);
  const hasSound = envelope !== undefined;
  // The row of the sound is there only after its facts have come: then it is drawn, and what lies over it drawn anew.
  const soundShown = useSignal(0);
  useEffect(() => {
    soundShown.value += 1;
  }, [envelope, spectrogram]);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => (width.value = Math.floor(entry!.contentRect.width)));
    observer.observe(wrap.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = lanesCanvas.current!;
    const onWheel = (event: WheelEvent): void => pointer.wheel(event);
    // Preact listens passively to the wheel; the page must not scroll while the timeline zooms.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [pointer]);
  useSignalEffect(() => {
    const view = editor.view.value;
    const colours = palette.value;
    const context = sizeCanvas(axis.current, width.value, axisHeight);
    if (context === undefined) return;
    context.clearRect(0, 0, width.value, axisHeight);
    context.font = `11px ${colours.font}`;
    context.textBaseline = "middle";
    const { stepMs, times } = ticks(view, width.value, 80);
    for (const time of times) {
      const x = Math.round(timeToX(view, time, width.value));
      context.fillStyle = colours.border;
      context.fillRect(x, axisHeight - 7, 1, 7);
      context.fillStyle = colours.muted;
      context.fillText(formatTime(time, stepMs), x + 4, 9);
    }
    const inMs = editor.inMs.value;
    if (inMs !== undefined) {
      context.fillStyle = colours.accent;
      context.fillText("[", timeToX(view, inMs, width.value) - 2, axisHeight - 7);
    }
  });
  useSignalEffect(() => {
    const view = editor.view.value;
    const colours = palette.value;
    if (soundShown.value < 0) return;
    const context = sizeCanvas(sound.current, width.value, soundHeight);
    if (context === undefined || envelope === undefined) return;
    if (!spectrogram) drawEnvelope(context, envelope, view, width.value, soundHeight, colours);
    else {
      context.clearRect(0, 0, width.value, soundHeight);
      drawMelRow(context, mel, view, { y: 0, width: width.value, height: soundHeight }, colours);
    }
  });
  useSignalEffect(() => {
    const top = scrolled.value;
    const scene = {
      lanes: editor.lanes.value,
      view: editor.view.value,
      width: width.value,
      activeKey: editor.activeLane?.key,
      selection: editor.selection.value,
      currentProposal: editor.currentProposal.value,
      top,
      bottom: top + (scroll.current?.clientHeight ?? 600),
    };
    const colours = palette.value;
    const request = requestAnimationFrame(() => {
      const context = sizeCanvas(lanesCanvas.current, scene.width, layoutLanes(scene.lanes).height);
      if (context === undefined) return;
      lanesCanvas.current!.dataset["drawn"] = String(drawLanes(context, scene, colours));
    });
    return () => cancelAnimationFrame(request);
  });
  useSignalEffect(() => {
    // The playhead, what is being given and what is being drawn lie above, so that playing draws little.
    if (tick.value < 0 || soundShown.value < 0) return;
    const whole = axisHeight + (hasSound ? soundHeight : 0) + height;
    const context = sizeCanvas(head.current, width.value, whole);
    if (context === undefined) return;
    const view = editor.view.value;
    const timeMs = editor.playback.timeMs.value;
    drawPlayhead(context, view, timeMs, width.value, whole, palette.value);
    const offset = whole - height - scrolled.value;
    const block = (lane: (typeof lanes)[number], fromMs: number, toMs: number, label: string): void => {
      const at = editor.lanes.value.findIndex(({ key }) => key === lane.key);
      if (at < 0) return;
      const x = timeToX(view, fromMs, width.value);
      context.fillStyle = colourOf(lane.tier, label);
      context.globalAlpha = 0.55;
      context.fillRect(
        x,
        offset + tops[at]! + 2,
        Math.max(1, timeToX(view, toMs, width.value) - x),
        lane.height - 4,
      );
      context.globalAlpha = 1;
      context.fillStyle = palette.value.foreground;
      context.font = `12px ${palette.value.font}`;
      context.fillText(label, x + 4, offset + tops[at]! + lane.height / 2 + 4);
    };
    const running = editor.running.value;
    if (running !== undefined)
      block(running.lane, running.startMs, Math.max(timeMs, running.startMs), running.label);
    const { preview } = pointer;
    if (preview !== undefined) block(preview.lane, preview.startMs, preview.endMs, preview.label);
  });

  return (
    <div class="labels-grid">
      <div class="labels-titles" style={{ paddingTop: `${axisHeight + (hasSound ? soundHeight : 0)}px` }}>
        <div class="labels-title-list" style={{ transform: `translateY(${-scrolled.value}px)` }}>
          {lanes.map((lane, i) => (
            <button
              type="button"
              key={lane.key}
              class="labels-title"
              style={{ top: `${tops[i]!}px`, height: `${lane.height}px` }}
              aria-pressed={lane.key === editor.activeLane?.key}
              title={lane.title}
              onClick={(event) => {
                editor.activeKey.value = lane.key;
                event.currentTarget.blur();
              }}
            >
              {lane.title}
            </button>
          ))}
        </div>
      </div>
      <div class="labels-canvases" ref={wrap}>
        <canvas
          ref={axis}
          class="labels-axis"
          role="slider"
          tabIndex={0}
          aria-label="Position in the clip"
          aria-valuemin={0}
          aria-valuemax={Math.round(editor.durationMs.value)}
          aria-valuenow={Math.round(editor.playback.timeMs.value)}
          aria-valuetext={formatTime(editor.playback.timeMs.value, 10)}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            seekTo(editor, event);
          }}
          onPointerMove={(event) => {
            if (event.buttons !== 0) seekTo(editor, event);
          }}
        />
        {hasSound && (
          <canvas
            ref={sound}
            class="labels-sound"
            aria-hidden="true"
            onPointerDown={(event) => seekTo(editor, event)}
          />
        )}
        <div
          class="labels-scroll"
          ref={scroll}
          onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)}
        >
          <canvas
            ref={lanesCanvas}
            class="labels-lanes"
            aria-hidden="true"
            onPointerDown={(event) => {
              menu.value = undefined;
              if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
              pointer.down(event);
            }}
            onPointerMove={(event) => pointer.move(event)}
            onPointerUp={() => pointer.up()}
            onPointerCancel={() => pointer.cancel()}
            onContextMenu={(event) => {
              event.preventDefault();
              const box = event.currentTarget.getBoundingClientRect();
              const hit = hitTest(editor, event.clientX - box.left, event.clientY - box.top, box.width);
              if (hit.lane === undefined) return;
              editor.activeKey.value = hit.lane.key;
              if (hit.annotation !== undefined && !editor.selection.peek().has(hit.annotation.id))
                editor.select([hit.annotation.id]);
              menu.value = { x: event.clientX, y: event.clientY, lane: hit.lane, timeMs: hit.timeMs };
            }}
          />
        </div>
        <canvas ref={head} class="labels-head-canvas" aria-hidden="true" />
      </div>
      {menu.value !== undefined && (
        <LaneMenu editor={editor} place={menu.value} onClose={() => (menu.value = undefined)} />
      )}
      <PanBar editor={editor} />
    </div>
  );
}

function seekTo(editor: EditorState, event: PointerEvent): void {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  editor.playback.seek(xToTime(editor.view.peek(), event.clientX - box.left, box.width));
}

function PanBar({ editor }: { readonly editor: EditorState }) {
  const view = editor.view.value;
  const whole = Math.max(editor.durationMs.value, 1000);
  if (spanMs(view) >= whole) return null;
  return (
    <input
      class="pan labels-pan"
      type="range"
      aria-label="Part of the clip that the timeline shows"
      aria-valuetext={`${formatTime(view.startMs, 10)} to ${formatTime(view.endMs, 10)}`}
      min={0}
      max={whole - spanMs(view)}
      step={spanMs(view) / 50}
      value={view.startMs}
      onInput={(event) => editor.pan(Number(event.currentTarget.value) - editor.view.peek().startMs)}
    />
  );
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
