import { useSignal } from "@preact/signals";
import { calibrationText } from "../../../shared/gaze/text.ts";
import { deleteGazeCalibration } from "../../../shared/protocol/gazeRoutes.ts";
import { IconButton } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { dateTime } from "../../data/text.ts";
import type { PersonProps } from "./Consent.tsx";

/** The gaze calibration that is kept of a participant, and how to be rid of it. */
export function KeptGaze({ host, study, found, person }: PersonProps) {
  const asking = useSignal(false);
  const { gazeCalibration: kept } = person;
  if (kept === undefined) return null;
  const remove = (): void => {
    asking.value = false;
    void study.change(host.call(deleteGazeCalibration, { study: found.id, participant: person.id }));
  };
  return (
    <div>
      <Icon name="eye" /> gaze calibrated{" "}
      {asking.value ? (
        <>
          <IconButton
            icon="trash"
            text="Delete"
            label={`Delete the gaze calibration of ${person.id} permanently`}
            onClick={remove}
          />
          <IconButton
            icon="close"
            label={`Keep the gaze calibration of ${person.id}`}
            onClick={() => (asking.value = false)}
          />
        </>
      ) : (
        <IconButton
          icon="trash"
          label={`Delete the gaze calibration of ${person.id}`}
          onClick={() => (asking.value = true)}
        />
      )}
      <div class="muted">
        {dateTime(kept.madeAt)}, {kept.network.id}
        <br />
        {calibrationText(kept)}
      </div>
    </div>
  );
}
