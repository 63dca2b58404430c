import { counted } from "../text/counted.ts";

/** How much a labels file says, in words: "3 annotations, 1 trace". */
export const howMuch = ({ annotations, traces }: { annotations: number; traces: number }): string =>
  [counted(annotations, "annotation"), ...(traces > 0 ? [counted(traces, "trace")] : [])].join(", ");
