import { IconButton } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { rowKinds, rowKindTitles } from "./timelineGroups.ts";
import { toggled } from "../../data/toggled.ts";
import type { TimelineState } from "./timelineState.ts";

/** Which rows are shown, of whom, and in which order. */
export function RowsMenu({ timeline }: { readonly timeline: TimelineState }) {
  const groups = timeline.groups.value;
  const there = new Set(groups.flatMap(({ layers }) => layers.map(({ kind }) => kind)));
  const all = groups.map(({ id }) => id);
  const allOpen = all.every((id) => timeline.open.value.has(id));
  return (
    <Menu
      class="rows-menu"
      summary={
        <>
          <Icon name="list-tree" /> Rows
        </>
      }
    >
      <div class="menu">
        <fieldset>
          <legend>Rows of each person</legend>
          {rowKinds
            .filter((kind) => there.has(kind))
            .map((kind) => (
              <Checkbox
                key={kind}
                label={rowKindTitles[kind]}
                checked={!timeline.kindsLeftOut.value.has(kind)}
                onChange={() => (timeline.kindsLeftOut.value = toggled(timeline.kindsLeftOut.peek(), kind))}
              />
            ))}
        </fieldset>
        <fieldset>
          <legend>People, voice and clip</legend>
          <ul class="plain group-list">
            {groups.map(({ id, title }, i) => (
              <li key={id}>
                <Checkbox
                  label={title}
                  checked={!timeline.leftOut.value.has(id)}
                  onChange={() => (timeline.leftOut.value = toggled(timeline.leftOut.peek(), id))}
                />
                <span class="spread" />
                <IconButton
                  icon={timeline.pinned.value.has(id) ? "pinned" : "pin"}
                  label={`Keep ${title} at the top`}
                  pressed={timeline.pinned.value.has(id)}
                  onClick={() => (timeline.pinned.value = toggled(timeline.pinned.peek(), id))}
                />
                <IconButton
                  icon="arrow-up"
                  label={`Move ${title} up`}
                  disabled={i === 0}
                  onClick={() => timeline.move(id, -1)}
                />
                <IconButton
                  icon="arrow-down"
                  label={`Move ${title} down`}
                  disabled={i === groups.length - 1}
                  onClick={() => timeline.move(id, 1)}
                />
              </li>
            ))}
          </ul>
        </fieldset>
        <IconButton
          icon={allOpen ? "collapse-all" : "expand-all"}
          label={allOpen ? "Close all groups" : "Open all groups"}
          text={allOpen ? "Close all" : "Open all"}
          onClick={() => (timeline.open.value = new Set(allOpen ? [] : all))}
        />
      </div>
    </Menu>
  );
}
