import type { EditorState } from "./editorState.ts";

/** A crash costs no more than this of what still runs, and the time of one way to the disk. */
const everyMs = 500;

/** Keeps against a crash what runs for as long as it runs: what is being rated, and the label that was begun. */
export class Drafts {
  readonly #editor: EditorState;
  #keptAt = -Infinity;

  constructor(editor: EditorState) {
    this.#editor = editor;
  }

  /** With each frame that is played. */
  keep(now = performance.now()): void {
    const { rating, store } = this.#editor;
    const edits = [rating.edit, this.#editor.runningEdit].filter((edit) => edit !== undefined);
    if (edits.length === 0 || now - this.#keptAt < everyMs) return;
    this.#keptAt = now;
    store.draft((document) => edits.reduce((before, edit) => edit(before), document));
  }
}
