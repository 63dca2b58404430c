import { useLayoutEffect, useRef } from "preact/hooks";
import { beqAnchors, beqItems, highestAnswer, lowestAnswer } from "../../shared/beq/items.ts";

export interface ScaleProps {
  /** From 1. */
  readonly item: number;
  readonly answer: number | null;
  /** Takes the focus when this item is shown. */
  readonly focus: boolean;
  /** `advance` when the participant pointed at the answer: then the next item may come. */
  readonly onAnswer: (answer: number, advance: boolean) => void;
}

const numbers = Array.from({ length: highestAnswer - lowestAnswer + 1 }, (_, k) => lowestAnswer + k);

/** One item with its seven answers: radio buttons, so arrows move and screen readers know what it is. */
export function Scale({ item, answer, focus, onAnswer }: ScaleProps) {
  const group = useRef<HTMLFieldSetElement>(null);
  useLayoutEffect(() => {
    if (focus)
      (
        group.current?.querySelector<HTMLElement>("input:checked") ?? group.current?.querySelector("input")
      )?.focus();
  }, [focus, item]);
  const title = `beq-item-${item}`;
  return (
    <fieldset class="scale" role="radiogroup" aria-labelledby={title} data-item={item} ref={group}>
      <legend id={title}>
        <span class="visually-hidden">Statement {item}: </span>
        {beqItems[item - 1]}
      </legend>
      <div class="scale-row">
        {numbers.map((number) => (
          <label key={number} class="scale-answer">
            <input
              type="radio"
              name={title}
              value={number}
              checked={answer === number}
              aria-label={nameOf(number)}
              onChange={() => onAnswer(number, false)}
              // Arrow keys click too, with a count of 0; who points at the old answer again means it.
              onClick={(event) => {
                if (event.detail > 0) onAnswer(number, true);
              }}
            />
            <span aria-hidden="true">{number}</span>
          </label>
        ))}
      </div>
      <div class="scale-anchors" aria-hidden="true">
        {Object.values(beqAnchors).map((anchor) => (
          <span key={anchor}>{anchor}</span>
        ))}
      </div>
    </fieldset>
  );
}

function nameOf(number: number): string {
  const anchor = (beqAnchors as Readonly<Record<number, string>>)[number];
  return anchor === undefined ? String(number) : `${number}, ${anchor}`;
}
