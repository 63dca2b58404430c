/** Asked of the worker: a picture, which it closes, and the size of the JPEG. */
export interface EncodeRequest {
  readonly picture: VideoFrame | ImageBitmap;
  readonly width: number;
  readonly height: number;
}

/** Answered once for each request, in order; absent when the picture could not be encoded. */
export interface EncodeAnswer {
  readonly jpeg?: ArrayBuffer;
}

/** Faces stay as they are to the networks, at a tenth of the size. */
const quality = 0.85;

let canvas: OffscreenCanvas | undefined;

globalThis.addEventListener("message", (message: MessageEvent<EncodeRequest>) => {
  void encode(message.data).then(
    (jpeg) => answer({ jpeg }, [jpeg]),
    () => answer({}, []),
  );
});

async function encode({ picture, width, height }: EncodeRequest): Promise<ArrayBuffer> {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  try {
    canvas.getContext("2d", { alpha: false })!.drawImage(picture, 0, 0, width, height);
  } finally {
    picture.close();
  }
  return (await canvas.convertToBlob({ type: "image/jpeg", quality })).arrayBuffer();
}

function answer(value: EncodeAnswer, transfer: Transferable[]): void {
  globalThis.postMessage(value, { transfer });
}
