// A headless Chromium, driven over its DevTools protocol: a handful of commands, so no framework for them.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";

export class Chromium {
  #last = 0;
  readonly #answers = new Map<number, { resolve(result: any): void; reject(error: Error): void }>();

  private constructor(
    readonly socket: WebSocket,
    readonly quit: () => Promise<void>,
  ) {
    socket.on("message", (text) => {
      const { id, result, error } = JSON.parse(String(text));
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      if (error) answer?.reject(new Error(JSON.stringify(error)));
      else answer?.resolve(result);
    });
  }

  static async start(path: string): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), "frontdesk-chromium-"));
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"];
    const child = spawn(path, [...flags, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const quit = async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      // The whole group: a renderer that outlives the browser goes on writing into the profile.
      try {
        process.kill(-child.pid!, "SIGKILL");
        await gone;
      } catch {
        // It was gone already.
      }
      try {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      } catch (error) {
        console.error(`a temporary folder is left behind: ${error}`);
      }
    };
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        const found = said.match(/DevTools listening on (ws:\S+)/)?.[1];
        if (found) resolve(found);
      });
      child.once("exit", () => reject(new Error(`chromium does not start: ${said.slice(-2_000)}`)));
    });
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new Chromium(socket, quit);
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = ++this.#last;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  async tab(url: string): Promise<Tab> {
    const { targetId } = await this.send("Target.createTarget", { url });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return new Tab(this, sessionId);
  }
}

export class Tab {
  constructor(
    readonly browser: Chromium,
    readonly session: string,
  ) {}

  send(method: string, params: object = {}): Promise<any> {
    return this.browser.send(method, params, this.session);
  }

  /** What an expression, or its promise, gives. */
  async ask<T = any>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails.exception ?? exceptionDetails));
    return result.value;
  }

  /** The same as soon as it is true; a page that is not there yet has no answer, and one that goes away loses it. */
  async first<T = any>(expression: string): Promise<T> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const value = await this.ask<T>(expression).catch(() => null);
      if (value) return value;
      if (Date.now() > deadline) throw new Error(`not in time: ${expression}`);
    }
  }

  async offline(offline: boolean): Promise<void> {
    await this.send("Network.enable");
    await this.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  }
}
