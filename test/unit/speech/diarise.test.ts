import assert from "node:assert/strict";
import { diarise, leastVoiceMs } from "../../../daemon/speech/diarise.ts";
import type { VoicePrint } from "../../../daemon/speech/voicePrints.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

const dimensions = 32;
const voiceGains = [0.08, 0.05, 0.03];
type Turn = readonly [person: number, pieces: number];

/** Pieces 0.8 s apart of these people, in stretches of one turn each; embeddings scatter around one direction a person. */
function conversation(turns: readonly Turn[]): VoicePrint[] {
  const random = seededRandom(1);
  const scatter = () => random() + random() + random() - 1.5;
  let startMs = 0;
  return turns.flatMap(([person, pieces]) => {
    const prints = Array.from({ length: pieces }, (_, i): VoicePrint => {
      const embedding = Float32Array.from(
        { length: dimensions },
        (__, d) => Number(d === person) + 0.25 * scatter(),
      );
      const length = Math.hypot(...embedding);
      const fromMs = startMs + 800 * i;
      const times = { startMs: fromMs, endMs: fromMs + 1600, fromMs, untilMs: fromMs + 800 };
      return { ...times, embedding: embedding.map((value) => value / length) };
    });
    startMs += 800 * pieces + 300;
    return prints;
  });
}
const speakers = (turns: readonly { readonly voice: number }[]) => turns.map(({ voice }) => voice);

describe("voices of a conversation", () => {
  const three: readonly Turn[] = [
    [5, 4],
    [7, 3],
    [5, 6],
    [2, 5],
    [7, 4],
    [2, 2],
    [5, 3],
  ];

  it("are as many as there are people, numbered as they are first heard", () => {
    const found = diarise(conversation(three), { voiceGains })!;
    assert.deepEqual(speakers(found.turns), [1, 2, 1, 3, 2, 3, 1]);
    assert.equal(found.voices, 3);
    assert.deepEqual(found.turns[0], { voice: 1, startMs: 0, endMs: 3200 });
  });

  it("are one where one person speaks, and no more than four where their number is not known", () => {
    assert.equal(
      diarise(
        conversation([
          [3, 9],
          [3, 9],
        ]),
        { voiceGains },
      )!.voices,
      1,
    );
    const seven = Array.from({ length: 14 }, (_, i): Turn => [i % 7, 5]);
    assert.equal(diarise(conversation(seven), { voiceGains })!.voices, 4);
    assert.equal(diarise(conversation(seven), { voiceGains, voices: 7 })!.voices, 7);
  });

  it("are as many as somebody says there are", () => {
    assert.equal(diarise(conversation(three), { voiceGains, voices: 2 })!.voices, 2);
    assert.equal(diarise(conversation(three), { voiceGains: [2], voices: 3 })!.voices, 3);
  });

  it("are not told apart from less than three seconds of voice", () => {
    assert.equal(diarise([], { voiceGains }), undefined);
    assert.equal(diarise(conversation([[1, 3]]), { voiceGains }), undefined);
    assert.ok(diarise(conversation([[1, Math.ceil(leastVoiceMs / 800)]]), { voiceGains }));
  });

  it("do not begin with a slip: a piece that is like nobody is somebody's", () => {
    assert.equal(
      diarise(
        conversation([
          [1, 8],
          [9, 1],
          [1, 8],
        ]),
        { voiceGains },
      )!.voices,
      1,
    );
  });

  it("are the same in a clip so long that it has a thousand pieces", () => {
    const long = Array.from({ length: 240 }, (_, i): Turn => [i % 3, 4 + (i % 5)]);
    const found = diarise(conversation(long), { voiceGains })!;
    assert.deepEqual(
      speakers(found.turns),
      long.map(([person]) => person + 1),
    );
  });
});
