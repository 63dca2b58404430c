import { IconButton } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import type { EditorState } from "../../labels/editorState.ts";
import { runAction } from "../../labels/runAction.ts";

/** What the model proposes: how much is left, from which confidence on, and in which order. */
export function ProposalBar({ editor }: { readonly editor: EditorState }) {
  const proposals = editor.proposals.value;
  if (proposals === undefined) return null;
  if (editor.blind.value)
    return <p class="muted">Blind: what the model says is hidden until this file is marked as done.</p>;
  const left = editor.proposalOrder.length;
  const now = editor.proposalNow();
  return (
    <div class="row proposal-bar" role="toolbar" aria-label="Proposals of the model">
      <strong>{left}</strong> {left === 1 ? "proposal" : "proposals"} left
      <IconButton
        icon="arrow-left"
        label="Previous proposal (Ctrl ←)"
        onClick={() => runAction("previous", editor)}
      />
      <IconButton
        icon="arrow-right"
        label="Next proposal (Ctrl →)"
        onClick={() => runAction("next", editor)}
      />
      <IconButton
        icon="check"
        label="Take (Enter)"
        text="Take"
        disabled={now === undefined}
        onClick={() => runAction("take", editor)}
      />
      <IconButton
        icon="close"
        label="Refuse (Backspace)"
        text="Refuse"
        disabled={now === undefined}
        onClick={() => runAction("refuse", editor)}
      />
      <label class="row">
        At least {Math.round(100 * editor.threshold.value)} %
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={100 * editor.threshold.value}
          aria-label="Least confidence of proposals"
          onInput={(event) => (editor.threshold.value = Number(event.currentTarget.value) / 100)}
        />
      </label>
      <Checkbox
        label="Least sure first"
        checked={editor.leastSureFirst.value}
        onChange={(checked) => (editor.leastSureFirst.value = checked)}
      />
      {now !== undefined && (
        <span>
          {now.label}
          {now.confidence !== undefined && `, ${Math.round(100 * now.confidence)} %`} ({now.kind})
        </span>
      )}
    </div>
  );
}
