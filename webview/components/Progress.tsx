import "@vscode-elements/elements/dist/vscode-progress-ring/index.js";
import { element } from "./element.ts";

/** A bar with its share as text beside it; a bar that only moves while the share is not known. */
export function ProgressBar({
  label,
  share,
}: {
  readonly label: string;
  readonly share: number | undefined;
}) {
  if (share === undefined)
    return (
      <span class="progress">
        <progress aria-label={label} max={100} />
      </span>
    );
  const percent = Math.round(Math.min(Math.max(share, 0), 1) * 100);
  return (
    <span class="progress">
      <progress aria-label={label} max={100} value={percent} />
      <span>{percent} %</span>
    </span>
  );
}

/** Says that something is under way of which nobody knows how long it takes. */
export function Waiting({ label }: { readonly label: string }) {
  return (
    <div class="row waiting" role="status">
      {element("vscode-progress-ring", { "aria-hidden": "true" })}
      <span>{label}</span>
    </div>
  );
}
