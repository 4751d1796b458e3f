// A running desk: the server and the simulated WhatsApp from one binary, on free ports of this machine, with one number
// connected. What is started here is stopped here.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { positionOf } from "../../src/index.js";
import type { Cursor } from "../../src/index.js";

export const ADMIN = { email: "ada@desk.example", password: "seven green boats drift" };
const APP = { app_id: "app", app_secret: "app-secret", access_token: "app-token" };
const NUMBER = { phone_number_id: "106540352242922", waba_id: "102290129340398", display: "15550783881" };

export interface Answer<T = any> {
  status: number;
  at: Cursor;
  body: T;
}

/** Somebody's way to the REST API. */
export class Api {
  token = "";
  refreshToken = "";
  constructor(readonly base: string) {}

  async call<T = any>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    if (method === "POST") headers["idempotency-key"] = crypto.randomUUID();
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await fetch(this.base + path, init);
    const text = await answer.text();
    return { status: answer.status, at: positionOf(answer.headers), body: text === "" ? null : JSON.parse(text) };
  }

  /** One that has to succeed. */
  async ok<T = any>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async signIn(email: string, password: string): Promise<void> {
    const { body } = await this.ok("POST", "/v1/auth/login", { email, password });
    this.token = body.access_token;
    this.refreshToken = body.refresh_token;
  }

  async refresh(): Promise<void> {
    const { body } = await this.ok("POST", "/v1/auth/refresh", { refresh_token: this.refreshToken });
    this.token = body.access_token;
    this.refreshToken = body.refresh_token;
  }
}

export class Desk {
  readonly #children: ChildProcess[] = [];
  readonly #data = mkdtempSync(join(tmpdir(), "frontdesk-live-client-"));
  #server: ChildProcess | null = null;
  base = "";
  #simulator = "";
  #messages = 0;

  private constructor(
    readonly binary: string,
    readonly origins: string[],
  ) {}

  /** `origins`: web pages that may call. */
  static async start(binary: string, origins: string[] = []): Promise<Desk> {
    const desk = new Desk(binary, origins);
    await desk.serve("127.0.0.1:0");
    desk.#simulator = await desk.#run(["simulate", "whatsapp", "--bind", "127.0.0.1:0"], {}).then(({ address }) => address);
    const admin = await desk.signedIn(ADMIN.email, ADMIN.password);
    await desk.#sim("/sim/apps", APP);
    await desk.#sim("/sim/numbers", { ...NUMBER, app_id: APP.app_id });
    const { app_id, ...credentials } = APP;
    await admin.ok("POST", "/v1/channels", {
      type: "whatsapp",
      name: "Support",
      phone_e164: `+${NUMBER.display}`,
      graph_base_url: desk.#simulator,
      credentials: { phone_number_id: NUMBER.phone_number_id, waba_id: NUMBER.waba_id, verify_token: "verify", ...credentials },
    });
    await desk.#sim(`/sim/apps/${app_id}/subscription`, { callback_url: `${desk.base}/v1/inbound/whatsapp`, verify_token: "verify" });
    return desk;
  }

  /** Starts the server on its data, for the first time or again. */
  async serve(bind = this.base.replace("http://", "")): Promise<void> {
    const { child, address } = await this.#run(["serve"], {
      FRONTDESK__DATA_DIR: join(this.#data, "desk"),
      FRONTDESK__MASTER_KEY: "ab".repeat(32),
      FRONTDESK__SERVER__BIND: bind,
      FRONTDESK__SERVER__ALLOWED_ORIGINS: this.origins.join(","),
      FRONTDESK__BOOTSTRAP__EMAIL: ADMIN.email,
      FRONTDESK__BOOTSTRAP__PASSWORD: ADMIN.password,
      FRONTDESK__LOGGING__LEVEL: "warn",
    });
    this.#server = child;
    this.base = address;
  }

  /** Ends the server the way an operator does, or the way a power cut does. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.#server) await ended(this.#server, signal);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) await ended(child, "SIGTERM");
    rmSync(this.#data, { recursive: true, force: true });
  }

  async signedIn(email: string, password: string): Promise<Api> {
    const api = new Api(this.base);
    await api.signIn(email, password);
    return api;
  }

  get liveUrl(): string {
    return `${this.base.replace("http", "ws")}/v1/live`;
  }

  /** A customer writes in the simulated WhatsApp, which sends its webhook and, later, the ticks of our answers. */
  async customerWrites(phone: string, name: string, text: string): Promise<void> {
    await this.#sim("/sim/messages", { phone_number_id: NUMBER.phone_number_id, phone, name, type: "text", content: { body: text } });
  }

  /** The same as a webhook made by hand and signed: it is in the log when this is done. */
  async webhook(phone: string, name: string, text: string): Promise<void> {
    const value = {
      messaging_product: "whatsapp",
      metadata: { display_phone_number: NUMBER.display, phone_number_id: NUMBER.phone_number_id },
      contacts: [{ profile: { name }, wa_id: phone }],
      messages: [{ from: phone, id: `wamid.HAND${++this.#messages}`, timestamp: String(Math.floor(Date.now() / 1000)), type: "text", text: { body: text } }],
    };
    const body = JSON.stringify({ object: "whatsapp_business_account", entry: [{ id: NUMBER.waba_id, changes: [{ field: "messages", value }] }] });
    const signature = createHmac("sha256", APP.app_secret).update(body).digest("hex");
    const answer = await fetch(`${this.base}/v1/inbound/whatsapp`, { method: "POST", headers: { "x-hub-signature-256": `sha256=${signature}` }, body });
    if (answer.status !== 200) throw new Error(`webhook: ${answer.status}`);
  }

  async #sim(path: string, body: unknown): Promise<void> {
    const root = new URL(this.#simulator).origin;
    const answer = await fetch(root + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  #run(args: string[], env: Record<string, string>): Promise<{ child: ChildProcess; address: string }> {
    const child = spawn(this.binary, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let said = "";
      child.stdout!.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        const address = said.match(/listening on (http\S+)/)?.[1];
        if (address) resolve({ child, address });
      });
      child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code}: ${said}`)));
    });
  }
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
