// The connection: opens sockets, says hello, keeps the chain, comes back. What is known is in `state`; nothing else here
// outlives a socket but the count of attempts.
import { applyRest } from "./apply_rest.js";
import type { RestAnswer } from "./apply_rest.js";
import { defaultEnvironment } from "./environment.js";
import type { Environment, SocketLike } from "./environment.js";
import type { Asked, Batch, Bye, Filter, Frame, Hello, Ready, Reply, Section, SignalKind } from "./frames.js";
import { Opening } from "./opening.js";
import { follows, reduce } from "./reduce.js";
import { expireSignals, nextExpiry } from "./signals.js";
import { awaited, drafted, effective, emptyState, opened } from "./state.js";
import type { Cursor, LiveState } from "./state.js";
import { memoryStorage } from "./storage.js";
import type { LiveStorage, Saved } from "./storage.js";
import { Timers } from "./timers.js";
import { backoffMs, CHAIN_BROKEN, verdict } from "./verdict.js";

/** Why a token is wanted: `expired` and `expiring` want a newer one than the last. */
export type TokenReason = "connect" | "expiring" | "expired";

export type Status =
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "live" }
  /** Back at `until`, or as soon as the network is. */
  | { kind: "waiting"; until: number; code: number }
  /** Somebody has to sign in; then `start()`. */
  | { kind: "signed_out"; code: number; reason: string }
  /** For good; show why. */
  | { kind: "stopped"; code: number; reason: string };

export interface LiveOptions {
  /** `wss://desk.example/v1/live` */
  url: string;
  /** Null: nobody is signed in. */
  token(why: TokenReason): Promise<string | null>;
  /** Your program's name and version, for the server's log. */
  client?: { name: string; version?: string };
  filter?: Filter;
  sections?: Section[];
  storage?: LiveStorage;
  environment?: Environment;
  onState?(state: LiveState): void;
  onStatus?(status: Status): void;
  /** Each frame, after it is in the state: for sounds and toasts. */
  onFrame?(frame: Frame): void;
}

/** From opening a socket to `ready`. */
const READY_WITHIN_MS = 15_000;
/** After waking up: whether the socket still lives. */
const PROBE_MS = 5_000;
const SAVE_EVERY_MS = 1_000;
const TYPING_EVERY_MS = 3_000;
/** Connected for so long, the server is well. */
const WELL_AFTER_MS = 60_000;

export class LiveClient {
  #state: LiveState = emptyState;
  #status: Status = { kind: "idle" };
  #socket: SocketLike | null = null;
  #bye: Bye | null = null;
  #attempt = 0;
  #breaks = 0;
  #frames = 0;
  #heartbeatMs = READY_WITHIN_MS;
  #loaded = false;
  #tokenReason: TokenReason = "connect";
  /** Since the last `ready`: a token that was renewed and refused again is not asked for at once. */
  #renewed = false;
  #typedAt = -TYPING_EVERY_MS;
  /** Which try to connect counts; one that was given up may still come to something. */
  #try: object | null = null;
  readonly #opening = new Opening();
  readonly #options: LiveOptions;
  readonly #env: Environment;
  readonly #timers: Timers<"liveness" | "well" | "reconnect" | "expiry" | "save">;
  readonly #storage: LiveStorage;
  readonly #asked: string;
  #unlisten: (() => void)[] = [];

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#env = options.environment ?? defaultEnvironment();
    this.#timers = new Timers(this.#env);
    this.#storage = options.storage ?? memoryStorage();
    this.#asked = JSON.stringify([options.filter ?? null, options.sections ?? null]);
  }

  get state(): LiveState {
    return this.#state;
  }

  get status(): Status {
    return this.#status;
  }

  async start(): Promise<void> {
    if (this.#status.kind === "connecting" || this.#status.kind === "live" || this.#status.kind === "waiting") return;
    this.#setStatus({ kind: "connecting" });
    this.#unlisten = [this.#env.onWake(() => this.#wake()), this.#env.onHide(() => this.#save())];
    const attempt = (this.#try = {});
    if (!this.#loaded) await this.#load();
    if (this.#try === attempt) this.#connect();
  }

  /** Leaves; `start()` resumes. */
  stop(): void {
    this.#end({ kind: "idle" });
  }

  /** For signing out: leaves and forgets. */
  async forget(): Promise<void> {
    this.stop();
    this.#setState(emptyState);
    await this.#storage.clear();
  }

  /**
   * The open conversations are these from now on: their messages and notes arrive whole. Then read the timelines of those
   * whose `stale_at` is not null, and hand them to `apply`: an answer of the position this gives, or later, misses nothing.
   * Rejects when one of them is not to be seen.
   */
  open(ids: readonly string[]): Promise<number> {
    this.#setState(opened(this.#state, ids));
    const done = this.#opening.wait();
    // Otherwise the next hello says it.
    if (this.#status.kind === "live") this.#subscribe();
    return done;
  }

  /** Tells colleagues what you do; say `viewing` again every 20 seconds, `replying` every 40. */
  signal(kind: SignalKind, conversationId: string, isPublic = false): void {
    if (this.#status.kind !== "live") return;
    if (kind === "typing") {
      if (this.#env.now() - this.#typedAt < TYPING_EVERY_MS) return;
      this.#typedAt = this.#env.now();
    }
    this.#send({ type: "signal", kind, conversation_id: conversationId, public: isPublic });
  }

  /** An answer of the REST API, with its position: see `positionOf`. */
  apply(at: Cursor, answer: RestAnswer): void {
    this.#setState(applyRest(this.#state, at, answer));
  }

  draft(conversationId: string, text: string): void {
    this.#setState(drafted(this.#state, conversationId, text));
  }

  async #load(): Promise<void> {
    const saved = await this.#saved();
    this.#loaded = true;
    if (saved === null || saved.asked !== this.#asked) return;
    // What was opened or drafted before the storage answered counts.
    const { timelines, drafts } = this.#state;
    const state = { ...(saved.state ?? emptyState), cursor: saved.cursor };
    const kept = opened({ ...state, drafts: { ...state.drafts, ...drafts } }, Object.keys({ ...state.timelines, ...timelines }));
    this.#setState(kept);
  }

  /** A storage that cannot be read costs a snapshot, no more. */
  async #saved(): Promise<Saved | null> {
    try {
      return await this.#storage.load();
    } catch {
      return null;
    }
  }

  #connect(): void {
    this.#setStatus({ kind: "connecting" });
    this.#heartbeatMs = READY_WITHIN_MS;
    const attempt = (this.#try = {});
    this.#options.token(this.#tokenReason).then(
      (token) => {
        if (this.#try !== attempt) return;
        if (token === null) return this.#end({ kind: "signed_out", code: 4101, reason: "no token" });
        this.#tokenReason = "connect";
        this.#openSocket(token);
      },
      () => {
        if (this.#try === attempt) this.#comeBack(1006, null);
      },
    );
  }

  #openSocket(token: string): void {
    let socket: SocketLike;
    try {
      socket = this.#env.socket(this.#options.url, ["frontdesk.v1"]);
    } catch {
      return this.#comeBack(1006, null);
    }
    this.#socket = socket;
    this.#bye = null;
    this.#expectFrame();
    // A socket that was given up may speak later on: it is not heard.
    const heard = (run: (event: any) => void) => (event: any) => {
      if (this.#socket === socket) run(event);
    };
    socket.onopen = heard(() => this.#send(this.#hello(token)));
    socket.onmessage = heard((event) => this.#told(String(event.data)));
    socket.onclose = heard((event) => this.#closed(event.code));
    socket.onerror = () => {};
  }

  #hello(token: string): Hello {
    const { client, filter, sections } = this.#options;
    const id = this.#nextId("h");
    const hello: Hello = { type: "hello", id, v: 1, token };
    if (client) hello.client = client;
    // Of half a snapshot the other half would never come.
    if (this.#state.cursor && this.#state.phase !== "syncing") hello.resume = this.#state.cursor;
    if (filter) hello.filter = filter;
    if (sections) hello.snapshot = sections;
    hello.open = Object.keys(this.#state.timelines);
    this.#opening.carriedBy(id);
    return hello;
  }

  #subscribe(): void {
    const id = this.#nextId("s");
    this.#setState(awaited(this.#state));
    this.#opening.carriedBy(id);
    this.#send({ type: "subscribe", id, filter: this.#options.filter ?? null, open: Object.keys(this.#state.timelines) });
  }

  #nextId(kind: string): string {
    return `${kind}${++this.#frames}`;
  }

  #told(text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {
      return this.#leave(CHAIN_BROKEN);
    }
    this.#expectFrame();
    if (frame.type === "ready" && !this.#isOurs(frame)) return;
    if (frame.type === "batch" && !follows(this.#state, frame)) {
      // Twice without a good one between: what we hold is not to be repaired.
      if (++this.#breaks > 1) this.#setState({ ...this.#state, cursor: null });
      return this.#leave(CHAIN_BROKEN);
    }
    this.#setState(reduce(this.#state, frame, this.#env.now()));
    if (frame.type === "ready") this.#ready(frame);
    if (frame.type === "batch") this.#followed(frame);
    if (frame.type === "reply") this.#replied(frame);
    if (frame.type === "notice" && frame.code === "token_expiring") this.#renew();
    this.#options.onFrame?.(frame);
    if (frame.type === "bye") {
      this.#bye = frame;
      this.#leave(1000);
    }
  }

  /** Somebody else's state is not shown to whoever is signed in now. */
  #isOurs(ready: Ready): boolean {
    const before = this.#state.user;
    if (before === null || before.id === ready.user.id) return true;
    this.#setState(opened(emptyState, Object.keys(this.#state.timelines)));
    void this.#storage.clear();
    if (ready.mode === "snapshot") return true;
    this.#leave(CHAIN_BROKEN);
    return false;
  }

  #ready(frame: Ready): void {
    this.#heartbeatMs = frame.heartbeat_ms * 2 + 5_000;
    this.#expectFrame();
    this.#renewed = false;
    this.#setStatus({ kind: "live" });
    this.#timers.set("well", WELL_AFTER_MS, () => (this.#attempt = 0));
    this.#opening.answered(frame.id, { pos: frame.pos });
    if (this.#opening.unsaid) this.#subscribe();
  }

  #followed(batch: Batch): void {
    this.#breaks = 0;
    // It was open and out of sight when the server was told what is open.
    if (batch.items.some((item) => item.kind === "enter" && item.id in this.#state.timelines)) this.#subscribe();
  }

  #replied({ id, effective_pos, error }: Reply): void {
    // From there on they come whole: what was read just before it has everything else.
    const answer = error ?? { pos: (effective_pos ?? 1) - 1 };
    if (this.#opening.answered(id, answer) && "pos" in answer) this.#setState(effective(this.#state, answer.pos));
  }

  #renew(): void {
    const socket = this.#socket;
    this.#options.token("expiring").then(
      (token) => {
        if (token !== null && this.#socket === socket) this.#send({ type: "auth", id: this.#nextId("a"), token });
      },
      // The server will say 4100, and the token is asked for again.
      () => {},
    );
  }

  #send(frame: Asked): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** Any frame says that the server lives. */
  #expectFrame(withinMs = this.#heartbeatMs): void {
    this.#timers.set("liveness", withinMs, () => this.#leave(4004));
  }

  /** Closes on our side without waiting for the other, which may be gone. */
  #leave(code: number): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
    this.#comeBack(code, this.#bye);
  }

  #closed(code: number): void {
    this.#socket = null;
    this.#comeBack(code, this.#bye);
  }

  #comeBack(code: number, bye: Bye | null): void {
    this.#timers.clear("liveness", "well");
    const { next, resume, after_ms } = verdict(code, bye);
    if (!resume) this.#setState({ ...this.#state, cursor: null });
    const told = bye?.code ?? code;
    if (next === "stop") return this.#end({ kind: "stopped", code: told, reason: bye?.reason ?? "" });
    if (next === "sign_in") return this.#end({ kind: "signed_out", code: told, reason: bye?.reason ?? "" });
    let wait = after_ms ?? backoffMs(this.#attempt, () => this.#env.random());
    if (next === "refresh") {
      if (!this.#renewed) wait = 0;
      this.#renewed = true;
      this.#tokenReason = "expired";
    }
    this.#attempt += 1;
    this.#setStatus({ kind: "waiting", until: this.#env.now() + wait, code: told });
    this.#timers.set("reconnect", wait, () => this.#connect());
  }

  #wake(): void {
    if (this.#status.kind === "waiting") {
      this.#timers.clear("reconnect");
      this.#connect();
    } else if (this.#status.kind === "live") {
      this.#send({ type: "ping", id: this.#nextId("p") });
      this.#expectFrame(PROBE_MS);
    }
  }

  #end(status: Status): void {
    this.#timers.clearAll();
    this.#try = null;
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#attempt = 0;
    this.#save();
    this.#setStatus(status);
  }

  #setState(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    const expiry = nextExpiry(state);
    if (expiry === null) this.#timers.clear("expiry");
    else this.#timers.set("expiry", Math.max(0, expiry - this.#env.now()), () => this.#setState(expireSignals(this.#state, this.#env.now())));
    this.#timers.begin("save", SAVE_EVERY_MS, () => this.#save());
    this.#options.onState?.(state);
  }

  #setStatus(status: Status): void {
    this.#status = status;
    this.#options.onStatus?.(status);
  }

  /** Only what is whole: half a snapshot is not worth coming back to. */
  #save(): void {
    this.#timers.clear("save");
    const { cursor, phase } = this.#state;
    if (cursor === null || phase !== "live") return;
    const state = { ...this.#state, signals: {}, presence: {} };
    try {
      void Promise.resolve(this.#storage.save({ cursor, state, asked: this.#asked })).catch(() => {});
    } catch {
      // A full storage costs a snapshot at the next start, no more.
    }
  }
}
