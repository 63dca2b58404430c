import type { Correction } from "../../../shared/protocol/corrections.ts";
import { formatTime } from "../../draw/timeView.ts";

/** A correction as a sentence. */
export function correctionText(one: Correction): string {
  switch (one.action) {
    case "name":
      return `Face ${one.track} is called ${one.name}`;
    case "participant":
      return `Face ${one.track} is participant ${one.participant}`;
    case "merge":
      return `Face ${one.track} is face ${one.into}`;
    case "split":
      return `Face ${one.track} is face ${one.newTrack} from ${formatTime(one.atMs, 10)} on`;
    case "ignore":
      return `Face ${one.track} is ignored`;
    case "voice":
      return `${spanText(one)} is said by ${one.track === null ? "nobody in view" : `face ${one.track}`}`;
    case "voice_name":
      return `Voice ${one.voice} is called ${one.name}`;
    case "voice_participant":
      return `Voice ${one.voice} is participant ${one.participant}`;
    case "voice_merge":
      return `Voice ${one.voice} is voice ${one.into}`;
    case "voice_ignore":
      return `Voice ${one.voice} is ignored`;
    case "voice_face":
      return `Voice ${one.voice} is that of face ${one.track}`;
    case "voice_span":
      return `${spanText(one)} is said by voice ${one.voice}`;
    case "exclude":
      return `${spanText(one)} counts for nothing${one.region === undefined ? "" : ", in a region"}`;
  }
}

const spanText = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): string =>
  `${formatTime(startMs, 10)} to ${formatTime(endMs, 10)}`;
