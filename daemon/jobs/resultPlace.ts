/** Where the runs of a kind leave their results, seen from the process that runs them. */
export interface ResultPlace {
  /** Makes the empty folder that a run writes into. */
  begin(id: string, run: number): Promise<string>;
  /** Brings the finished files where {@link publish} finds them. May take its time. */
  deliver(id: string, run: number, signal: AbortSignal): Promise<void>;
  /** Puts the finished files where they are looked for, all at once. Again, it does nothing. */
  publish(id: string, run: number): Promise<void>;
  /** Takes results away that are not those of a finished job. */
  withdraw(id: string): Promise<void>;
  /** Removes what a run left that did not end well. */
  discard(id: string, run: number): Promise<void>;
  /** A folder of a job that outlasts its runs, on this machine. */
  keptOf(id: string): string;
  discardKept(id: string): Promise<void>;
  isPublished(id: string): Promise<boolean>;
}
