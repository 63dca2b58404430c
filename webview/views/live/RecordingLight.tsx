/** Says what camera and microphone are used for at this moment; a word beside the colour. */
export function RecordingLight({ state }: { readonly state: "live" | "recording" | "lost" }) {
  const text = { live: "Live, not recorded", recording: "Recording", lost: "Connection lost" }[state];
  return (
    <span class="light" data-state={state}>
      <span class="lamp" aria-hidden="true" /> {text}
    </span>
  );
}
