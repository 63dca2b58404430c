/** Takes the time of a pipeline's steps. */
export interface Meter {
  /** Awaits `work` and notes how long it took under `name`. */
  time<T>(name: string, work: () => Promise<T>): Promise<T>;
}
