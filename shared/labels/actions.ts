/**
 * What the label editor does by key. On the page these keys hold; in VS Code they are `contributes.keybindings`, so that
 * users change them there. A unit test holds package.json to this table. Keys of labels come from the scheme.
 */
export interface LabelAction {
  readonly id: string;
  readonly title: string;
  /** German title for the command palette. */
  readonly de: string;
  /** In VS Code's writing. */
  readonly key: string;
  readonly group: "Play" | "Move" | "Label" | "Edit" | "Model" | "View";
}

const action = <Id extends string>(
  group: LabelAction["group"],
  id: Id,
  key: string,
  title: string,
  de: string,
): LabelAction & { readonly id: Id } => ({ id, title, de, key, group });

export const labelActions = [
  action("Play", "play", "space", "Play or pause", "Abspielen oder anhalten"),
  action("Play", "pause", "k", "Pause", "Anhalten"),
  action("Play", "forwards", "l", "Play forwards; again: faster", "Vorwärts; nochmals: schneller"),
  action("Play", "backwards", "j", "Play backwards; again: faster", "Rückwärts; nochmals: schneller"),
  action("Play", "faster", "ctrl+up", "Faster", "Schneller"),
  action("Play", "slower", "ctrl+down", "Slower", "Langsamer"),
  action("Play", "loop", "shift+space", "Loop the selection", "Auswahl wiederholen"),
  action("Move", "frameOn", "right", "One frame on", "Ein Bild vor"),
  action("Move", "frameBack", "left", "One frame back", "Ein Bild zurück"),
  action("Move", "secondOn", "shift+right", "One second on", "Eine Sekunde vor"),
  action("Move", "secondBack", "shift+left", "One second back", "Eine Sekunde zurück"),
  action("Move", "start", "home", "Start of the clip", "Anfang des Clips"),
  action("Move", "end", "end", "End of the clip", "Ende des Clips"),
  action(
    "Move",
    "next",
    "ctrl+right",
    "Next annotation or proposal",
    "Nächste Annotation oder nächster Vorschlag",
  ),
  action(
    "Move",
    "previous",
    "ctrl+left",
    "Previous annotation or proposal",
    "Vorige Annotation oder voriger Vorschlag",
  ),
  action("Move", "uncertain", "ctrl+shift+right", "Next that is not sure", "Nächste unsichere"),
  action("Move", "edgeOn", "alt+right", "Next edge", "Nächste Kante"),
  action("Move", "edgeBack", "alt+left", "Previous edge", "Vorige Kante"),
  action("Move", "tierDown", "down", "Tier below", "Ebene darunter"),
  action("Move", "tierUp", "up", "Tier above", "Ebene darüber"),
  action("Label", "inPoint", "[", "In point here", "Anfang hier"),
  action("Label", "outPoint", "]", "Out point here", "Ende hier"),
  action(
    "Label",
    "stop",
    "escape",
    "End the running label, or clear the selection",
    "Laufendes Label beenden oder Auswahl aufheben",
  ),
  action("Label", "apex", "shift+p", "Apex here", "Apex hier"),
  action("Label", "intensityUp", "shift+up", "Stronger", "Stärker"),
  action("Label", "intensityDown", "shift+down", "Weaker", "Schwächer"),
  action("Label", "unsure", "shift+u", "Not sure, or sure again", "Unsicher oder wieder sicher"),
  action("Label", "comment", "shift+c", "Comment", "Kommentieren"),
  action(
    "Label",
    "rate",
    "shift+r",
    "Rate the trace while playing, or stop",
    "Verlauf beim Abspielen bewerten oder aufhören",
  ),
  action(
    "Label",
    "done",
    "shift+d",
    "Mark the file as done, or open again",
    "Datei als fertig markieren oder wieder öffnen",
  ),
  action("Edit", "startEarlier", ",", "Start a frame earlier", "Anfang ein Bild früher"),
  action("Edit", "startLater", ".", "Start a frame later", "Anfang ein Bild später"),
  action("Edit", "endEarlier", "shift+,", "End a frame earlier", "Ende ein Bild früher"),
  action("Edit", "endLater", "shift+.", "End a frame later", "Ende ein Bild später"),
  action("Edit", "split", "shift+s", "Split at the playhead", "An der Abspielposition teilen"),
  action(
    "Edit",
    "merge",
    "shift+m",
    "Merge the selected, or with the next",
    "Ausgewählte verbinden, oder mit der nächsten",
  ),
  action(
    "Edit",
    "shift",
    "shift+t",
    "Move to the playhead, with all that comes after",
    "An die Abspielposition verschieben, mit allem danach",
  ),
  action("Edit", "duplicate", "shift+b", "Copy to the tier below", "Auf die Ebene darunter kopieren"),
  action("Edit", "remove", "delete", "Delete", "Löschen"),
  action("Model", "take", "enter", "Take the proposal", "Vorschlag annehmen"),
  action("Model", "refuse", "backspace", "Refuse the proposal", "Vorschlag ablehnen"),
  action("View", "zoomIn", "ctrl+i", "Zoom in", "Vergrößern"),
  action("View", "zoomOut", "ctrl+o", "Zoom out", "Verkleinern"),
  action("View", "zoomFrame", "shift+1", "Zoom to single frames", "Auf einzelne Bilder vergrößern"),
  action("View", "showAll", "shift+0", "Show the whole clip", "Den ganzen Clip zeigen"),
  action("View", "keys", "shift+/", "Show all keys", "Alle Tasten zeigen"),
] as const satisfies readonly LabelAction[];

export type LabelActionId = (typeof labelActions)[number]["id"];

const byId = new Set<string>(labelActions.map(({ id }) => id));

/** Whether an id names an action of the label editor. */
export function isLabelAction(id: string): id is LabelActionId {
  return byId.has(id);
}

/** A key as users read it. */
export function shownKey(key: string): string {
  const names: Readonly<Record<string, string>> = {
    ...{ left: "←", right: "→", up: "↑", down: "↓", space: "Space", escape: "Esc", enter: "Enter" },
    ...{ backspace: "Backspace", delete: "Delete", tab: "Tab", home: "Home", end: "End" },
    ...{ shift: "Shift", ctrl: "Ctrl", alt: "Alt" },
  };
  return key
    .split("+")
    .map((part) => names[part] ?? part.toUpperCase())
    .join(" ");
}
