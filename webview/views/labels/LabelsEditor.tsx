import { useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { AppError } from "../../../shared/errors.ts";
import { mediaType } from "../../../shared/mediaTypes.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import type { LabelsChannel } from "../../labels/channel.ts";
import { EditorState } from "../../labels/editorState.ts";
import { listenToKeys, runCommand } from "../../labels/keyboard.ts";
import { LabelsStore } from "../../labels/labelsStore.ts";
import { findProposals } from "../../labels/findProposals.ts";
import { Drafts } from "../../labels/drafts.ts";
import { runGamepad } from "../../labels/gamepad.ts";
import { EditorHead } from "./EditorHead.tsx";
import { Inspector } from "./Inspector.tsx";
import { KeyHelp } from "./KeyHelp.tsx";
import { LabelsStage } from "./LabelsStage.tsx";
import { LabelsTimeline } from "./LabelsTimeline.tsx";
import { ProblemList } from "./ProblemList.tsx";
import { ProposalBar } from "./ProposalBar.tsx";
import { counted } from "../../../shared/text/counted.ts";

export interface LabelsEditorProps {
  readonly host: Host;
  readonly channel: LabelsChannel;
  /** On the page, which saves by itself. */
  readonly saved: ReadonlySignal<"saving" | "saved" | Error | undefined> | undefined;
  /** Where to begin. */
  readonly atMs?: number | undefined;
}

/** Player, timeline of tiers, and what is known of the selected annotation. */
export function LabelsEditor({ host, channel, saved, atMs }: LabelsEditorProps) {
  const store = useMemo(() => new LabelsStore(channel), [channel]);
  const state = useSignal<EditorState | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    const stop = store.open((message) => {
      const document = store.document.peek();
      if (message.kind === "file" && document !== undefined && state.value === undefined) {
        const { file, durationMs } = document.head.media;
        state.value = new EditorState(store, !mediaType(file).startsWith("audio/"), durationMs);
        if (atMs !== undefined) state.value.goTo(atMs);
        void findProposals(host, state.value, abort.signal);
      }
      const editor = state.value;
      if (editor === undefined) return;
      if (message.kind === "facts") {
        const { media } = message.facts;
        editor.setDuration(media.durationMs);
        if (media.video !== undefined) editor.grid.frameMs = 1000 / media.video.frameRate;
        editor.grid.known = media.video !== undefined;
      }
      if (message.kind === "do") runCommand(editor, message.action);
      if (message.kind === "reveal") {
        if (message.id !== undefined) editor.select([message.id]);
        editor.goTo(message.timeMs);
      }
    });
    return () => {
      abort.abort();
      stop();
    };
  }, [store, host]);
  const editor = state.value;
  const broken = store.broken.value;
  if (broken !== undefined)
    return <Broken store={store} channel={channel} panel={host.kind === "panel"} message={broken} />;
  if (editor === undefined)
    return (
      <p class="page muted" role="status">
        Opening the labels
      </p>
    );
  return <Editing host={host} channel={channel} editor={editor} saved={saved} />;
}

function Editing({
  host,
  channel,
  editor,
  saved,
}: Omit<LabelsEditorProps, "store"> & { readonly editor: EditorState }) {
  useEffect(
    () =>
      listenToKeys(editor, {
        withActions: host.kind === "page",
        inTurn: (work) => channel.inTurn(work),
      }),
    [editor, channel],
  );
  useEffect(() => {
    const drafts = new Drafts(editor);
    return editor.playback.onFrame((timeMs) => {
      if (!editor.playback.playing.peek()) return;
      editor.rating.keep(timeMs);
      drafts.keep();
      const loop = editor.looping.peek();
      if (loop !== undefined && timeMs >= loop.endMs - 1) editor.playback.seek(loop.startMs);
      editor.follow(timeMs);
    });
  }, [editor]);
  useEffect(() => runGamepad(editor), [editor]);
  useEffect(() => () => editor.leave(), [editor]);
  // At the end of the clip what runs ends too.
  useSignalEffect(() => {
    const ended =
      !editor.playback.playing.value &&
      editor.durationMs.peek() > 0 &&
      editor.playback.timeMs.peek() >= editor.durationMs.peek() - editor.grid.frameMs;
    if (!ended) return;
    editor.stopRunning();
    editor.rating.stop();
  });
  return (
    <div class="page labels">
      <EditorHead editor={editor} host={host} saved={saved} />
      <ProblemList editor={editor} />
      <div class="labels-watch">
        <LabelsStage editor={editor} channel={channel} panel={host.kind === "panel"} />
        <Inspector editor={editor} />
      </div>
      <ProposalBar editor={editor} />
      <LabelsTimeline host={host} editor={editor} />
      {editor.keysShown.value && <KeyHelp editor={editor} panel={host.kind === "panel"} />}
      <p class="visually-hidden" role="status" aria-live="polite">
        {editor.said.value}
      </p>
    </div>
  );
}

interface BrokenProps {
  readonly store: LabelsStore;
  readonly channel: LabelsChannel;
  readonly panel: boolean;
  readonly message: string;
}

/** A text that is no labels file any more: it is never overwritten unasked. */
function Broken({ store, channel, panel, message }: BrokenProps) {
  const attempt = useAttempt();
  const recover = async (): Promise<void> => {
    const lost = await Promise.resolve(store.recover());
    if (lost > 0)
      throw new AppError(
        "invalid_labels",
        `${counted(lost, "line")} could not be read. The others are there.`,
      );
  };
  return (
    <div class="page labels">
      <Notice kind="error">{message}</Notice>
      <div class="row">
        <Button icon="wand" onClick={() => attempt.run(recover())}>
          Recover what can be read
        </Button>
        {panel && (
          <Button icon="go-to-file" secondary onClick={() => channel.send({ kind: "as-text" })}>
            Open as text
          </Button>
        )}
      </div>
      <Failure of={attempt} />
    </div>
  );
}
