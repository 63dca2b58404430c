import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import path from "node:path";
import type * as Tfjs from "@tensorflow/tfjs";

const require = createRequire(import.meta.url);
const folderOf = (name: string) => path.dirname(require.resolve(`${name}/package.json`));

/** A picture as the peers take it: interleaved RGB. */
export interface RgbFrame {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Another package's way from a picture to faces, landmarks and expressions (human: eyes and gaze too). */
export interface Peer {
  readonly name: string;
  /** Faces found. */
  run(frame: RgbFrame): Promise<number>;
}

/** What we use of the two packages; their own types do not know their node-wasm builds. */
interface FaceApi {
  readonly nets: Record<
    "tinyFaceDetector" | "ssdMobilenetv1" | "faceLandmark68Net" | "faceExpressionNet",
    Net
  >;
  readonly TinyFaceDetectorOptions: new () => object;
  readonly SsdMobilenetv1Options: new () => object;
  detectAllFaces(
    image: Tfjs.Tensor3D,
    options: object,
  ): {
    withFaceLandmarks(): { withFaceExpressions(): Promise<readonly unknown[]> };
  };
}
interface Net {
  loadFromDisk(folder: string): Promise<void>;
}
interface HumanPackage {
  readonly Human: new (config: object) => {
    readonly tf: Pick<typeof Tfjs, "tensor3d" | "dispose">;
    load(): Promise<void>;
    detect(image: Tfjs.Tensor3D): Promise<{ face: readonly unknown[]; error: string | null }>;
  };
}

/** Both packages on the wasm backend of TensorFlow.js, with the same outputs as far as they have them. */
export async function openPeers(): Promise<Peer[]> {
  const wasmFolder = `${folderOf("@tensorflow/tfjs-backend-wasm")}/dist/`;
  const tf = require("@tensorflow/tfjs") as typeof Tfjs;
  const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(wasmFolder);
  await tf.setBackend("wasm");
  await tf.ready();
  return [...(await openFaceApi(tf)), await openHuman(wasmFolder)];
}

/** With its fast detector and with its default one. */
async function openFaceApi(tf: typeof Tfjs): Promise<Peer[]> {
  const folder = folderOf("@vladmandic/face-api");
  const api = require(path.join(folder, "dist/face-api.node-wasm.js")) as FaceApi;
  for (const net of Object.values({
    tiny: api.nets.tinyFaceDetector,
    ssd: api.nets.ssdMobilenetv1,
    landmarks: api.nets.faceLandmark68Net,
    expression: api.nets.faceExpressionNet,
  }))
    await net.loadFromDisk(path.join(folder, "model"));
  const peer = (name: string, options: object): Peer => ({
    name: `face-api ${name}`,
    async run({ data, width, height }) {
      const image = tf.tensor3d(data, [height, width, 3], "int32");
      const faces = await api.detectAllFaces(image, options).withFaceLandmarks().withFaceExpressions();
      image.dispose();
      return faces.length;
    },
  });
  return [peer("tiny", new api.TinyFaceDetectorOptions()), peer("ssd", new api.SsdMobilenetv1Options())];
}

/** Human keeps faces between frames of a video by itself; what it does not share with us is switched off. */
async function openHuman(wasmPath: string): Promise<Peer> {
  // Its package.json is not among its exports; its entry point lies in dist/.
  const folder = path.dirname(path.dirname(require.resolve("@vladmandic/human")));
  const { Human } = require(path.join(folder, "dist/human.node-wasm.js")) as HumanPackage;
  // It loads its networks over HTTP only.
  const server = createServer((request, response) => {
    createReadStream(path.join(folder, "models", path.basename(request.url ?? ""))).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const off = { enabled: false };
  const on = { enabled: true };
  const human = new Human({
    backend: "wasm",
    wasmPath,
    modelBasePath: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    debug: false,
    filter: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    gesture: on,
    face: {
      ...on,
      // As ours: the detector now and then, as it likes, the expression on every frame.
      ...{ detector: on, mesh: on, iris: on, emotion: { ...on, skipFrames: 0, skipTime: 0 } },
      ...{ description: off, antispoof: off, liveness: off },
    },
  });
  await human.load();
  const peer: Peer = {
    name: "human",
    async run({ data, width, height }) {
      const image = human.tf.tensor3d(data, [height, width, 3], "int32");
      const { face, error } = await human.detect(image);
      human.tf.dispose(image);
      if (error !== null) throw new Error(error);
      return face.length;
    },
  };
  return peer;
}
