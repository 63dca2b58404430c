import type * as Core from "@tensorflow/tfjs-core";

export interface OptimizerSettings {
  readonly optimizer: "adamw" | "adam" | "sgd";
  /** Weight decay of adamw. */
  readonly decay: number;
}

/** Steps taken, and the two moments of each variable, in the order of the variables; none of one that never moved. */
export interface OptimizerState {
  readonly steps: number;
  readonly moments: readonly ({ readonly first: Float32Array; readonly second: Float32Array } | undefined)[];
}

const [beta1, beta2, epsilon, momentum] = [0.9, 0.999, 1e-8, 0.9] as const;

/**
 * One step of learning at a time, with a rate that may be another in each. TensorFlow.js has no decay that is apart from
 * the gradient (Loshchilov and Hutter 2019), and keeps the rate of its optimizers to itself.
 */
export class Optimizer {
  readonly #tf: typeof Core;
  readonly #settings: OptimizerSettings;
  readonly #moments = new Map<string, { readonly first: Core.Variable; readonly second: Core.Variable }>();
  #steps = 0;

  constructor(tf: typeof Core, settings: OptimizerSettings) {
    this.#tf = tf;
    this.#settings = settings;
  }

  step(variables: readonly Core.Variable[], gradients: Core.NamedTensorMap, rate: number): void {
    this.#steps++;
    this.#tf.tidy(() => {
      for (const variable of variables) {
        const gradient = gradients[variable.name];
        if (gradient !== undefined) this.#move(variable, gradient, rate);
      }
    });
  }

  async state(variables: readonly Core.Variable[]): Promise<OptimizerState> {
    const copy = async (variable: Core.Variable) => Float32Array.from(await variable.data());
    const moments = variables.map(async ({ name }) => {
      const found = this.#moments.get(name);
      return found && { first: await copy(found.first), second: await copy(found.second) };
    });
    return { steps: this.#steps, moments: await Promise.all(moments) };
  }

  setState(variables: readonly Core.Variable[], { steps, moments }: OptimizerState): void {
    this.#steps = steps;
    variables.forEach(({ name, shape }, i) => {
      const found = moments[i];
      const made = (data: Float32Array) => this.#tf.variable(this.#tf.tensor(data, shape), false);
      if (found) this.#moments.set(name, { first: made(found.first), second: made(found.second) });
    });
  }

  #move(variable: Core.Variable, gradient: Core.Tensor, rate: number): void {
    const tf = this.#tf;
    const { optimizer, decay } = this.#settings;
    let moments = this.#moments.get(variable.name);
    if (moments === undefined) {
      const zeros = () => tf.variable(tf.zerosLike(variable), false);
      this.#moments.set(variable.name, (moments = { first: zeros(), second: zeros() }));
    }
    const { first, second } = moments;
    if (optimizer === "sgd") {
      first.assign(tf.add(tf.mul(first, momentum), gradient));
      variable.assign(tf.sub(variable, tf.mul(first, rate)));
      return;
    }
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const mean = tf.div(first, 1 - beta1 ** this.#steps);
    const spread = tf.sqrt(tf.div(second, 1 - beta2 ** this.#steps));
    const step = tf.mul(tf.div(mean, tf.add(spread, epsilon)), rate);
    // Biases and the like are not decayed.
    const kept = optimizer === "adamw" && variable.rank > 1 ? tf.mul(variable, 1 - rate * decay) : variable;
    variable.assign(tf.sub(kept, step));
  }
}
