import { useSignal } from "@preact/signals";
import type { LabelProblem } from "../../../shared/labels/check/problem.ts";
import { Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { EditorState } from "../../labels/editorState.ts";
import { counted } from "../../../shared/text/counted.ts";

/** More than these are shown when asked for: a file with many is most likely held against another scheme. */
const shownAtFirst = 3;

/** What is wrong in the file, each with its place and its fixes. */
export function ProblemList({ editor }: { readonly editor: EditorState }) {
  const limit = useSignal(shownAtFirst);
  const problems = editor.problems.value;
  if (problems.length === 0) return null;
  const errors = problems.some(({ severity }) => severity === "error");
  return (
    <Notice kind={errors ? "error" : "info"}>
      <section aria-label="Problems">
        <ul class="label-problems">
          {problems.slice(0, limit.value).map((problem, i) => (
            <li key={i}>
              <Place editor={editor} problem={problem} /> {problem.message}
              {problem.fixes.map(({ title, apply }) => (
                <Button
                  key={title}
                  secondary
                  onClick={() => {
                    editor.store.apply(apply);
                    editor.say(title);
                  }}
                >
                  {title}
                </Button>
              ))}
            </li>
          ))}
        </ul>
        {problems.length > limit.value && (
          <button type="button" class="link" onClick={() => (limit.value += 20)}>
            Show more of {counted(problems.length, "problem")}
          </button>
        )}
      </section>
    </Notice>
  );
}

/** Leads to the annotation that a problem is about. */
function Place({
  editor,
  problem: { at },
}: {
  readonly editor: EditorState;
  readonly problem: LabelProblem;
}) {
  const annotation =
    "list" in at && at.list === "annotations"
      ? editor.store.document.value?.annotations.find(({ id }) => id === at.id)
      : undefined;
  if (annotation === undefined) return null;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        editor.select([annotation.id]);
        editor.goTo(annotation.startMs);
      }}
    >
      {editor.describe(annotation)}
    </button>
  );
}
