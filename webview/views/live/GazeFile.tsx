import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { AppError } from "../../../shared/errors.ts";
import { gazeCalibrationSchema, type GazeCalibration } from "../../../shared/protocol/gazeCalibration.ts";
import { parseJson } from "../../../shared/text/parseJson.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { dateTime } from "../../data/text.ts";

/** Chooses the gaze calibration of a file: of somebody who is no participant of a study. */
export function GazeFile({ chosen }: { readonly chosen: Signal<GazeCalibration | undefined> }) {
  const input = useRef<HTMLInputElement>(null);
  const attempt = useAttempt();
  const read = async (file: File): Promise<void> => {
    const parsed = gazeCalibrationSchema.safeParse(parseJson(await file.text()));
    if (!parsed.success)
      throw new AppError(
        "invalid_config",
        `${file.name} is no gaze calibration. Choose a .gaze.json that this page or edin calibrate gaze wrote.`,
      );
    chosen.value = parsed.data;
  };
  const now = chosen.value;
  return (
    <div class="interview-file">
      <div class="row">
        <span>
          {now === undefined
            ? "No gaze calibration of a file"
            : `Gaze calibrated ${dateTime(now.madeAt)}, ${(now.check ?? now.error).afterDeg.toFixed(1)} degrees`}
        </span>
        <Button icon="file" secondary onClick={() => input.current?.click()}>
          Choose a gaze calibration
        </Button>
        {now !== undefined && (
          <Button icon="close" secondary onClick={() => (chosen.value = undefined)}>
            None
          </Button>
        )}
        <input
          ref={input}
          type="file"
          class="visually-hidden"
          tabIndex={-1}
          aria-label="Gaze calibration file"
          accept=".json"
          onChange={() => {
            const file = input.current?.files?.[0];
            if (file !== undefined) attempt.run(read(file));
            if (input.current !== null) input.current.value = "";
          }}
        />
      </div>
      <Failure of={attempt} />
    </div>
  );
}
