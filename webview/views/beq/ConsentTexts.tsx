import { useSignal } from "@preact/signals";
import { addConsentText, type StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { TextArea } from "../../components/TextArea.tsx";
import type { Loaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";

interface ConsentTextsProps {
  readonly host: Host;
  readonly study: Loaded<StudyView>;
  readonly found: StudyView;
}

/** The versions of the consent text, the one that is asked for first. */
export function ConsentTexts({ host, study, found }: ConsentTextsProps) {
  const text = useSignal("");
  const agreed = (version: string) =>
    found.participants.filter(({ consent }) => consent?.version === version).length;
  const add = (): void => {
    const added = host.call(addConsentText, { study: found.id, text: text.value });
    void study.change(added).then(() => (text.value = ""));
  };
  return (
    <div class="page">
      {found.consentVersions.toReversed().map(({ version, text: shown }, k) => (
        <section key={version} class="card">
          <h2>
            Version {version}
            {k === 0 ? ", asked for now" : ""}: {agreed(version)} agreed
          </h2>
          <div class="consent-shown">{shown}</div>
        </section>
      ))}
      <TextArea label="A new version" text={text} />
      <p class="muted">Forms ask for it from then on, also those who agreed to an older one.</p>
      <div class="row">
        <Button disabled={text.value.trim() === ""} onClick={add}>
          Add this version
        </Button>
      </div>
    </div>
  );
}
