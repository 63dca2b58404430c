import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sizeCanvas } from "../draw/fitCanvas.ts";
import { layerAt, layoutLayers, type TimelineLayer } from "../draw/layer.ts";
import { palette } from "../draw/theme.ts";
import { axisHeight, drawAxis, drawLayers, drawPlayhead } from "../draw/timeline.ts";
import { formatTime, spanMs, type TimeView } from "../draw/timeView.ts";
import type { Playback } from "../player/playback.ts";
import type { ClipView } from "./clipView.ts";
import { LayerTitles } from "./LayerTitles.tsx";
import { placeOf, seekMode, TimelinePointer, type LayerPoint, type PointerMode } from "./pointer.ts";
import { TimelineHover, type HoverPlace } from "./TimelineHover.tsx";

/** Where what is drawn over the layers goes. */
export interface ChartPlace {
  readonly view: TimeView;
  readonly width: number;
  /** From the top of the chart to the top of the first layer, which may be scrolled away, CSS pixels. */
  readonly layersY: number;
}

export interface TimelineChartProps<L extends TimelineLayer> {
  readonly clip: ClipView;
  readonly playback: Playback;
  readonly layers: ReadonlySignal<readonly L[]>;
  /** Stay in sight above the others while those scroll. */
  readonly pinned?: ReadonlySignal<readonly TimelineLayer[]> | undefined;
  /** What the pointer does on the layers; it seeks where nothing is said. */
  readonly mode?: ReadonlySignal<PointerMode<L>> | undefined;
  readonly heading?: ((layer: L) => ComponentChildren) | undefined;
  /** Draws over the layers what changes often. */
  readonly above?: ((context: CanvasRenderingContext2D, place: ChartPlace) => void) | undefined;
  readonly onMenu?: ((event: MouseEvent, point: LayerPoint<L>) => void) | undefined;
}

/** Axis, layers and playhead: a slider over the whole clip. */
export function TimelineChart<L extends TimelineLayer>(props: TimelineChartProps<L>) {
  const { clip, playback, layers, pinned, mode, heading, above, onMenu } = props;
  const slider = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const rows = useRef<HTMLCanvasElement>(null);
  const head = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  /** Height of the layers that are in sight, and how far they are scrolled. */
  const visible = useSignal(0);
  const scrolled = useSignal(0);
  const hover = useSignal<HoverPlace | undefined>(undefined);
  const nowMs = useComputed(() => Math.round(playback.timeMs.value));
  const nowText = useComputed(() => formatTime(playback.timeMs.value, 10));
  const pinnedLayers = pinned?.value ?? [];
  const layersTop = axisHeight + layoutLayers(pinnedLayers).height;
  const seek = useMemo(() => seekMode(playback), [playback]);
  const modeNow = mode?.value ?? seek;

  const pointOf = (event: MouseEvent): LayerPoint<L> => {
    const { x, y, width: across, timeMs } = placeOf(event, slider.current!, clip);
    const inLayers = y - layersTop < 0 ? y - layersTop : y - layersTop + scrolled.peek();
    const layer = inLayers < 0 ? undefined : layerAt(layers.peek(), inLayers);
    return {
      ...{ x, y: inLayers, width: across, timeMs, layer },
      reachPx: event instanceof PointerEvent && event.pointerType === "touch" ? 18 : 6,
      ...{ free: event.altKey, more: event.ctrlKey || event.metaKey },
    };
  };
  const latest = useRef({ pointOf, modeNow });
  latest.current = { pointOf, modeNow };
  const pointer = useMemo(
    () =>
      new TimelinePointer<L>({
        ...{ clip, seek, mode: () => latest.current.modeNow },
        pointOf: (event) => latest.current.pointOf(event),
      }),
    [clip, seek],
  );

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      width.value = scroll.current?.clientWidth ?? 0;
      visible.value = scroll.current?.clientHeight ?? 0;
    });
    observer.observe(scroll.current!);
    // Preact listens passively to the wheel; the page must not scroll while the timeline zooms.
    const onWheel = (event: WheelEvent): void => pointer.wheel(event);
    const element = slider.current!;
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", onWheel);
    };
  }, [pointer]);
  useSignalEffect(() => {
    const above = pinned?.value ?? [];
    const height = axisHeight + layoutLayers(above).height;
    const scene = { layers: above, view: clip.view.value, width: width.value };
    const colours = palette.value;
    const context = sizeCanvas(axis.current, scene.width, height);
    if (context === undefined) return;
    drawAxis(context, scene.view, scene.width, colours);
    context.translate(0, axisHeight);
    drawLayers(context, scene, colours);
  });
  useSignalEffect(() => {
    const top = scrolled.value;
    const scene = {
      ...{ layers: layers.value, view: clip.view.value, width: width.value },
      ...{ top, bottom: top + visible.value },
    };
    const colours = palette.value;
    const request = requestAnimationFrame(() => {
      const context = sizeCanvas(rows.current, scene.width, layoutLayers(scene.layers).height);
      if (context === undefined) return;
      rows.current!.dataset["drawn"] = String(drawLayers(context, scene, colours));
    });
    return () => cancelAnimationFrame(request);
  });
  useSignalEffect(() => {
    // What changes while the clip plays lies above, so that playing draws little.
    const layersY = axisHeight + layoutLayers(pinned?.value ?? []).height;
    const height = layersY + visible.value;
    const [view, across] = [clip.view.value, width.value];
    const context = sizeCanvas(head.current, across, height);
    if (context === undefined) return;
    drawPlayhead(context, view, playback.timeMs.value, across, height, palette.value);
    above?.(context, { view, width: across, layersY: layersY - scrolled.value });
  });

  const onMove = (event: PointerEvent): void => {
    const idle = pointer.move(event);
    const tells = idle || (modeNow.name === "seek" && event.buttons === 1);
    const height = layersTop + visible.peek();
    hover.value = tells ? { ...placeOf(event, slider.current!, clip), height } : undefined;
  };
  const layerUnder = (y: number): TimelineLayer | undefined =>
    y < layersTop
      ? layerAt(pinnedLayers, y - axisHeight)
      : layerAt(layers.value, y - layersTop + scrolled.value);
  return (
    <div class="timeline-grid">
      <LayerTitles layers={layers.value} pinned={pinnedLayers} scrolled={scrolled.value} heading={heading} />
      <div
        ref={slider}
        class="scrubber"
        role="slider"
        tabIndex={0}
        aria-label="Position in the clip"
        aria-valuemin={0}
        aria-valuemax={Math.round(clip.wholeMs)}
        aria-valuenow={nowMs}
        aria-valuetext={nowText}
        onPointerDown={(event) => {
          // Its own scroll bar is none of the layers.
          if (event.target !== scroll.current) pointer.down(event);
        }}
        onPointerMove={onMove}
        onPointerUp={() => pointer.up()}
        onPointerCancel={() => pointer.cancel()}
        onPointerLeave={() => (hover.value = undefined)}
        onDblClick={() => modeNow.name === "seek" && clip.showAll()}
        onContextMenu={(event) => {
          const point = pointOf(event);
          if (onMenu === undefined || point.layer === undefined) return;
          event.preventDefault();
          onMenu(event, point);
        }}
      >
        <canvas ref={axis} class="timeline-axis" aria-hidden="true" />
        <div
          ref={scroll}
          class="timeline-scroll"
          onScroll={(event) => (scrolled.value = event.currentTarget.scrollTop)}
        >
          <canvas ref={rows} class="timeline-layers" aria-hidden="true" />
        </div>
        <canvas ref={head} class="timeline-playhead" aria-hidden="true" />
        <TimelineHover at={hover} view={clip.view} layerAt={layerUnder} />
      </div>
      <PanBar clip={clip} />
    </div>
  );
}

function PanBar({ clip }: { readonly clip: ClipView }) {
  const view = clip.view.value;
  const whole = clip.wholeMs;
  if (spanMs(view) >= whole) return null;
  return (
    <input
      class="pan"
      type="range"
      aria-label="Part of the clip that the timeline shows"
      aria-valuetext={`${formatTime(view.startMs, 10)} to ${formatTime(view.endMs, 10)}`}
      min={0}
      max={whole - spanMs(view)}
      step={spanMs(view) / 50}
      value={view.startMs}
      onInput={(event) => clip.pan(Number(event.currentTarget.value) - clip.view.peek().startMs)}
    />
  );
}
