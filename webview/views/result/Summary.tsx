import type { Host } from "../../host.ts";
import { emotionLooks } from "../../../shared/emotion/appearance.ts";
import { expressionLabels, speechLabels } from "../../../shared/emotion/labels.ts";
import { personTitle, voiceTitle } from "../../../shared/people/title.ts";
import type { Analysis, HeardVoice, Track, VoiceSummary } from "../../../shared/protocol/results.ts";
import { BarChart } from "../../components/BarChart.tsx";
import { DataTable, type Column } from "../../components/DataTable.tsx";
import { formatTime } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";
import { percent } from "../../../shared/text/percent.ts";

/** What was found in a clip, person by person. */
export function Summary({
  host,
  analysis,
  playback,
}: {
  readonly host: Host;
  readonly analysis: Analysis;
  readonly playback: Playback;
}) {
  const { summary, tracks, voice, voices = [] } = analysis;
  const heard = voice && [{ title: voices.length > 1 ? "All" : "Voice", ...voice }, ...voices.map(voiceRow)];
  const judged = tracks.filter((track) => track.meanEmotion !== undefined);
  return (
    <div class="summary">
      <dl class="tiles">
        {summary.frames > 0 && (
          <>
            <Tile title="Frames" value={String(summary.frames)} />
            <Tile title="With a face" value={percent(summary.framesWithFace / summary.frames, 1)} />
            <Tile title="Low quality" value={percent(summary.framesLowQuality / summary.frames, 1)} />
            <Tile title="Faces" value={String(tracks.length)} />
          </>
        )}
        {voice !== undefined && <Tile title="Segments with voice" value={String(summary.speechSegments)} />}
      </dl>
      {judged.length > 0 && (
        <BarChart
          host={host}
          label="Mean probability of each emotion, by face"
          groups={judged.map((track) => personTitle(tracks, track.id))}
          series={expressionLabels.map((label) => ({
            title: label,
            values: judged.map((track) => track.meanEmotion![label]),
            colour: emotionLooks[label].colour,
          }))}
          format={(value) => percent(value)}
          stacked
        />
      )}
      <DataTable
        caption="Faces"
        empty={analysis.media.video === undefined ? "The clip has no picture." : "No face was found."}
        rows={tracks}
        columns={[
          { title: "Face", cell: (track: Track) => personTitle(tracks, track.id) },
          {
            title: "From",
            cell: (track) => (
              <button type="button" class="link mono" onClick={() => playback.seek(track.firstMs)}>
                {formatTime(track.firstMs, 10)}
              </button>
            ),
          },
          { title: "To", cell: (track) => <span class="mono">{formatTime(track.lastMs, 10)}</span> },
          { title: "Frames", number: true, cell: (track) => track.frames },
          ...measured(tracks, ({ dominant }) => dominant, {
            title: "Dominant",
            cell: ({ dominant }) => dominant ?? "no trusted frame",
          }),
          ...expressionLabels.flatMap((label) =>
            measured(tracks, ({ meanEmotion }) => meanEmotion, {
              title: label,
              number: true,
              cell: ({ meanEmotion }) => (meanEmotion === undefined ? "" : percent(meanEmotion[label], 1)),
            }),
          ),
          ...measured(tracks, ({ meanFused }) => meanFused, {
            title: "Fused",
            cell: ({ dominantFused, meanFused }) =>
              dominantFused && meanFused ? `${dominantFused} ${percent(meanFused[dominantFused])}` : "",
          }),
          ...measured(tracks, ({ blinks }) => blinks, {
            title: "Blinks",
            number: true,
            cell: ({ blinks }) => blinks ?? "eyes not seen",
          }),
          ...measured(tracks, ({ blinksPerMinute }) => blinksPerMinute, {
            title: "Blinks/min",
            number: true,
            cell: ({ blinksPerMinute }) => blinksPerMinute?.toFixed(1) ?? "seen too briefly",
          }),
        ]}
      />
      {heard !== undefined && (
        <DataTable
          caption="Voice"
          rows={heard}
          columns={[
            { title: "Voice", cell: ({ title }: VoiceRow) => title },
            ...(voices.length === 0
              ? []
              : [
                  {
                    title: "First heard",
                    cell: ({ turns }: VoiceRow) =>
                      turns?.[0] && (
                        <button type="button" class="link mono" onClick={() => playback.seek(turns[0]![0])}>
                          {formatTime(turns[0][0], 10)}
                        </button>
                      ),
                  },
                  { title: "Turns", number: true, cell: ({ turns }: VoiceRow) => turns?.length },
                  {
                    title: "Face",
                    cell: ({ track }: VoiceRow) => track !== undefined && personTitle(tracks, track),
                  },
                ]),
            { title: "Time with voice", cell: ({ voicedMs }) => formatTime(voicedMs, 100) },
            { title: "Trusted segments", number: true, cell: ({ trustedSegments }) => trustedSegments },
            { title: "Dominant", cell: ({ dominant }) => dominant ?? "no trusted segment" },
            ...(heard[0]?.meanEmotion === undefined ? [] : speechLabels).map((label) => ({
              title: label,
              number: true,
              cell: ({ meanEmotion }: VoiceRow) => meanEmotion && percent(meanEmotion[label], 1),
            })),
          ]}
        />
      )}
    </div>
  );
}

/** Everything that is heard, or one of the voices that were told apart. */
type VoiceRow = VoiceSummary & { readonly title: string } & Partial<Pick<HeardVoice, "track" | "turns">>;

const voiceRow = (voice: HeardVoice): VoiceRow => ({ ...voice, title: voiceTitle(voice) });

/** The column, where it was measured for any of the faces. */
function measured(
  tracks: readonly Track[],
  value: (track: Track) => unknown,
  column: Column<Track>,
): Column<Track>[] {
  return tracks.some((track) => value(track) !== undefined) ? [column] : [];
}

function Tile({ title, value }: { readonly title: string; readonly value: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{value}</dd>
    </div>
  );
}
