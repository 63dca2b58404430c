import { useRef } from "preact/hooks";
import { readInterview, type Interview } from "../../../shared/protocol/interview.ts";
import { sampleInterview } from "../../../shared/interview/sampleInterview.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { toBase64 } from "../../data/base64.ts";

export interface InterviewFileProps {
  readonly host: Host;
  readonly interview: Interview | undefined;
  readonly onChange: (interview: Interview | undefined) => void;
}

/** Chooses the interview that leads through a session: a file, the sample, or none. */
export function InterviewFile({ host, interview, onChange }: InterviewFileProps) {
  const input = useRef<HTMLInputElement>(null);
  const attempt = useAttempt();
  const read = (file: Blob): void => {
    attempt.run(
      toBase64(file)
        .then((data) => host.call(readInterview, { data }))
        .then((answer) => onChange(answer.interview)),
    );
  };
  return (
    <div class="interview-file">
      <div class="row">
        <span>
          {interview === undefined
            ? "No interview"
            : `${interview.title}, ${interview.prompts.length} ${interview.prompts.length === 1 ? "prompt" : "prompts"}`}
        </span>
        <Button icon="file" secondary onClick={() => input.current?.click()}>
          Choose a file
        </Button>
        <Button icon="beaker" secondary onClick={() => read(new Blob([sampleInterview]))}>
          Sample
        </Button>
        <Button
          icon="save"
          secondary
          onClick={() =>
            void host.save("sample.interview.yaml", new Blob([sampleInterview], { type: "text/yaml" }))
          }
        >
          Save the sample
        </Button>
        {interview !== undefined && (
          <Button icon="close" secondary onClick={() => onChange(undefined)}>
            None
          </Button>
        )}
        <input
          ref={input}
          type="file"
          class="visually-hidden"
          tabIndex={-1}
          aria-label="Interview file, YAML or JSON"
          accept=".yaml,.yml,.json"
          onChange={() => {
            const file = input.current?.files?.[0];
            if (file !== undefined) read(file);
            if (input.current !== null) input.current.value = "";
          }}
        />
      </div>
      <Failure of={attempt} />
    </div>
  );
}
