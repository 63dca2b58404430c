import type { LiveFeed } from "../../live/liveFeed.ts";

export interface LiveFiguresProps {
  readonly feed: LiveFeed;
  /** Pictures of the page's camera that never left it. */
  readonly droppedHere?: number;
}

/** How fast the results come, and what was left out to keep up. */
export function LiveFigures({ feed, droppedHere = 0 }: LiveFiguresProps) {
  feed.follow();
  const session = feed.session.value;
  if (session === undefined) return null;
  const { fps, latencyP50Ms, latencyP95Ms, framesDone } = session.stats;
  const dropped = (feed.frame?.dropped ?? session.stats.dropped) + droppedHere;
  // Before the first result there is nothing to take a mean of.
  const measured = (value: string): string => (framesDone > 0 ? value : "not yet");
  const figures = [
    ["Frames a second", measured(fps.toFixed(0))],
    ["Latency", measured(`${latencyP50Ms.toFixed(0)} ms`)],
    ["95 % under", measured(`${latencyP95Ms.toFixed(0)} ms`)],
    ["Analysed", String(framesDone)],
    ["Dropped", String(dropped)],
  ] as const;
  return (
    <>
      <dl class="tiles figures">
        {figures.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">
        Live emotions follow: a face by about 0.3 s (smoothing), a voice by 1 to 2 s (its window). A recording
        that is analysed has them at their time.
      </p>
    </>
  );
}
