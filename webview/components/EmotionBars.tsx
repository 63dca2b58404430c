import { emotionLook } from "../../shared/emotion/appearance.ts";
import { percent } from "../../shared/text/percent.ts";

export interface EmotionBarsProps {
  readonly labels: readonly string[];
  /** One probability a label. */
  readonly values: ArrayLike<number>;
}

/** Probabilities as bars, each with its name and its figure; the strongest stands out. */
export function EmotionBars({ labels, values }: EmotionBarsProps) {
  const top = Array.from(values).indexOf(Math.max(...Array.from(values)));
  return (
    <dl class="bars">
      {labels.map((label, k) => (
        <div key={label} class={k === top ? "strongest" : ""}>
          <dt>{label}</dt>
          <dd>
            <span class="bar">
              <span style={{ width: `${values[k]! * 100}%`, background: emotionLook(label)?.colour }} />
            </span>
            <span class="figure">{percent(values[k]!)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
