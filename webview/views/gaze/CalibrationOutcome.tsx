import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { calibrateGaze } from "../../../shared/gaze/calibrate.ts";
import { calibrationPoints, shareOfWidth } from "../../../shared/gaze/screen.ts";
import { expectedError } from "../../../shared/gaze/text.ts";
import type { GazeCalibration, ScreenPlace } from "../../../shared/protocol/gazeCalibration.ts";
import { setGazeCalibration } from "../../../shared/protocol/gazeRoutes.ts";
import type { LiveParticipant } from "../../../shared/protocol/live.ts";
import { listModels } from "../../../shared/protocol/system.ts";
import { counted } from "../../../shared/text/counted.ts";
import type { GazeRun } from "../../capture/gazeRun.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { errorText } from "../../data/text.ts";
import type { Host } from "../../host.ts";
import { placeName } from "./placeName.ts";

export interface CalibrationOutcomeProps {
  readonly host: Host;
  readonly run: GazeRun;
  readonly screen: ScreenPlace;
  readonly participant: LiveParticipant | undefined;
  /** Shows these points again, or all of them. */
  readonly onRepeat: (points?: readonly number[]) => void;
  readonly onEnd: () => void;
}

/** A point is worth repeating where its error is so many times that of the others in the mean, and so many degrees at least. */
const [worse, leastDeg] = [2, 4];

/** What came of the points: the error with and without the calibration, each point's own, and where it can be kept. */
export function CalibrationOutcome({
  host,
  run,
  screen,
  participant,
  onRepeat,
  onEnd,
}: CalibrationOutcomeProps) {
  const network = useSignal<GazeCalibration["network"] | undefined>(undefined);
  const keptFor = useSignal(false);
  const loading = useAttempt();
  const keeping = useAttempt();
  useEffect(() => {
    loading.run(
      host.call(listModels, {}).then(({ models }) => {
        const { id, sha256 } = models.find(({ task, default: usual }) => task === "gaze" && usual)!;
        network.value = { id, sha256 };
      }),
    );
  }, [host]);
  const points = run.pointsOn(screen);
  const made = useMemo(() => network.value && outcomeOf(points, network.value, screen), [network.value]);
  const errors = errorsOf(
    points.length,
    points.map(({ readings }) => readings.length),
    made,
  );
  const bad = errors.flatMap(({ repeat }, i) => (repeat ? [i] : []));
  return (
    <div class="page">
      <h1>Calibrate gaze</h1>
      <Failure of={loading} />
      {made?.failure !== undefined && <Notice kind="error">{made.failure}</Notice>}
      {made?.calibration && <Told calibration={made.calibration} screen={screen} />}
      <div class="row">
        {made?.calibration && participant !== undefined && (
          <Button
            icon="person"
            disabled={keeping.busy || keptFor.value}
            onClick={() =>
              keeping.run(
                host
                  .call(setGazeCalibration, {
                    ...{ study: participant.study, participant: participant.participant },
                    calibration: made.calibration!,
                  })
                  .then(() => (keptFor.value = true)),
              )
            }
          >
            Keep for {participant.participant}
          </Button>
        )}
        {made?.calibration && (
          <Button
            icon="save"
            secondary={participant !== undefined}
            onClick={() =>
              void host.save(
                `${participant?.participant ?? "calibration"}.gaze.json`,
                new Blob([JSON.stringify(made.calibration, undefined, 2)], { type: "application/json" }),
              )
            }
          >
            Save as a file
          </Button>
        )}
        {bad.length > 0 && (
          <Button icon="refresh" secondary onClick={() => onRepeat(bad)}>
            Repeat {counted(bad.length, "point")}
          </Button>
        )}
        <Button icon="refresh" secondary onClick={() => onRepeat()}>
          Repeat all
        </Button>
        <Button icon="close" secondary onClick={onEnd}>
          End
        </Button>
      </div>
      <p role="status">
        {keptFor.value &&
          `Kept: later live sessions of ${participant!.participant} and analyses of their clips use it.`}
      </p>
      <Failure of={keeping} />
      <table class="figures">
        <caption class="visually-hidden">Error at each point</caption>
        <thead>
          <tr>
            <th scope="col">Point</th>
            <th scope="col">Frames</th>
            <th scope="col">Error, degrees</th>
            <th scope="col">Quality</th>
          </tr>
        </thead>
        <tbody>
          {calibrationPoints.map((point, i) => (
            <tr key={i}>
              <th scope="row">{placeName(point)}</th>
              <td class="figure">{errors[i]!.frames}</td>
              <td class="figure">{errors[i]!.errorDeg?.toFixed(1) ?? "not read"}</td>
              <td>{errors[i]!.repeat ? "worth repeating" : "good"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Outcome {
  readonly calibration?: GazeCalibration;
  /** Of the points at which the gaze was read, in their order. */
  readonly pointErrorsDeg?: readonly number[];
  readonly failure?: string;
}

function outcomeOf(
  points: ReturnType<GazeRun["pointsOn"]>,
  network: GazeCalibration["network"],
  screen: ScreenPlace,
): Outcome {
  const fitted = calibrationPoints.length;
  try {
    const made = calibrateGaze(points.slice(0, fitted), points.slice(fitted), network);
    return { ...made, calibration: { ...made.calibration, screen } };
  } catch (error) {
    return { failure: errorText(error) };
  }
}

/** What is said of each point that was fitted on. */
function errorsOf(count: number, frames: readonly number[], made: Outcome | undefined) {
  const found = made?.pointErrorsDeg ?? [];
  const usual = found.reduce((sum, error) => sum + error, 0) / found.length;
  let read = 0;
  return Array.from({ length: Math.min(count, calibrationPoints.length) }, (_, i) => {
    const errorDeg = frames[i]! > 0 ? found[read++] : undefined;
    const repeat =
      frames[i] === 0 || (errorDeg !== undefined && errorDeg > Math.max(leastDeg, worse * usual));
    return { frames: frames[i]!, errorDeg, repeat };
  });
}

function Told({
  calibration,
  screen,
}: {
  readonly calibration: GazeCalibration;
  readonly screen: ScreenPlace;
}) {
  const { error } = calibration;
  const { points, beforeDeg, afterDeg } = expectedError(calibration);
  return (
    <p>
      At {counted(points, "point")} that it was not fitted on the gaze is off by{" "}
      <strong>{afterDeg.toFixed(1)} degrees</strong> ({Math.round(100 * shareOfWidth(afterDeg, screen))} % of
      the screen's width), {beforeDeg.toFixed(1)} without the calibration. Each of the{" "}
      {counted(error.points, "point")} fitted without it: {error.afterDeg.toFixed(1)} degrees.
    </p>
  );
}
