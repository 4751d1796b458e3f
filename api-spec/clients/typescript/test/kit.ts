// Plays a session of `fixtures/live/` with a client: time, tokens and sockets are the session's. A client in another
// language needs this file once more and the sessions as they are; `fixtures/live/README.md` says what the steps mean.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { LiveClient, memoryStorage } from "../src/index.js";
import type { Asked, Cursor, Environment, Filter, RestAnswer, Section, SignalKind, SocketLike, TokenReason } from "../src/index.js";

export type Step =
  | { start: true }
  | { stop: true }
  | { restart: true }
  | { open: string[] }
  | { draft: { conversation_id: string; text: string } }
  | { signal: { kind: SignalKind; conversation_id: string } }
  | { wakes: true }
  | { opens: true }
  | { opens_nothing: true }
  | { says: object }
  | { says_nothing: true }
  | { asks_token: TokenReason; given: string | null }
  /** `of_tomorrow`: a frame that no contract has yet. */
  | { told: object; of_tomorrow?: true }
  | { told_text: string }
  | { closes: number }
  | { client_closes: number }
  | { passes_ms: number }
  | { rest: { at: Cursor; answer: RestAnswer } }
  | { status: object }
  | { state: object }
  | { ids: Record<string, string[]> }
  | { opened_at: number };

export interface Session {
  about: string;
  options?: { filter?: Filter; sections?: Section[] };
  /** From 0 to 1, used for every back-off; 1 when absent. */
  chance?: number;
  steps: Step[];
}

const folder = new URL("../../../../../fixtures/live/", import.meta.url);

/** All of them, by name. */
export function sessions(): [string, Session][] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  return names.map((name) => [name.replace(/\.json$/, ""), JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Session]);
}

class FakeSocket implements SocketLike {
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  readonly said: Asked[] = [];
  closedWith: number | null = null;
  send(text: string): void {
    this.said.push(JSON.parse(text) as Asked);
  }
  close(code = 1000): void {
    this.closedWith = code;
  }
}

class FakeWorld implements Environment {
  clock = Date.parse("2026-11-22T10:00:00Z");
  readonly sockets: FakeSocket[] = [];
  readonly waking = new Set<() => void>();
  #timers = new Map<number, { at: number; run: () => void }>();
  #last = 0;
  constructor(readonly chance: number) {}
  socket(): SocketLike {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }
  now = () => this.clock;
  random = () => this.chance;
  setTimer(ms: number, run: () => void): unknown {
    this.#timers.set(++this.#last, { at: this.clock + ms, run });
    return this.#last;
  }
  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as number);
  }
  onWake(run: () => void): () => void {
    this.waking.add(run);
    return () => this.waking.delete(run);
  }
  onHide(): () => void {
    return () => {};
  }
  /** Runs what falls due, in order, each at its own time. */
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.clock = Math.max(this.clock, due[1].at);
      due[1].run();
      await settled();
    }
    this.clock = end;
  }
}

/** Promises that can go on have gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function play(session: Session): Promise<void> {
  const world = new FakeWorld(session.chance ?? 1);
  const storage = memoryStorage();
  const tokens: { why: TokenReason; give(token: string | null): void }[] = [];
  const opened: number[] = [];
  const expectsTokens = session.steps.some((step) => "asks_token" in step);
  const token = (why: TokenReason) =>
    expectsTokens ? new Promise<string | null>((give) => tokens.push({ why, give })) : Promise.resolve("token");
  const begin = () => new LiveClient({ url: "wss://desk.example/v1/live", token, storage, environment: world, ...session.options });
  let client = begin();
  let socket = new FakeSocket();
  let known = 0;

  const run = async (step: Step): Promise<void> => {
    if ("start" in step) return void client.start();
    if ("stop" in step) return client.stop();
    if ("restart" in step) {
      client.stop();
      client = begin();
      return void client.start();
    }
    if ("open" in step) return void client.open(step.open).then((pos) => opened.push(pos), () => opened.push(-1));
    if ("draft" in step) return client.draft(step.draft.conversation_id, step.draft.text);
    if ("signal" in step) return client.signal(step.signal.kind, step.signal.conversation_id);
    if ("wakes" in step) return world.waking.forEach((wake) => wake());
    if ("opens" in step) {
      assert.equal(world.sockets.length, known + 1, "the client opens one connection");
      socket = world.sockets[known++]!;
      return socket.onopen?.({});
    }
    if ("opens_nothing" in step) return assert.equal(world.sockets.length, known, "the client opens no connection");
    if ("says" in step) {
      const said = socket.said.shift();
      assert.ok(said, `the client says ${JSON.stringify(step.says)}`);
      return includes(said, step.says, said.type);
    }
    if ("says_nothing" in step) return assert.deepEqual(socket.said, []);
    if ("asks_token" in step) {
      const asked = tokens.shift();
      assert.equal(asked?.why, step.asks_token);
      return asked!.give(step.given);
    }
    if ("told" in step) return socket.onmessage?.({ data: JSON.stringify(step.told) });
    if ("told_text" in step) return socket.onmessage?.({ data: step.told_text });
    if ("closes" in step) return socket.onclose?.({ code: step.closes });
    if ("client_closes" in step) return assert.equal(socket.closedWith, step.client_closes);
    if ("passes_ms" in step) return world.pass(step.passes_ms);
    if ("rest" in step) return client.apply(step.rest.at, step.rest.answer);
    if ("status" in step) return includes(client.status, step.status, "status");
    if ("state" in step) return includes(client.state, step.state, "state");
    if ("ids" in step) {
      for (const [path, ids] of Object.entries(step.ids)) {
        const record = path.split(".").reduce<any>((at, key) => at?.[key], client.state);
        assert.deepEqual(Object.keys(record ?? {}).sort(), [...ids].sort(), path);
      }
      return;
    }
    return assert.deepEqual(opened.splice(0), [step.opened_at]);
  };
  for (const [index, step] of session.steps.entries()) {
    try {
      await run(step);
      await settled();
    } catch (error) {
      throw new Error(`step ${index}, ${JSON.stringify(step).slice(0, 200)}`, { cause: error });
    }
  }
  client.stop();
}

/** Everything that is expected is there; of objects, more may be. */
function includes(actual: unknown, expected: unknown, path: string): void {
  if (expected === null || typeof expected !== "object") return assert.equal(actual, expected, path);
  assert.ok(actual !== null && typeof actual === "object", `${path} is ${JSON.stringify(actual)}`);
  if (Array.isArray(expected)) assert.equal((actual as unknown[]).length, expected.length, `length of ${path}`);
  for (const [key, value] of Object.entries(expected)) includes((actual as any)[key], value, `${path}.${key}`);
}
