/** Those who want to hear of something. */
export class Listeners<News> {
  readonly #all = new Set<(news: News) => void>();

  /** @returns ends it */
  add(listener: (news: News) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(news: News): void {
    for (const listener of this.#all) listener(news);
  }
}
