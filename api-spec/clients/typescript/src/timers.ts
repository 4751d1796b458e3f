// Timers by name: setting one again replaces it.
import type { Environment } from "./environment.js";

export class Timers<Name extends string> {
  readonly #running = new Map<Name, unknown>();
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  set(name: Name, ms: number, run: () => void): void {
    this.clear(name);
    const timer = this.#env.setTimer(ms, () => {
      this.#running.delete(name);
      run();
    });
    this.#running.set(name, timer);
  }

  /** Sets it unless it runs. */
  begin(name: Name, ms: number, run: () => void): void {
    if (!this.#running.has(name)) this.set(name, ms, run);
  }

  clear(...names: Name[]): void {
    for (const name of names) {
      if (!this.#running.has(name)) continue;
      this.#env.clearTimer(this.#running.get(name));
      this.#running.delete(name);
    }
  }

  clearAll(): void {
    this.clear(...this.#running.keys());
  }
}
