// Who waits until whole messages come. The newest frame that carries the open conversations answers for all before it, so
// nobody is told "from here on" by a frame that did not yet know of theirs.

export interface Refusal {
  code: string;
  title: string;
}

export class Opening {
  #waiting: { resolve(pos: number): void; reject(error: Error): void }[] = [];
  #carrier: string | null = null;

  wait(): Promise<number> {
    this.#carrier = null;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** A `hello` or `subscribe` with all that is open was sent. */
  carriedBy(id: string): void {
    this.#carrier = id;
  }

  /** Whether somebody waits whom no frame speaks for. */
  get unsaid(): boolean {
    return this.#waiting.length > 0 && this.#carrier === null;
  }

  /** Its answer came; gives whether it was the one that counts. */
  answered(id: string | null, answer: { pos: number } | Refusal): boolean {
    if (id === null || id !== this.#carrier) return false;
    this.#carrier = null;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if ("pos" in answer) resolve(answer.pos);
      else reject(new Error(`${answer.code}: ${answer.title}`));
    }
    return true;
  }
}
