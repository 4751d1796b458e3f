// What colleagues do right now. Replaced by every frame, gone by itself, never stored.
import type { Signals, SignalState } from "./frames.js";
import { Draft } from "./draft.js";
import type { LiveState } from "./state.js";

/** How long each lasts unless it is said again, in milliseconds. */
export const LASTS_MS: Record<SignalState, number> = { viewing: 30_000, typing: 6_000, replying: 60_000 };

export function putSignals(draft: Draft, frame: Signals, now: number): void {
  if ("presence" in frame) {
    for (const one of frame.presence) draft.record("presence")[one.user_id] = one;
  } else if (frame.agents.length === 0 && !frame.contact_typing) {
    delete draft.record("signals")[frame.conversation_id];
  } else {
    draft.record("signals")[frame.conversation_id] = {
      agents: frame.agents.map((agent) => ({ ...agent, expires_at: now + LASTS_MS[agent.state] })),
      contact_typing: frame.contact_typing,
    };
  }
}

/** Without the signals whose time is over; the same state when there are none. */
export function expireSignals(state: LiveState, now: number): LiveState {
  const draft = new Draft(state);
  let changed = false;
  for (const [id, { agents, contact_typing }] of Object.entries(state.signals)) {
    const left = agents.filter((agent) => agent.expires_at > now);
    if (left.length === agents.length) continue;
    changed = true;
    if (left.length === 0 && !contact_typing) delete draft.record("signals")[id];
    else draft.record("signals")[id] = { agents: left, contact_typing };
  }
  return changed ? draft.next : state;
}

/** When the next one ends; null: none will. */
export function nextExpiry(state: LiveState): number | null {
  const ends = Object.values(state.signals).flatMap(({ agents }) => agents.map((agent) => agent.expires_at));
  return ends.length === 0 ? null : Math.min(...ends);
}
