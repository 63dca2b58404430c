import { Icon } from "../components/Icon.tsx";
import { Menu } from "../components/Menu.tsx";
import { shortcuts } from "./keys.ts";

/** The keys of the player. */
export function Shortcuts() {
  return (
    <Menu class="shortcuts" label="Keyboard shortcuts" summary={<Icon name="question" />}>
      <dl>
        {shortcuts.map(({ keys, does }) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Menu>
  );
}
