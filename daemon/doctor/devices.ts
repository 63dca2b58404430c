import type { Check } from "../../shared/protocol/system.ts";
import type { Provider } from "../../shared/protocol/results.ts";
import { isAppError } from "../../shared/errors.ts";
import { noCard } from "../inference/device.ts";
import { openModels } from "../inference/models.ts";
import { readManifest, type ModelFolders } from "../inference/manifest.ts";

const advice: Readonly<Record<Exclude<Provider, "cpu">, string>> = {
  cuda: "To use it, install CUDA 12 with cuDNN 9 and ONNX Runtime's CUDA libraries. Without it webgpu or the cpu serves.",
  webgpu:
    "To use the graphics card, install its current driver (on Linux with Vulkan). Without it the cpu serves.",
};

/** Tries each provider, and `auto`, on the smallest network. */
export async function checkDevices(folders: ModelFolders): Promise<Check[]> {
  const { models } = await readManifest(folders);
  const smallest = models.toSorted((a, b) => a.bytes - b.bytes)[0];
  if (smallest === undefined) return [];
  const none = noCard();
  const checks: Check[] = [];
  for (const provider of ["cuda", "webgpu", "cpu"] as const) {
    const name = `device ${provider}`;
    // Without a card there is nothing to mend.
    if (provider !== "cpu" && none !== undefined)
      checks.push({ name, state: "ok", detail: `not used: ${none}` });
    else checks.push({ name, ...(await tryProvider(folders, smallest.id, provider)) });
  }
  await using chosen = await openModels({ ...folders, device: "auto" });
  const { provider } = await chosen.load(smallest.id);
  const reasons = chosen.fallThrough.map((f) => `${f.provider}: ${f.reason}`).join("; ");
  checks.push({
    name: "device auto",
    state: "ok",
    detail: reasons === "" ? provider : `${provider} (${reasons})`,
  });
  return checks;
}

async function tryProvider(
  folders: ModelFolders,
  id: string,
  provider: Provider,
): Promise<Pick<Check, "state" | "detail" | "advice">> {
  try {
    await using models = await openModels({ ...folders, device: provider });
    await models.load(id);
    return { state: "ok", detail: "works" };
  } catch (error) {
    if (!isAppError(error)) throw error;
    if (provider === "cpu") return { state: "failed", detail: error.code, advice: error.message };
    return { state: "warning", detail: `does not serve: ${error.message}`, advice: advice[provider] };
  }
}
