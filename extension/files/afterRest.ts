import type * as vscode from "vscode";

/** Work on documents that waits until nobody has typed in them for a while; of one document the last counts. */
export class AfterRest implements vscode.Disposable {
  readonly #waiting = new Map<string, NodeJS.Timeout>();

  later({ uri }: vscode.TextDocument, afterMs: number, work: () => void): void {
    this.forget(uri);
    this.#waiting.set(uri.toString(), setTimeout(work, afterMs));
  }

  forget(uri: vscode.Uri): void {
    clearTimeout(this.#waiting.get(uri.toString()));
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
  }
}
