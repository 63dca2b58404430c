import { useSignal } from "@preact/signals";
import type { AgreementAnswer } from "../../../shared/protocol/labelRoutes.ts";
import type { Disagreement } from "../../../shared/protocol/agreement.ts";
import { formatTime } from "../../draw/timeView.ts";
import type { Host } from "../../host.ts";
import { openLabelsAt } from "./openLabelsAt.ts";
import { TableHead } from "../../components/TableHead.tsx";

interface DisagreementListProps {
  readonly host: Host;
  readonly answer: AgreementAnswer;
  readonly tier: string;
}

const pageSize = 50;

/** Where annotators do not say the same, the longest first; each annotator's word opens their file there. */
export function DisagreementList({ host, answer, tier }: DisagreementListProps) {
  const shownRows = useSignal(pageSize);
  const all = answer.disagreements.filter((one) => one.tier === tier);
  const { annotators } = answer.agreement;
  if (all.length === 0) return <p class="muted">There is no disagreement on this tier.</p>;
  const open = (annotator: string, { clip, startMs }: Disagreement): void => {
    const file = answer.files.find((one) => one.annotator === annotator && one.clip === clip);
    if (file !== undefined) openLabelsAt(host, file.path, startMs);
  };
  return (
    <section aria-label="Disagreements">
      <h2>Disagreements</h2>
      <div class="table-scroll">
        <table class="data">
          <TableHead titles={["Clip", "From", "For, s", ...annotators]} />
          <tbody>
            {all.slice(0, shownRows.value).map((one, i) => (
              <tr key={i}>
                <th scope="row">{one.face === undefined ? one.clip : `${one.clip}, face ${one.face}`}</th>
                <td class="mono">{formatTime(one.startMs)}</td>
                <td class="mono">{((one.endMs - one.startMs) / 1000).toFixed(2)}</td>
                {annotators.map((annotator) => {
                  const label = one.labels[annotator];
                  return (
                    <td key={annotator}>
                      {label !== undefined && (
                        <button
                          type="button"
                          class="link"
                          aria-label={`${label}: open the labels of ${annotator} there`}
                          onClick={() => open(annotator, one)}
                        >
                          {label}
                        </button>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shownRows.value < all.length && (
        <button type="button" class="link" onClick={() => (shownRows.value += pageSize)}>
          Show more of {all.length}
        </button>
      )}
      {answer.more > 0 && <p class="muted">{answer.more} shorter ones are not listed.</p>}
    </section>
  );
}
