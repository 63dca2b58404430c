import type { Signal } from "@preact/signals";
import { AppError } from "../../../shared/errors.ts";
import { expectedError } from "../../../shared/gaze/text.ts";
import { gazeCalibrationSchema, type GazeCalibration } from "../../../shared/protocol/gazeCalibration.ts";
import { parseJson } from "../../../shared/text/parseJson.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { dateTime } from "../../data/text.ts";

/** Chooses the gaze calibration of a file: of somebody who is no participant of a study. */
export function GazeFile({ chosen }: { readonly chosen: Signal<GazeCalibration | undefined> }) {
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
  const choose = (): void => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: ".json" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file !== undefined) attempt.run(read(file));
    });
    input.click();
  };
  const now = chosen.value;
  return (
    <div class="interview-file">
      <div class="row">
        <span>
          {now === undefined
            ? "No gaze calibration of a file"
            : `Gaze calibrated ${dateTime(now.madeAt)}, ${expectedError(now).afterDeg.toFixed(1)} degrees`}
        </span>
        <Button icon="file" secondary onClick={choose}>
          Choose a gaze calibration
        </Button>
        {now !== undefined && (
          <Button icon="close" secondary onClick={() => (chosen.value = undefined)}>
            None
          </Button>
        )}
      </div>
      <Failure of={attempt} />
    </div>
  );
}
