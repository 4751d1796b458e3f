// Where a client keeps what it knows between two lives. The cursor and the state it stands for are kept together: a cursor
// alone would resume past everything the state does not have.
import type { Cursor, LiveState } from "./state.js";

export interface Saved {
  cursor: Cursor;
  /** Null only for programs that read the stream for its events and keep no state. */
  state: LiveState | null;
  /** What was asked for; a state of another filter has other holes. */
  asked: string;
}

export interface LiveStorage {
  load(): Promise<Saved | null> | Saved | null;
  save(saved: Saved): Promise<void> | void;
  /** Somebody else is signed in, or the log is another. */
  clear(): Promise<void> | void;
}

export function memoryStorage(): LiveStorage {
  let kept: string | null = null;
  return {
    load: () => (kept === null ? null : (JSON.parse(kept) as Saved)),
    save: (saved) => void (kept = JSON.stringify(saved)),
    clear: () => void (kept = null),
  };
}

/**
 * In a browser. `sessionStorage` ends with the tab; in `localStorage` customers' names and words outlive it, and two tabs
 * must not share a key.
 */
export function webStorage(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">, key = "frontdesk-live"): LiveStorage {
  return {
    load: () => {
      const text = storage.getItem(key);
      return text === null ? null : (JSON.parse(text) as Saved);
    },
    save: (saved) => storage.setItem(key, JSON.stringify(saved)),
    clear: () => storage.removeItem(key),
  };
}
