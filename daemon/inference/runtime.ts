// ONNX Runtime writes a device id under HOME and sends it, with what the machine is, to its vendor; this variable alone
// stops it. So it is set here, before the library is loaded, and nothing else loads the library: that holds for each
// process, thread and test, whatever environment it was given. In a thread it takes `env: SHARE_ENV`, because a copy of
// the environment does not reach native code.
process.env["ORT_DISABLE_TELEMETRY"] = "1";

export type { InferenceSession } from "onnxruntime-node";

/** ONNX Runtime, loaded so that it keeps to itself. */
export const ort = await import("onnxruntime-node");
