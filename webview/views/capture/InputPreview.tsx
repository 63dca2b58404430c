import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { openInputs, type InputChoice } from "../../capture/inputs.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { useAttempt } from "../../data/attempt.ts";

const quietestDb = -60;

/** Shows the chosen camera and the level of the microphone, on this page alone, until capture starts. */
export function InputPreview({ inputs }: { readonly inputs: InputChoice }) {
  const on = useSignal(false);
  const attempt = useAttempt();
  const level = useSignal(quietestDb);
  const video = useRef<HTMLVideoElement>(null);
  const { camera, microphone } = inputs;
  const shown = on.value;
  useEffect(() => {
    if (!shown) return undefined;
    const abort = new AbortController();
    attempt.run(
      openInputs({ camera, microphone }).then((stream) => {
        const stop = (): void => {
          for (const track of stream.getTracks()) track.stop();
        };
        if (abort.signal.aborted) {
          stop();
          return;
        }
        if (video.current !== null) video.current.srcObject = stream;
        const stopSound =
          stream.getAudioTracks().length > 0 ? meter(stream, (db) => (level.value = db)) : undefined;
        abort.signal.addEventListener("abort", () => {
          stopSound?.();
          stop();
        });
      }),
      abort.signal,
    );
    return () => abort.abort();
  }, [shown, camera, microphone]);
  const nothing = camera === "" && microphone === "";
  return (
    <div class="input-preview">
      <div class="row">
        <Button
          icon={shown ? "eye-closed" : "eye"}
          secondary
          disabled={nothing}
          onClick={() => (on.value = !on.value)}
        >
          {shown ? "Close the preview" : "Try camera and microphone"}
        </Button>
        {shown && <span class="muted">Seen and heard on this page alone: nothing is sent or recorded.</span>}
      </div>
      {shown && (
        <div class="row">
          {camera !== "" && (
            <video ref={video} muted autoPlay playsInline aria-label="Preview of the camera" />
          )}
          {microphone !== "" && (
            <label class="field">
              <span>Microphone: speak as in the interview</span>
              <meter
                aria-label="Level of the microphone"
                min={quietestDb}
                max={0}
                low={-45}
                high={-6}
                value={level.value}
              />
              <span class="muted" role="status">
                {levelText(level.value)}
              </span>
            </label>
          )}
        </div>
      )}
      <Failure of={attempt} />
    </div>
  );
}

function levelText(db: number): string {
  if (db < -50) return "silent";
  if (db < -40) return "too soft";
  return db > -3 ? "too loud" : "good";
}

/** Tells the level of a stream ten times a second, dB below full scale. @returns ends it */
function meter(stream: MediaStream, tell: (db: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    tell(Math.max(quietestDb, 10 * Math.log10(power + 1e-12)));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
