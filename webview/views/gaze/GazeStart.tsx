import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listInputs, type Input } from "../../capture/inputs.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { ScreenPlace } from "../../../shared/protocol/gazeCalibration.ts";
import type { LiveParticipant } from "../../../shared/protocol/live.ts";
import type { Host } from "../../host.ts";
import { Consent, consentText } from "../live/Consent.tsx";
import { InputSelect } from "../live/DeviceChoice.tsx";
import { ParticipantChoice } from "../live/ParticipantChoice.tsx";

export interface GazeRequest {
  readonly camera: string;
  readonly consent: { readonly text: string; readonly givenAt: string };
  readonly participant: LiveParticipant | undefined;
  readonly screen: ScreenPlace;
}

export interface GazeStartProps {
  readonly host: Host;
  /** Rejects where it cannot start. */
  readonly onStart: (request: GazeRequest) => Promise<void>;
}

/** What is asked before a calibration: the camera, whose gaze it is, the size of the screen and the distance from it. */
export function GazeStart({ host, onStart }: GazeStartProps) {
  const cameras = useSignal<readonly Input[]>([]);
  const camera = useSignal("default");
  const widthCm = useSignal("34");
  const distanceCm = useSignal("60");
  const participant = useSignal<LiveParticipant | undefined>(undefined);
  const agreed = useSignal(false);
  const listing = useAttempt();
  const attempt = useAttempt();
  useEffect(() => {
    listing.run(
      listInputs().then((found) => {
        cameras.value = found.cameras;
        camera.value = found.cameras[0]?.id ?? "";
      }),
    );
  }, []);
  const width = lengthOf(widthCm.value);
  const distance = lengthOf(distanceCm.value);
  const begin = (): void => {
    if (width === undefined || distance === undefined) return;
    const heightCm = (width * screen.height) / screen.width;
    fillScreen();
    attempt.run(
      onStart({
        camera: camera.value,
        consent: { text: consentText(false, undefined), givenAt: new Date().toISOString() },
        participant: participant.value,
        screen: { widthCm: width, heightCm, distanceCm: distance },
      }),
    );
  };
  return (
    <div class="page live-start">
      <h1>Calibrate gaze</h1>
      <p>
        You look at nine points on this screen, then at four more that show how well it works: half a minute.
        What the network reads of your eyes is then corrected, in later live sessions and analyses. Keep your
        head still, and light on your face.
      </p>
      <div class="row">
        <InputSelect label="Camera" input={camera} devices={cameras.value} />
        <label class="field">
          <span>Width of the screen, cm</span>
          <TextField label="Width of the screen, cm" text={widthCm} />
        </label>
        <label class="field">
          <span>Eyes to screen, cm</span>
          <TextField label="Eyes to screen, cm" text={distanceCm} />
        </label>
      </div>
      <p class="muted">
        Measure both with a ruler: errors in degrees are as right as these. The camera is taken to sit above
        the middle of the screen, at the height of your eyes.
      </p>
      <Failure of={listing} />
      <ParticipantChoice host={host} chosen={participant} records={false} />
      <Consent
        text={consentText(false, undefined)}
        given={agreed.value}
        onChange={(given) => (agreed.value = given)}
      />
      <Failure of={attempt} />
      <div class="row">
        <Button
          icon="target"
          disabled={
            !agreed.value ||
            camera.value === "" ||
            width === undefined ||
            distance === undefined ||
            attempt.busy
          }
          onClick={begin}
        >
          {attempt.busy ? "Starting" : "Start"}
        </Button>
        {(width === undefined || distance === undefined) && (
          <span class="muted">Give lengths of 10 to 300 cm.</span>
        )}
      </div>
    </div>
  );
}

/** Browsers go to full screen only at a click, and some not at all: then the points are on the page's part of it. */
export function fillScreen(): void {
  document.documentElement.requestFullscreen().catch(() => undefined);
}

function lengthOf(text: string): number | undefined {
  const cm = Number(text.replace(",", "."));
  return cm >= 10 && cm <= 300 ? cm : undefined;
}
