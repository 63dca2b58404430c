import { pipelines } from "../../../shared/protocol/pipelines.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { bytes, dateTime } from "../../data/text.ts";
import { counted } from "../../../shared/text/counted.ts";

/** Everything that is needed to repeat this result. */
export function Provenance({ analysis }: { readonly analysis: Analysis }) {
  const { media, device } = analysis;
  const facts: readonly (readonly [string, string])[] = [
    ["Clip", media.name],
    ["Clip, SHA-256", media.sha256],
    ["Size", bytes(media.sizeBytes)],
    ["Container", media.container],
    ...(media.video === undefined
      ? []
      : ([
          [
            "Picture",
            `${media.video.codec}, ${media.video.width} × ${media.video.height}, ${media.video.frameRate.toFixed(2)} fps${media.video.variableFrameRate ? ", variable" : ""}`,
          ],
        ] as const)),
    ...(media.audio === undefined
      ? []
      : ([
          [
            "Sound",
            `${media.audio.codec}, ${media.audio.sampleRateHz} Hz, ${counted(media.audio.channels, "channel")}`,
          ],
        ] as const)),
    ["Pipeline", pipelines[analysis.pipeline].title],
    ["Device", device.provider],
    ...device.fallThrough.map(({ provider, reason }) => [`Not on ${provider}`, reason] as const),
    ["Seed", String(analysis.seed)],
    ["Results, SHA-256", analysis.resultSha256],
    ["Ran", dateTime(analysis.run.startedAt)],
    ...Object.entries(analysis.versions).map(([name, version]) => [`Version of ${name}`, version] as const),
  ];
  return (
    <div class="provenance">
      <DataTable
        caption="Clip, device and versions"
        rows={facts}
        columns={[
          { title: "What", cell: ([name]) => name },
          { title: "Value", cell: ([, value]) => <span class="mono wrap">{value}</span> },
        ]}
      />
      <DataTable
        caption="Networks"
        rows={analysis.models}
        columns={[
          { title: "Task", cell: (model) => model.task },
          { title: "Network", cell: (model) => model.id },
          { title: "SHA-256", cell: (model) => <span class="mono wrap">{model.sha256}</span> },
          {
            title: "Calibration",
            cell: ({ calibration }) =>
              calibration === undefined
                ? "as trained"
                : `temperature ${calibration.temperature.toFixed(2)}${calibration.bias ? " and biases" : ""}, fitted to ${counted(calibration.n, "file")}`,
          },
        ]}
      />
      <section>
        <h3>Configuration</h3>
        <pre class="config" tabIndex={0}>
          {JSON.stringify(analysis.config, undefined, 2)}
        </pre>
      </section>
    </div>
  );
}
