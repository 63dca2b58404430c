import { useEffect, useRef } from "preact/hooks";
import { jobName } from "../../../shared/jobName.ts";
import { getJob, type Job } from "../../../shared/protocol/jobs.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useLoaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";

interface JobLogProps {
  readonly host: Host;
  readonly job: Job;
  readonly onClose: () => void;
}

/** The end of what was logged of the last run of a job, followed while it runs. The focus comes here when it opens. */
export function JobLog({ host, job, onClose }: JobLogProps) {
  const section = useRef<HTMLElement>(null);
  const found = useLoaded(() => host.call(getJob, { id: job.id }), job.id, 2000);
  useEffect(() => section.current?.focus(), []);
  const lines = found.value.value?.job.log?.trim().split("\n") ?? [];
  const name = jobName(job);
  return (
    <section
      ref={section}
      class="job-log"
      tabIndex={-1}
      aria-label={`Log of ${name}`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div class="row">
        <h2>Log of {name}</h2>
        <IconButton icon="close" label="Close the log" onClick={onClose} />
      </div>
      <p class="muted mono wrap">Job {job.id}</p>
      {found.failure.value !== undefined && <Notice kind="error">{found.failure.value}</Notice>}
      {lines.length === 0 ? (
        <p class="muted">Nothing was logged yet.</p>
      ) : (
        <pre tabIndex={0} role="region" aria-label="Lines of the log">
          {lines.map(readable).join("\n")}
        </pre>
      )}
      {lines.length > 0 && (
        <Button
          secondary
          icon="save"
          onClick={() => void host.save(`${name}.log`, new Blob([`${lines.join("\n")}\n`]))}
        >
          Save the log
        </Button>
      )}
    </section>
  );
}

/** A JSON line as people read it: time, level, event, and what else it says. */
function readable(line: string): string {
  try {
    const { time, level, event, error, text, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const fields = Object.entries(rest).filter(([name]) => name !== "job" && name !== "kind");
    const said = fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const { stack, message } = (error ?? {}) as { stack?: string; message?: string };
    const more = [text, stack ?? message].filter((part) => typeof part === "string");
    return [[String(time), String(level), String(event), ...said].join("  "), ...more].join("\n    ");
  } catch {
    // The first line may be cut.
    return line;
  }
}
