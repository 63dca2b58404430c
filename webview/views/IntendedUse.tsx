import { signal } from "@preact/signals";
import { Notice } from "../components/Notice.tsx";
import { keep, kept } from "../data/kept.ts";

const key = "edin.intendedUseRead";
/** Where storage is closed to the page, the notice is shown at each start. */
const read = signal(kept(key) === "yes");

/** Shown at the first start, until it is closed. */
export function IntendedUse() {
  if (read.value) return null;
  return (
    <Notice
      kind="info"
      onClose={() => {
        read.value = true;
        keep(key, "yes");
      }}
    >
      <strong>Intended use: research and annotation.</strong> A score is what a network computes from pixels
      and sound; it is never a readout of what a person feels. The EU AI Act (Art. 5(1)(f)) bans inferring
      emotions at work and in education except for medical or safety reasons.
    </Notice>
  );
}
