// What lies between a page and the desk: a web server for the page, and a line that can be cut, because a browser's
// "offline" leaves open WebSockets alone.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { connect, createServer as createLine } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

const portOf = (server: Pick<Server, "address">) => (server.address() as AddressInfo).port;
const listening = (server: Pick<Server, "listen">) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

export class Pages {
  readonly #server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://pages").pathname;
    const [file, type] = path === "/" ? [page, "text/html"] : [new URL(`.${path}`, compiled), "text/javascript"];
    try {
      const body = await readFile(file);
      response.writeHead(200, { "content-type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });

  async start(): Promise<void> {
    await listening(this.#server);
  }

  /** As the browser names it; `host` is one of this machine's names. */
  origin(host = "127.0.0.1"): string {
    return `http://${host}:${portOf(this.#server)}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** The compiled client, and beside its tests the page as it was written. */
const compiled = new URL("../../src/", import.meta.url);
const page = new URL("../../../test/served/page.html", import.meta.url);

export class Line {
  #target = 0;
  #cut = false;
  readonly #sockets = new Set<Socket>();
  readonly #server = createLine((near) => {
    if (this.#cut) return near.destroy();
    const far = connect(this.#target, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    return;
  });

  async start(target: string): Promise<string> {
    this.#target = Number(new URL(target).port);
    await listening(this.#server);
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#cut = false;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
