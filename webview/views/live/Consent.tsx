import { Checkbox } from "../../components/Checkbox.tsx";

/** What somebody in front of a camera agrees to before anything starts. */
export function consentText(record: boolean, ofInterview: string | undefined): string {
  const own = ofInterview === undefined ? "" : `${ofInterview} `;
  const kept = record ? "Pictures, sound and results are recorded on it." : "Nothing is recorded.";
  return `${own}Camera and microphone are read now, and networks on this computer compute landmarks, gaze, blinks and emotion scores from them. ${kept} Nothing leaves this computer.`;
}

export interface ConsentProps {
  readonly text: string;
  readonly given: boolean;
  readonly onChange: (given: boolean) => void;
}

/** What is agreed to before anything is captured, and the box that says so. */
export function Consent({ text, given, onChange }: ConsentProps) {
  return (
    <div class="consent">
      <p>{text}</p>
      <Checkbox
        label="I am in the picture, or speak for those who are, and I agree."
        checked={given}
        onChange={onChange}
      />
    </div>
  );
}
