import { useSignal } from "@preact/signals";
import type * as z from "zod";
import {
  cancelFaceSearch,
  decideFaces,
  getFacePicture,
  getStudyFaces,
  searchFaces,
  type FaceDecision,
  type FaceProposal,
  type StudyFace,
} from "../../../shared/protocol/studyFaces.ts";
import type { StudyView } from "../../../shared/protocol/studyRoutes.ts";
import {
  faceProposalsNote,
  likeliestOwner,
  likenessText,
  studyFaceOwner,
  studyFaceTitle,
} from "../../../shared/study/faceText.ts";
import { counted } from "../../../shared/text/counted.ts";
import { Button } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { authorKey, keep, kept } from "../../data/kept.ts";
import { useLoaded } from "../../data/loaded.ts";
import { dateTime } from "../../data/text.ts";
import type { Host } from "../../host.ts";

type Found = z.output<typeof getStudyFaces.response>;
type Decision = Pick<FaceDecision, "verdict" | "as">;

/** How often the page asks while a search runs, and otherwise. */
const runningMs = 500;
const restingMs = 10_000;

/** Faces across the clips of a study that are likely one person's: a network proposes, people decide. */
export function AlikeFaces({ host, found: study }: { readonly host: Host; readonly found: StudyView }) {
  const running = useSignal(false);
  const loaded = useLoaded(
    () => host.call(getStudyFaces, { study: study.id }),
    study.id,
    running.value ? runningMs : restingMs,
  );
  const by = useSignal(kept(authorKey) ?? "");
  const attempt = useAttempt();
  const faces = loaded.value.value;
  running.value = faces?.search?.state === "running";
  const change = (work: Promise<unknown>): void => attempt.run(work.then(loaded.reload));
  const decide = ({ a, b }: FaceProposal, decision: Decision): void => {
    keep(authorKey, by.value);
    const side = ({ analysis, track }: StudyFace) => ({ analysis, track });
    const who = by.value.trim() || "unknown";
    change(host.call(decideFaces, { study: study.id, a: side(a), b: side(b), by: who, ...decision }));
  };
  return (
    <div class="page">
      <p class="muted">{faceProposalsNote}</p>
      <div class="row">
        {running.value ? (
          <>
            <ProgressBar label="Comparing faces" share={faces?.search?.share ?? 0} />
            <span role="status">{faces?.search?.text}</span>
            <Button secondary onClick={() => change(host.call(cancelFaceSearch, { study: study.id }))}>
              Stop
            </Button>
          </>
        ) : (
          <Button disabled={attempt.busy} onClick={() => change(host.call(searchFaces, { study: study.id }))}>
            {faces?.found === undefined ? "Compare the faces" : "Compare the faces again"}
          </Button>
        )}
        <TextField label="Your name" text={by} placeholder="initials" />
      </div>
      <Failure of={attempt} />
      {loaded.failure.value !== undefined && <Notice kind="error">{loaded.failure.value}</Notice>}
      {faces !== undefined && (
        <Proposals {...{ host, study, faces, decide }} busy={attempt.busy || running.value} />
      )}
    </div>
  );
}

interface ProposalsProps {
  readonly host: Host;
  readonly study: StudyView;
  readonly faces: Found;
  readonly busy: boolean;
  readonly decide: (proposal: FaceProposal, decision: Decision) => void;
}

function Proposals({ host, study, faces, busy, decide }: ProposalsProps) {
  const { search, found, proposals, proposed, decided } = faces;
  return (
    <>
      {search?.state === "failed" && <Notice kind="error">{search.failure?.message}</Notice>}
      {search?.state === "cancelled" && <Notice kind="info">Stopped. What was found before stays.</Notice>}
      {found !== undefined && (
        <>
          <p>
            {counted(found.faces, "face")} compared by {found.model}, {dateTime(found.at)}; shown from a
            likeness of {found.likenessFrom.toFixed(3)} on.
          </p>
          {found.notes.length > 0 && (
            <details>
              <summary>{counted(found.notes.length, "note")}</summary>
              <ul>
                {found.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </details>
          )}
          {proposals.length === 0 && <p class="empty">No further faces are likely one person's.</p>}
          {proposals.length > 0 && (
            <ul class="plain alike" aria-label="Faces that are likely one person's">
              {proposals.map((one) => (
                <Proposal
                  key={[one.a, one.b].map(({ analysis, track }) => `${analysis} ${track}`).join(" ")}
                  {...{ host, study, busy }}
                  proposal={one}
                  decide={(decision) => decide(one, decision)}
                />
              ))}
            </ul>
          )}
          {proposed > proposals.length && (
            <p class="muted">{proposed - proposals.length} more are shown once these are decided.</p>
          )}
          <DataTable
            caption="Decided"
            empty="Nothing yet."
            rows={decided}
            columns={[
              { title: "Face", cell: ({ a }) => studyFaceTitle(a) },
              { title: "Other", cell: ({ b }) => studyFaceTitle(b) },
              { title: "Likeness", cell: likenessText },
              {
                title: "Decision",
                cell: ({ verdict, a }) =>
                  verdict === "same" ? `one person: ${studyFaceOwner(a)}` : "two people",
              },
              { title: "By", cell: ({ by, at }) => `${by}, ${dateTime(at)}` },
              {
                title: "",
                cell: (one) => (
                  <Button secondary disabled={busy} onClick={() => decide(one, { verdict: "open" })}>
                    Take back
                  </Button>
                ),
              },
            ]}
          />
        </>
      )}
    </>
  );
}

interface ProposalProps {
  readonly host: Host;
  readonly study: StudyView;
  readonly proposal: FaceProposal;
  readonly busy: boolean;
  readonly decide: (decision: Decision) => void;
}

const isNamed = "name";
const isNobody = "ignore";

function Proposal({ host, study, proposal, busy, decide }: ProposalProps) {
  const who = useSignal(
    ((owner) => (owner === undefined ? isNamed : `participant:${owner}`))(likeliestOwner(proposal)),
  );
  const name = useSignal(proposal.a.name ?? proposal.b.name ?? "");
  const { a, b } = proposal;
  const as = (): NonNullable<Decision["as"]> => {
    if (who.value === isNobody) return { kind: "ignore" };
    if (who.value === isNamed) return { kind: "name", name: name.value.trim() };
    return { kind: "participant", participant: who.value.slice("participant:".length) };
  };
  return (
    <li>
      <div class="row" role="group" aria-label={`${studyFaceTitle(a)} and ${studyFaceTitle(b)}`}>
        <Face {...{ host, study }} face={a} />
        <Face {...{ host, study }} face={b} />
        <div class="alike-ask">
          <strong>Likeness {likenessText(proposal)}</strong>
          <div class="row">
            <span aria-hidden="true">They are</span>
            <Select
              label={`Who ${studyFaceTitle(a)} and ${studyFaceTitle(b)} are`}
              value={who.value}
              options={[
                ...study.participants.map(({ id }) => ({ value: `participant:${id}`, text: id })),
                { value: isNamed, text: "Somebody called" },
                { value: isNobody, text: "Nobody who matters" },
              ]}
              onChange={(next) => (who.value = next)}
            />
            {who.value === isNamed && <TextField label="Name" text={name} placeholder="name" />}
          </div>
          <div class="row">
            <Button
              disabled={busy || (who.value === isNamed && name.value.trim() === "")}
              onClick={() => decide({ verdict: "same", as: as() })}
            >
              One person
            </Button>
            <Button secondary disabled={busy} onClick={() => decide({ verdict: "different" })}>
              Two people
            </Button>
          </div>
        </div>
      </div>
    </li>
  );
}

interface FaceProps {
  readonly host: Host;
  readonly study: StudyView;
  readonly face: StudyFace;
}

function Face({ host, study, face }: FaceProps) {
  const { analysis, track } = face;
  const loaded = useLoaded(
    async () => (await host.call(getFacePicture, { study: study.id, analysis, track })).picture,
    `${analysis} ${track}`,
  );
  return (
    <figure class="alike-face">
      {loaded.value.value === undefined ? (
        <div class="alike-none muted">{loaded.failure.value === undefined ? "" : "no picture"}</div>
      ) : (
        <img src={loaded.value.value} alt={studyFaceTitle(face)} width={128} height={128} />
      )}
      <figcaption>
        <ViewLink view={{ view: "analysis", id: analysis }}>{studyFaceTitle(face)}</ViewLink>
        <span class="muted">{studyFaceOwner(face)}</span>
      </figcaption>
    </figure>
  );
}
