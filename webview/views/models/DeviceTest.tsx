import { useSignal } from "@preact/signals";
import { testDevices, type DeviceTest as Found } from "../../../shared/protocol/system.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Waiting } from "../../components/Progress.tsx";
import type { Host } from "../../host.ts";

type Tested = Found["providers"][number];

/** Runs every network on every device of this machine: which serve, how fast, and why the others do not. */
export function DeviceTest({ host }: { readonly host: Host }) {
  const found = useSignal<Found | undefined>(undefined);
  const attempt = useAttempt();
  const test = (): void => {
    attempt.run(host.call(testDevices, {}).then((answer) => (found.value = answer)));
  };
  return (
    <section class="device-test" aria-label="Devices">
      <div class="row">
        <Button secondary icon="dashboard" disabled={attempt.busy} onClick={test}>
          Test the devices
        </Button>
        {attempt.busy && <Waiting label="Running every network on every device" />}
      </div>
      <Failure of={attempt} />
      {found.value !== undefined && <Devices found={found.value} />}
    </section>
  );
}

function Devices({ found: { providers, auto } }: { readonly found: Found }) {
  const serving = providers.filter(({ reason }) => reason === undefined);
  const ids = serving.flatMap(({ runs }) => runs.map(({ id }) => id));
  return (
    <div role="status">
      <p>
        The device auto is <strong>{auto.provider}</strong> here.
      </p>
      <ul>
        {reasons(providers, auto.fallThrough).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <DataTable
        caption="One run of each network, milliseconds"
        rows={[...new Set(ids)]}
        columns={[
          { title: "Network", cell: (id) => id },
          ...serving.map((tested) => ({
            title: tested.provider,
            number: true,
            cell: (id: string) => outcome(tested, id),
          })),
        ]}
      />
    </div>
  );
}

/** Why a device does not serve, each reason once. */
function reasons(providers: readonly Tested[], fallThrough: Found["auto"]["fallThrough"]): string[] {
  const all = [...providers, ...fallThrough].filter(({ reason }) => reason !== undefined);
  return [...new Set(all.map(({ provider, reason }) => `Not on ${provider}: ${reason ?? ""}`))];
}

function outcome({ runs }: Tested, id: string): string {
  const run = runs.find((one) => one.id === id);
  if (run === undefined) return "not tested";
  return run.ok ? (run.runMs?.toFixed(2) ?? "right") : `wrong: ${run.problem ?? ""}`;
}
