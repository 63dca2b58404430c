import { useEffect, useRef } from "preact/hooks";
import { labelActions, shownKey, type LabelAction } from "../../../shared/labels/actions.ts";
import { IconButton } from "../../components/Button.tsx";
import type { EditorState } from "../../labels/editorState.ts";

const groups: readonly LabelAction["group"][] = ["Label", "Play", "Move", "Edit", "Model", "View"];

/** All keys. In VS Code they are changed under Keyboard Shortcuts. */
export function KeyHelp({ editor, panel }: { readonly editor: EditorState; readonly panel: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const labels = editor.lanes.value.flatMap(({ tier, title }) =>
    (tier.labels ?? []).flatMap(({ id, key }) => (key === undefined ? [] : [{ key, id, title }])),
  );
  // A label that several tiers have stands here once.
  const seen = new Map<string, { key: string; id: string; title: string }>();
  for (const one of labels) {
    const known = seen.get(`${one.key} ${one.id}`);
    seen.set(`${one.key} ${one.id}`, known === undefined ? one : { ...one, title: "" });
  }
  return (
    <dialog
      ref={dialog}
      class="key-help"
      aria-label="All keys"
      onClose={() => (editor.keysShown.value = false)}
      onPointerDown={({ clientX, clientY, currentTarget }) => {
        const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
        if (clientX < left || clientX > right || clientY < top || clientY > bottom) currentTarget.close();
      }}
    >
      <div class="row">
        <h2>Keys</h2>
        <span class="spread" />
        <IconButton icon="close" label="Close (Esc)" onClick={() => dialog.current?.close()} />
      </div>
      <p class="muted">
        A label's key begins it and the same or another ends it; held down, it lasts as long as it is held.
        {panel &&
          " Change the keys below under Keyboard Shortcuts: EDIN Labels. Those of labels stand in the scheme."}
      </p>
      <div class="key-groups">
        <section>
          <h3>Labels</h3>
          <dl>
            {[...seen.values()].map(({ key, id, title }) => (
              <div key={`${key} ${id}`}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>
                  {id} <span class="muted">{title}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {labelActions
                .filter((action) => action.group === group)
                .map(({ id, key, title }) => (
                  <div key={id}>
                    <dt>
                      <kbd>{shownKey(key)}</kbd>
                    </dt>
                    <dd>{title}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
