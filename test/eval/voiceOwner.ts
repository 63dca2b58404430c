// How well a voice is given to the face that speaks: tsx test/eval/voiceOwner.ts SPEAKER OTHER...
// SPEAKER is a clip of one talking head with its sound; OTHERs are clips of one head each, whose mouths move to something
// else. Mouths of SPEAKER and OTHER are put side by side as they were measured, at several offsets.
import { VoiceOwner } from "../../daemon/fusion/voiceOwner.ts";
import { decodeAudio } from "../../daemon/media/decodeAudio.ts";
import { decodeFrames } from "../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { soundRateHz, speech, type SpeechStep } from "../../daemon/pipelines/speech.ts";
import { loadNetworks } from "../../daemon/pipelines/networks.ts";
import { live } from "../../daemon/pipelines/timing.ts";
import { visual } from "../../daemon/pipelines/visual.ts";
import { pipelines } from "../../shared/protocol/pipelines.ts";
import { analysisConfigSchema } from "../../shared/protocol/analysisConfig.ts";
import { openProductModels } from "../support/productModels.ts";

interface Seen {
  readonly timeMs: number;
  readonly landmarks: readonly number[];
}

const [speaker, ...others] = process.argv.slice(2);
if (speaker === undefined || others.length === 0) throw new Error("Name the speaker's clip and others.");
const maxMs = 60_000;
const models = await openProductModels();
const timeless = { time: <T>(_: string, work: () => Promise<T>) => work() };

async function watch(clip: string): Promise<Seen[]> {
  const readFaces = visual(
    await loadNetworks(models, pipelines.evm),
    { ...analysisConfigSchema.parse({}), timing: live },
    timeless,
  );
  const seen: Seen[] = [];
  for await (const { line } of readFaces(decodeFrames(clip, await probeMedia(clip), { endMs: maxMs })))
    if (line.faces[0]) seen.push({ timeMs: line.timeMs, landmarks: line.faces[0].landmarks });
  return seen;
}

const hearing = await loadNetworks(models, { needs: pipelines.multimodal.hears });
const sound = decodeAudio(speaker, await probeMedia(speaker), { sampleRateHz: soundRateHz(hearing) });
const steps: SpeechStep[] = [];
for await (const step of speech(hearing, timeless)(sound)) steps.push(step);
const spoken = steps.filter(({ line }) => line !== undefined && line.state !== "no_speech");
const endMs = steps.at(-1)!.endMs;

/** The owner at the end of each segment with voice; a segment counts once there were 3 s to compare. */
function owners(...faces: readonly (readonly Seen[])[]): (number | undefined)[] {
  const owner = new VoiceOwner();
  const frames = faces
    .flatMap((seen, i) =>
      seen.map(({ timeMs, landmarks }) => ({ timeMs, faces: [{ track: i + 1, landmarks }] })),
    )
    .sort((a, b) => a.timeMs - b.timeMs);
  let next = 0;
  return steps.flatMap((step) => {
    for (; next < frames.length && frames[next]!.timeMs < step.endMs; next++)
      owner.see(frames[next]!.timeMs, frames[next]!.faces);
    owner.hear(step.windows);
    const track = owner.owner(step.endMs);
    return spoken.includes(step) && step.endMs >= 3000 ? [track] : [];
  });
}

function shares(found: readonly (number | undefined)[]) {
  const share = (track: number | undefined) => found.filter((f) => f === track).length / found.length;
  return { segments: found.length, speaker: share(1), other: share(2), nobody: share(undefined) };
}

const talking = await watch(speaker);
const pairs: (number | undefined)[] = [];
const strangers: (number | undefined)[] = [];
for (const clip of others) {
  const seen = await watch(clip);
  for (let offsetMs = 0; offsetMs + endMs <= seen.at(-1)!.timeMs; offsetMs += endMs / 2) {
    const moved = seen.map(({ timeMs, landmarks }) => ({ timeMs: timeMs - offsetMs, landmarks }));
    const inside = moved.filter(({ timeMs }) => timeMs >= 0 && timeMs < endMs);
    pairs.push(...owners(talking, inside));
    strangers.push(...owners([], inside));
  }
}
console.log(
  JSON.stringify(
    {
      "speaker alone in view": shares(owners(talking)),
      "speaker and another face": shares(pairs),
      "another face alone, speaker out of view": shares(strangers),
    },
    undefined,
    2,
  ),
);
await models[Symbol.asyncDispose]();
