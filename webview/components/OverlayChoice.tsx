import type { Signal } from "@preact/signals";
import type { OverlayParts } from "../draw/overlay.ts";
import { Checkbox } from "./Checkbox.tsx";

/** What is drawn over the faces of a picture. */
export function OverlayChoice({ parts }: { readonly parts: Signal<OverlayParts> }) {
  return (
    <>
      {(["boxes", "landmarks", "gaze"] as const).map((part) => (
        <Checkbox
          key={part}
          label={{ boxes: "Boxes", landmarks: "Landmarks", gaze: "Gaze" }[part]}
          checked={parts.value[part]}
          onChange={(checked) => (parts.value = { ...parts.value, [part]: checked })}
        />
      ))}
    </>
  );
}
