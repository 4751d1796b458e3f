// What a closed connection means. The verdict is in the range of the code, so that codes of newer servers work as well.
import type { Bye } from "./frames.js";

/** A batch did not begin where the one before ended: ours, to come back and resume. */
export const CHAIN_BROKEN = 4900;

export interface Verdict {
  /** `resume`: come back. `refresh`: come back with a newer token. `sign_in`: after somebody has signed in. `stop`: never. */
  next: "resume" | "refresh" | "sign_in" | "stop";
  /** Whether the cursor still counts. */
  resume: boolean;
  /** The server's advice; null: back off. */
  after_ms: number | null;
}

export function verdict(code: number, bye: Bye | null): Verdict {
  const told = bye?.code ?? code;
  const after_ms = bye !== null && bye.after_ms > 0 ? bye.after_ms : null;
  return { next: nextOf(told, bye), resume: bye?.resume ?? true, after_ms };
}

function nextOf(code: number, bye: Bye | null): Verdict["next"] {
  if (code === 4100) return "refresh";
  if (code >= 4100 && code <= 4199) return "sign_in";
  if (code >= 4200 && code <= 4299) return "stop";
  // Everything else is the network's doing, or a server's that means to be back: 1006, 1001, 4000 to 4099.
  return bye?.reconnect === false ? "stop" : "resume";
}

/** Full jitter, so that the clients of a server that fell do not come back together. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(30_000, 500 * 2 ** attempt));
}
