import type { Provider } from "../../shared/protocol/results.ts";
import type { DeviceTest } from "../../shared/protocol/system.ts";
import { AppError } from "../../shared/errors.ts";
import { noCard } from "../inference/device.ts";
import { readManifest, type ModelFolders } from "../inference/manifest.ts";
import { openModels } from "../inference/models.ts";
import { verifyModels } from "../inference/verify.ts";

type Tested = DeviceTest["providers"][number];

/**
 * Runs every network on its stored input on each provider, and finds out which one `auto` takes.
 * @throws AppError `model_unknown` when the manifest is empty.
 */
export async function testDevices(folders: ModelFolders): Promise<DeviceTest> {
  const { models } = await readManifest(folders);
  const smallest = models.toSorted((a, b) => a.bytes - b.bytes)[0];
  if (smallest === undefined)
    throw new AppError("model_unknown", "The manifest lists no networks to test with. Install EDIN again.");
  const providers: Tested[] = [];
  for (const provider of ["cuda", "webgpu", "cpu"] as const)
    providers.push(await testProvider(folders, provider, smallest.id));
  await using chosen = await openModels({ ...folders, device: "auto" });
  const { provider } = await chosen.load(smallest.id);
  return { providers, auto: { provider, fallThrough: [...chosen.fallThrough] } };
}

/** One that does not start the smallest network is not tried with the others. */
async function testProvider(folders: ModelFolders, provider: Provider, smallest: string): Promise<Tested> {
  const reason = provider === "cpu" ? undefined : noCard();
  if (reason !== undefined) return { provider, reason, runs: [] };
  const [first] = await verifyModels(folders, provider, smallest);
  if (first?.code === "device_unavailable") return { provider, reason: first.problem ?? "", runs: [] };
  const found = await verifyModels(folders, provider);
  return {
    provider,
    runs: found.map(({ id, ok, runMs, problem }) => ({
      id,
      ok,
      ...(runMs !== undefined && { runMs: Math.round(runMs * 1000) / 1000 }),
      ...(problem !== undefined && { problem }),
    })),
  };
}
