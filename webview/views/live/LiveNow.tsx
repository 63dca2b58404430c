import { expressionLabels, fusedLabels, speechLabels } from "../../../shared/emotion/labels.ts";
import type { Face } from "../../../shared/protocol/results.ts";
import { EmotionBars } from "../../components/EmotionBars.tsx";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { GazeDot } from "./GazeDot.tsx";

/** A result is stale after this long without a newer one. */
const staleMs = 2000;

/** What the networks say at this moment: fused, of each face, and of the voice. */
export function LiveNow({ feed }: { readonly feed: LiveFeed }) {
  feed.follow();
  const nowMs = feed.nowMs();
  const { fused, speech, frame } = feed;
  const current = frame !== undefined && nowMs - frame.line.timeMs < staleMs;
  return (
    <section class="moment" aria-label="Now" tabIndex={0}>
      <h2>Now</h2>
      {fused?.probabilities !== undefined && nowMs - fused.timeMs < staleMs && (
        <div class="moment-row">
          <h3>
            Fused
            {fused.carried !== undefined && (
              <span class="muted"> – {Math.round(fused.carried.face * 100)} % of it from the face</span>
            )}
          </h3>
          <EmotionBars labels={fusedLabels} values={valuesOf(fusedLabels, fused.probabilities)} />
        </div>
      )}
      {current &&
        feed.faces.map((face) => <LiveFace key={face.track} face={face} feed={feed} nowMs={nowMs} />)}
      {current && feed.faces.length === 0 && <p class="muted">No face in the picture.</p>}
      {!current && <p class="muted">Waiting for pictures.</p>}
      {speech?.probabilities !== undefined && nowMs - speech.endMs < 2 * staleMs && (
        <div class="moment-row">
          <h3>Voice</h3>
          <EmotionBars labels={speechLabels} values={valuesOf(speechLabels, speech.probabilities)} />
        </div>
      )}
    </section>
  );
}

interface LiveFaceProps {
  readonly face: Face;
  readonly feed: LiveFeed;
  readonly nowMs: number;
}

function LiveFace({ face, feed, nowMs }: LiveFaceProps) {
  const emotion = face.emotion ?? face.expression;
  const blinks = feed.blinks(face.track);
  const perMinute = blinks?.perMinute(nowMs);
  return (
    <div class="moment-row" data-track={face.track}>
      <h3>
        Face {face.track}
        {face.state === "low_quality" && <span class="muted"> – low quality</span>}
      </h3>
      {emotion !== undefined && (
        <EmotionBars labels={expressionLabels} values={valuesOf(expressionLabels, emotion)} />
      )}
      <div class="eyes">
        <GazeDot gaze={face.gaze} />
        <dl class="tiles">
          {(blinks !== undefined || face.eyes !== undefined) && (
            <div>
              <dt>Blinks</dt>
              <dd data-testid="blinks">{blinks?.count ?? 0}</dd>
            </div>
          )}
          {perMinute !== undefined && (
            <div>
              <dt>a minute</dt>
              <dd>{Math.round(perMinute)}</dd>
            </div>
          )}
          {face.eyes !== undefined && (
            <div>
              <dt>Eyes</dt>
              <dd>{eyesText(face.eyes)}</dd>
            </div>
          )}
        </dl>
      </div>
    </div>
  );
}

function eyesText(eyes: NonNullable<Face["eyes"]>): string {
  return Math.max(eyes.left.open, eyes.right.open) < 0.5 ? "closed" : "open";
}

function valuesOf<const Label extends string>(
  labels: readonly Label[],
  probabilities: Readonly<Record<Label, number>>,
): number[] {
  return labels.map((label) => probabilities[label]);
}
