import { IconButton, type IconButtonProps } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import type { EditorState } from "../../labels/editorState.ts";
import { runAction } from "../../labels/runAction.ts";
import type { LabelActionId } from "../../../shared/labels/actions.ts";

/** What the model proposes: how much is left, from which confidence on, and in which order. */
export function ProposalBar({ editor }: { readonly editor: EditorState }) {
  const gold = editor.isGold;
  if (editor.proposals.value === undefined && !gold) return null;
  if (editor.blind.value)
    return <p class="muted">Blind: what the model says is hidden until this file is marked as done.</p>;
  const left = editor.proposalOrder.length;
  const now = editor.proposalNow();
  return (
    <div
      class="row proposal-bar"
      role="toolbar"
      aria-label={gold ? "What is to be settled" : "Proposals of the model"}
    >
      <strong>{left}</strong> {gold ? "to settle" : left === 1 ? "proposal left" : "proposals left"}
      <Action editor={editor} id="previous" icon="arrow-left" label="Previous proposal (Ctrl ←)" />
      <Action editor={editor} id="next" icon="arrow-right" label="Next proposal (Ctrl →)" />
      <Action
        editor={editor}
        id="take"
        icon="check"
        label="Take (Enter)"
        text="Take"
        disabled={now === undefined}
      />
      <Action
        editor={editor}
        id="refuse"
        icon="close"
        label="Refuse (Backspace)"
        text="Refuse"
        disabled={now === undefined}
      />
      {!gold && <Thresholds editor={editor} />}
      {now !== undefined && (
        <span>
          {now.label}
          {now.confidence !== undefined && `, ${Math.round(100 * now.confidence)} %`} ({now.by ?? now.kind})
        </span>
      )}
    </div>
  );
}

interface ActionProps extends Omit<IconButtonProps, "onClick"> {
  readonly editor: EditorState;
  readonly id: LabelActionId;
}

function Action({ editor, id, ...button }: ActionProps) {
  return <IconButton {...button} onClick={() => runAction(id, editor)} />;
}

function Thresholds({ editor }: { readonly editor: EditorState }) {
  return (
    <>
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
    </>
  );
}
