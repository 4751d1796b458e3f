// What the connection needs of the world, each replaceable: sockets, time, chance, and the moment a device wakes up.

/** The part of a WebSocket that is used; browsers' and the `ws` package's both have it. */
export interface SocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface Environment {
  socket(url: string, protocols: string[]): SocketLike;
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  setTimer(ms: number, run: () => void): unknown;
  clearTimer(timer: unknown): void;
  /** Calls whenever the network is back or the page is seen again; gives what ends that. */
  onWake(run: () => void): () => void;
  /** Calls when the page may not live on. */
  onHide(run: () => void): () => void;
}

/** This browser's, or this Node's with a `WebSocket` put in. */
export function defaultEnvironment(WebSocketClass?: new (url: string, protocols: string[]) => SocketLike): Environment {
  return {
    socket: (url, protocols) => new (WebSocketClass ?? (WebSocket as never))(url, protocols),
    now: () => Date.now(),
    random: () => Math.random(),
    setTimer: (ms, run) => setTimeout(run, ms),
    clearTimer: (timer) => clearTimeout(timer as number),
    onWake: (run) => {
      if (typeof document === "undefined") return () => {};
      const seen = () => document.visibilityState === "visible" && run();
      addEventListener("online", run);
      document.addEventListener("visibilitychange", seen);
      return () => {
        removeEventListener("online", run);
        document.removeEventListener("visibilitychange", seen);
      };
    },
    onHide: (run) => {
      if (typeof document === "undefined") return () => {};
      addEventListener("pagehide", run);
      return () => removeEventListener("pagehide", run);
    },
  };
}
