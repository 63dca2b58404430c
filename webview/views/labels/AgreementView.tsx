import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getAgreement, type AgreementAnswer } from "../../../shared/protocol/labelRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { viewFragment } from "../../host/route.ts";
import { AgreementFigures } from "./AgreementFigures.tsx";
import { AgreementPlot } from "./AgreementPlot.tsx";
import { DisagreementList } from "./DisagreementList.tsx";
import { MakeSet } from "./MakeSet.tsx";
import { SettleGold } from "./SettleGold.tsx";
import { counted } from "../../../shared/text/counted.ts";

/** How well the annotators of a folder agree, tier by tier, and where they do not. */
export function AgreementView({ host, folder }: { readonly host: Host; readonly folder: string }) {
  const answer = useSignal<AgreementAnswer | undefined>(undefined);
  const attempt = useAttempt();
  const chosen = useSignal<string | undefined>(undefined);
  const load = (): void => {
    answer.value = undefined;
    attempt.run(host.call(getAgreement, { path: folder }).then((now) => (answer.value = now)));
  };
  useEffect(load, [host, folder]);
  const now = answer.value;
  const tiers = now?.agreement.tiers ?? [];
  const tier = tiers.find((one) => one.tier === chosen.value) ?? tiers[0];
  return (
    <div class="page agreement">
      <div class="row">
        {host.kind === "page" && (
          <a class="back" href={viewFragment({ view: "labels" })}>
            Labels
          </a>
        )}
        <h1>Agreement of annotators</h1>
        <span class="spread" />
        <Button icon="refresh" secondary onClick={load}>
          Compute again
        </Button>
      </div>
      <p class="muted">{folder}</p>
      <Failure of={attempt} />
      {now === undefined && attempt.failure.value === undefined && (
        <Waiting label="Comparing the annotators" />
      )}
      {now !== undefined && tier !== undefined && (
        <>
          <div class="row">
            <span>Tier</span>
            <Select
              label="Tier"
              value={tier.tier}
              options={tiers.map((one) => ({ value: one.tier, text: one.tier }))}
              onChange={(value) => (chosen.value = value)}
            />
            <span class="muted">
              {counted(now.agreement.annotators.length, "annotator")},{" "}
              {counted(now.agreement.clips.length, "clip")}
            </span>
            <span class="spread" />
            <SaveReport host={host} report={now.report} />
          </div>
          <ul class="notes">
            {now.agreement.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
          <AgreementFigures host={host} tier={tier} annotators={now.agreement.annotators} />
          <AgreementPlot host={host} rows={now.overTime.filter((one) => one.tier === tier.tier)} />
          <SettleGold host={host} answer={now} />
          <DisagreementList host={host} answer={now} tier={tier.tier} />
          <MakeSet host={host} folder={folder} tier={tier} />
        </>
      )}
    </div>
  );
}

function SaveReport({ host, report }: { readonly host: Host; readonly report: AgreementAnswer["report"] }) {
  const forms = [
    ["agreement.html", "HTML", report.html, "text/html"],
    ["agreement.md", "Markdown", report.markdown, "text/markdown"],
    ["agreement.json", "JSON", report.json, "application/json"],
  ] as const;
  return (
    <>
      {forms.map(([name, title, text, type]) => (
        <Button
          key={name}
          icon="save"
          secondary
          onClick={() => void host.save(name, new Blob([text], { type }))}
        >
          {title}
        </Button>
      ))}
    </>
  );
}
