// Somebody who follows the stream, with a socket that can be cut, every frame held to the contract and written down.
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { defaultEnvironment, LiveClient } from "../../src/index.js";
import type { Conversation, Cursor, Frame, LiveOptions, LiveState, RestAnswer, Section, SocketLike } from "../../src/index.js";
import { checkFrame } from "../contract.js";
import type { Api, Desk } from "./desk.js";
import { Recorder } from "./recorder.js";

export const EVERYTHING: Section[] = ["me", "counts", "agents", "conversations:all", "notifications"];
const PATIENCE_MS = 25_000;

export class Member {
  readonly client: LiveClient;
  readonly frames: Frame[] = [];
  readonly recorder = new Recorder();
  readonly #sockets: WebSocket[] = [];
  readonly #changed = new Set<() => void>();
  #network: Promise<void> = Promise.resolve();
  #online: () => void = () => {};
  #wake: () => void = () => {};

  constructor(
    readonly api: Api,
    desk: Desk,
    options: Partial<LiveOptions> = {},
  ) {
    const environment = defaultEnvironment();
    environment.socket = (url, protocols) => {
      const socket = new WebSocket(url, protocols);
      this.#sockets.push(socket);
      this.recorder.listen(socket);
      return socket as SocketLike;
    };
    environment.onWake = (run) => {
      this.#wake = run;
      return () => {};
    };
    const tell = () => this.#changed.forEach((look) => look());
    this.client = new LiveClient({
      url: desk.liveUrl,
      token: async (why) => {
        await this.#network;
        if (why !== "connect") await this.api.refresh();
        return this.api.token;
      },
      client: { name: "tests", version: "1" },
      sections: EVERYTHING,
      environment,
      onState: tell,
      onStatus: (status) => {
        // Played back, it does not wait.
        if (status.kind === "waiting") queueMicrotask(() => this.recorder.step({ wakes: true }));
        tell();
      },
      onFrame: (frame) => {
        checkFrame(frame);
        this.frames.push(frame);
        tell();
      },
      ...options,
    });
  }

  get state(): LiveState {
    return this.client.state;
  }

  get connections(): number {
    return this.#sockets.length;
  }

  /** Resolves as soon as this is true. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (run: () => void) => {
        this.#changed.delete(look);
        clearTimeout(timer);
        run();
      };
      const look = () => isSo() && done(resolve);
      const late = () => new Error(`not in ${PATIENCE_MS} ms: ${what}\n${JSON.stringify(this.client.status)}\n${JSON.stringify(this.frames.slice(-4))}`);
      const timer = setTimeout(() => done(() => reject(late())), PATIENCE_MS);
      this.#changed.add(look);
      look();
    });
  }

  async live(): Promise<void> {
    if (this.client.status.kind === "idle" || this.client.status.kind === "signed_out") {
      this.recorder.step({ start: true });
      await this.client.start();
    }
    await this.until("live", () => this.client.status.kind === "live" && this.state.phase === "live");
  }

  open(ids: string[]): Promise<number> {
    this.recorder.step({ open: ids });
    return this.client.open(ids);
  }

  apply(at: Cursor, answer: RestAnswer): void {
    this.recorder.step({ rest: { at, answer } });
    this.client.apply(at, answer);
  }

  draft(conversation_id: string, text: string): void {
    this.recorder.step({ draft: { conversation_id, text } });
    this.client.draft(conversation_id, text);
  }

  /** Pulls the plug: no goodbye, and no way back until `plugIn`. */
  async unplug(): Promise<void> {
    this.#network = new Promise((resolve) => (this.#online = resolve));
    this.#sockets.at(-1)?.terminate();
    await this.until("cut off", () => this.client.status.kind !== "live");
  }

  plugIn(): void {
    this.#online();
  }

  /** The device says that its network is back. */
  wakesUp(): void {
    this.#wake();
  }

  /** The newest of a kind. */
  last<T extends Frame["type"]>(type: T): Extract<Frame, { type: T }> | undefined {
    return this.frames.filter((frame) => frame.type === type).at(-1) as Extract<Frame, { type: T }> | undefined;
  }

  row(contact: string): Conversation | undefined {
    return Object.values(this.state.conversations).find((row) => row.contact.name === contact);
  }

  /**
   * The state is what REST tells at the same position. Answers of a position that the stream has not reached, or has
   * passed, are asked for again.
   */
  async equalsRest(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const seen = await readAll(this.api);
      await this.until(`position ${seen.pos}`, () => (this.state.cursor?.pos ?? 0) >= seen.pos);
      if (this.state.notifications_stale_at !== null) {
        const { at, body } = await this.api.ok("GET", "/v1/notifications?limit=200");
        this.apply(at, { kind: "notifications", body });
      }
      if (this.state.me_stale_at !== null) {
        const { at, body } = await this.api.ok("GET", "/v1/me");
        this.apply(at, { kind: "me", body });
      }
      if (this.state.cursor!.pos === seen.pos) {
        const { conversations, notifications, me } = this.state;
        const { pos, ...told } = seen;
        assert.deepEqual({ conversations, notifications, me }, told);
        return;
      }
      assert.ok(Date.now() < deadline, "the desk comes to rest");
    }
  }
}

interface Seen {
  pos: number;
  conversations: Record<string, unknown>;
  notifications: Record<string, unknown>;
  me: object;
}

/** What the snapshot's sections are over REST, all of one position. */
async function readAll(api: Api): Promise<Seen> {
  for (;;) {
    const rows = await api.ok("GET", "/v1/conversations?limit=200");
    const notifications = await api.ok("GET", "/v1/notifications?limit=200");
    const me = await api.ok("GET", "/v1/me");
    if (rows.at.pos !== me.at.pos || rows.body.as_of !== rows.at.pos) continue;
    const byId = (list: { id: string }[]) => Object.fromEntries(list.map((one) => [one.id, one]));
    return { pos: me.at.pos, conversations: byId(rows.body.data), notifications: byId(notifications.body.data), me: me.body };
  }
}
