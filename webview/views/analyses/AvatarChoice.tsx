import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { avatarSchema, type AvatarSettings } from "../../../shared/protocol/avatarSettings.ts";
import { sayMoves } from "../../../shared/avatarText.ts";
import { importAvatar, listAvatars } from "../../../shared/protocol/redaction.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { PathField } from "./PathField.tsx";

const usual = avatarSchema.parse({});

/** The usual avatar, shown and heard as usual. */
export function useAvatarChoice(): Signal<AvatarSettings> {
  return useSignal(usual);
}

const engines = [
  { value: "auto", text: "Moved as fits the avatar" },
  { value: "rig", text: "Drawn by blend shapes" },
  { value: "fomm", text: "Moved as a picture" },
] as const;
const views = [
  { value: "beside", text: "Avatar beside the face" },
  { value: "alone", text: "Avatar alone" },
] as const;
const sounds = [
  { value: "clip", text: "With the clip's sound" },
  { value: "none", text: "Silent" },
] as const;

/** Which avatar the first face moves and how, and what its clip shows and sounds like. */
export function AvatarChoice({
  host,
  choice,
}: {
  readonly host: Host;
  readonly choice: Signal<AvatarSettings>;
}) {
  const avatars = useSignal<readonly { readonly value: string; readonly text: string }[]>([
    { value: usual.name, text: usual.name },
  ]);
  const path = useSignal("");
  const told = useSignal("");
  const attempt = useAttempt();
  const list = async (): Promise<void> => {
    const answer = await host.call(listAvatars, {});
    avatars.value = answer.avatars.map(({ name, kind }) => ({
      value: name,
      text: kind === "picture" ? `${name} (picture)` : name,
    }));
  };
  useEffect(() => {
    // The usual one can be had all the same; the start says what is wrong.
    list().catch(() => undefined);
  }, [host]);
  const take = async (): Promise<void> => {
    told.value = "";
    const { avatar } = await host.call(importAvatar, { path: path.value });
    await list();
    change({ name: avatar.name });
    path.value = "";
    told.value = `${avatar.name} is among your avatars. ${sayMoves(avatar.moves)}`;
  };
  const change = (part: Partial<AvatarSettings>): void => {
    choice.value = { ...choice.value, ...part };
  };
  const { name, engine, relative, view, sound } = choice.value;
  return (
    <>
      <Select
        label="Avatar of the first face"
        value={name}
        options={avatars.value}
        onChange={(value) => change({ name: value })}
      />
      <Select
        label="How the face moves it"
        value={engine}
        options={engines}
        onChange={(value) => change({ engine: value })}
      />
      <Select
        label="Clip of the avatar"
        value={view}
        options={views}
        onChange={(value) => change({ view: value })}
      />
      <Select
        label="Its sound"
        value={sound}
        options={sounds}
        onChange={(value) => change({ sound: value })}
      />
      <Checkbox
        label="Without what the face shows at rest"
        checked={relative}
        onChange={(value) => change({ relative: value })}
      />
      <div class="avatar-file">
        <PathField
          host={host}
          label="Avatar from a file"
          path={path}
          files="avatar"
          placeholder="/…/head.vrm, .glb, or a picture of one face"
        />
        <Button secondary disabled={path.value === "" || attempt.busy} onClick={() => attempt.run(take())}>
          Import the avatar
        </Button>
        <p class="muted small" role="status">
          {attempt.busy ? "Reading the file…" : told.value}
        </p>
        <Failure of={attempt} />
      </div>
    </>
  );
}
