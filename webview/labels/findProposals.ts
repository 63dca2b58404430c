import { getResult, listAnalyses } from "../../shared/protocol/analyses.ts";
import { getProposals } from "../../shared/protocol/labelRoutes.ts";
import type { Host } from "../host.ts";
import type { EditorState } from "./editorState.ts";

/** Looks for the newest finished analysis of this very clip, and takes what it proposes. Without one there is nothing. */
export async function findProposals(host: Host, editor: EditorState, abort: AbortSignal): Promise<void> {
  const head = editor.store.document.value?.head;
  if (head === undefined) return;
  const name = head.media.file.slice(
    Math.max(head.media.file.lastIndexOf("/"), head.media.file.lastIndexOf("\\")) + 1,
  );
  try {
    const { analyses } = await host.call(listAnalyses, { state: "done", limit: 200 });
    for (const { id, mediaName } of analyses) {
      if (mediaName !== name) continue;
      const { result } = await host.call(getResult, { id });
      if (head.media.sha256 !== undefined && result.media.sha256 !== head.media.sha256) continue;
      const { proposals, faces } = await host.call(getProposals, { id });
      if (!abort.aborted) editor.proposals.value = { analysisId: id, all: proposals, faces };
      return;
    }
  } catch {
    // Without a daemon there are no proposals; labelling goes on by hand.
  }
}
