import type { LabelsToHost, LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import type { PanelHost } from "../host/panelHost.ts";
import type { LabelsChannel } from "./channel.ts";

/** In VS Code: the text document is the extension host's. */
export class PanelChannel implements LabelsChannel {
  readonly #host: PanelHost;
  readonly #turns = new Map<number, () => void>();
  #number = 0;

  constructor(host: PanelHost) {
    this.#host = host;
  }

  send(message: LabelsToHost): void {
    this.#host.sendLabels(message);
  }

  listen(listener: (message: LabelsToPanel) => void): () => void {
    return this.#host.onLabels((message) => {
      if (message.kind !== "turn") {
        listener(message);
        return;
      }
      this.#turns.get(message.number)?.();
      this.#turns.delete(message.number);
    });
  }

  clipUrl(copy: boolean, abort: AbortSignal): Promise<string> {
    return this.#host.labelledUrl(copy, abort);
  }

  inTurn(work: () => void): void {
    this.#turns.set(++this.#number, work);
    this.send({ kind: "turn", number: this.#number });
  }
}
