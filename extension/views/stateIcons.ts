/** How trees show the state of a job. */
export const stateIcons = {
  queued: "watch",
  running: "sync~spin",
  done: "pass",
  failed: "error",
  cancelled: "circle-slash",
  interrupted: "debug-disconnect",
} as const;
