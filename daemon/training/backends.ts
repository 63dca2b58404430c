import { isAppError, type AppError } from "../../shared/errors.ts";
import { backbonesOf, type BackendName, type Training } from "../../shared/protocol/training.ts";
import type { BackendPlace, FoundBackend, TrainingBackend } from "./backend.ts";
import { pytorch } from "./pytorch/pytorch.ts";
import { tfjs } from "./tfjs/tfjs.ts";

/** In the order in which `auto` asks them. */
const backends: readonly TrainingBackend[] = [tfjs, pytorch];

export interface ChosenBackend {
  readonly backend: FoundBackend;
  /** Why this one, as a sentence. */
  readonly reason: string;
}

/** Finds what is to learn, each backend once. */
export class Backends {
  readonly #place: BackendPlace;
  readonly #found = new Map<BackendName, Promise<FoundBackend>>();

  constructor(place: BackendPlace) {
    this.#place = place;
  }

  /** @throws AppError of the last backend that has the network and is not there */
  async choose({ backend: asked, network: { backbone } }: Training): Promise<ChosenBackend> {
    const against: string[] = [];
    let missing: AppError | undefined;
    for (const backend of backends) {
      if (asked !== "auto" && asked !== backend.name) continue;
      if (!backbonesOf[backend.name].includes(backbone)) {
        against.push(`${backend.name} has no ${backbone}`);
        continue;
      }
      try {
        const found = await this.#find(backend);
        const why = asked === "auto" ? ["the first that has it and is there", ...against] : ["as asked"];
        return { backend: found, reason: `${backend.name} learns ${backbone}: ${why.join("; ")}.` };
      } catch (error) {
        if (!isAppError(error)) throw error;
        missing = error;
        against.push(`${backend.name} is not there`);
      }
    }
    throw missing ?? new RangeError(`Nothing learns ${backbone}.`);
  }

  #find(backend: TrainingBackend): Promise<FoundBackend> {
    const found = this.#found.get(backend.name) ?? backend.find(this.#place);
    this.#found.set(backend.name, found);
    return found;
  }
}
