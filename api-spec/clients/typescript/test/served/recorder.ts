// Writes down what a member's connection said and heard, as a session of `fixtures/live/`.
import { writeFileSync } from "node:fs";
import { WebSocket } from "ws";
import type { LiveState, SocketLike } from "../../src/index.js";
import type { Step } from "../kit.js";

export class Recorder {
  readonly #steps: Step[] = [];

  step(step: Step): void {
    this.#steps.push(step);
  }

  /** Everything that passes through a socket; what the other end, or the network, does to it as well. */
  listen(socket: WebSocket): void {
    let left = false;
    const { send, close } = { send: socket.send.bind(socket), close: socket.close.bind(socket) };
    Object.assign(socket, {
      send: (text: string) => {
        const { type, resume, open } = JSON.parse(text);
        this.step({ says: { type, ...(resume && { resume }), ...(open && { open }) } });
        send(text);
      },
      close: (code: number) => {
        left = true;
        close(code);
      },
    } satisfies Partial<SocketLike>);
    socket.once("open", () => this.step({ opens: true }));
    socket.on("message", (text) => this.step({ told: JSON.parse(String(text)) }));
    socket.once("close", (code) => left || this.step({ closes: code }));
  }

  /** Into `FRONTDESK_RECORD`, if that is set. */
  write(name: string, about: string, state: LiveState): void {
    const folder = process.env["FRONTDESK_RECORD"];
    if (!folder) return;
    const { cursor, me, counts, agents, conversations, notifications, timelines } = state;
    const ids = { conversations: Object.keys(conversations), notifications: Object.keys(notifications), timelines: Object.keys(timelines) };
    const steps = [...this.#steps, { state: { cursor, me, counts, agents, conversations, notifications, timelines } }, { ids }];
    const lines = steps.map((step) => JSON.stringify(step)).join(",\n");
    writeFileSync(`${folder}/${name}.json`, `{"about": ${JSON.stringify(about)}, "steps": [\n${lines}\n]}\n`);
  }
}
