// What a client knows: plain data, so that it can be compared, stored, and shown by any framework.
import type {
  Activity, AgentPresence, Colleague, Conversation, CountsNow, LiveUser, Message, Note, Notification, Section, SignalState,
  User,
} from "./frames.js";

/** A place in a log: everything up to it is in the state. */
export interface Cursor {
  log_id: string;
  pos: number;
}

/** Messages, notes and activities of a conversation that is open. */
export interface Timeline {
  messages: Record<string, Message>;
  notes: Record<string, Note>;
  /** By the position of their event. */
  activities: Record<string, Activity>;
  /** Something up to this position may be missing: read the newest page again. Null: nothing is. */
  stale_at: number | null;
}

/** What one colleague does in a conversation, until they say so again or the time is over. */
export interface SeenSignal {
  user_id: string;
  state: SignalState;
  since: string;
  expires_at: number;
}

export interface LiveState {
  /** `empty`: never connected. `syncing`: forgotten, snapshots are coming. `live`: whole. */
  phase: "empty" | "syncing" | "live";
  cursor: Cursor | null;
  user: LiveUser | null;
  me: User | null;
  /** Something of yourself that a colleague does not see has changed: read `GET /v1/me` again. Null: nothing has. */
  me_stale_at: number | null;
  counts: CountsNow | null;
  agents: Record<string, Colleague>;
  /** All that were told of, whatever view they are in: filter them for a list. */
  conversations: Record<string, Conversation>;
  notifications: Record<string, Notification>;
  /** Some up to this position may be missing: read the newest page again. Null: none are. */
  notifications_stale_at: number | null;
  /** Where a snapshot's list goes on over REST; null: it was whole. */
  next_cursors: Partial<Record<Section, string | null>>;
  /** By conversation: exactly the open ones. */
  timelines: Record<string, Timeline>;
  signals: Record<string, { agents: SeenSignal[]; contact_typing: boolean }>;
  presence: Record<string, AgentPresence>;
  /** What was typed and not sent, by conversation. The only thing a reset leaves. */
  drafts: Record<string, string>;
  /** By resource: the position it is known at. Also of what went out of sight, so that an older answer does not bring it back. */
  seen: Record<string, number>;
  /** REST answers from before this were given under rights, or in a log, that no longer hold. */
  floor: number;
}

/** Before everything. */
export const emptyState: LiveState = {
  phase: "empty",
  cursor: null,
  user: null,
  me: null,
  me_stale_at: null,
  counts: null,
  agents: {},
  conversations: {},
  notifications: {},
  notifications_stale_at: null,
  next_cursors: {},
  timelines: {},
  signals: {},
  presence: {},
  drafts: {},
  seen: {},
  floor: 0,
};

/** Later than every position: nothing that was read so far is enough. */
export const NOT_YET = Number.MAX_SAFE_INTEGER;

export function emptyTimeline(staleAt: number): Timeline {
  return { messages: {}, notes: {}, activities: {}, stale_at: staleAt };
}

/** Forgets all but the drafts and which conversations are open. */
export function cleared(state: LiveState, staleAt: number, floor: number): LiveState {
  const timelines: Record<string, Timeline> = {};
  for (const id of Object.keys(state.timelines)) timelines[id] = emptyTimeline(staleAt);
  return { ...emptyState, phase: "syncing", timelines, drafts: state.drafts, floor };
}

/** The open conversations are these from now on. What is newly open is to be read over REST. */
export function opened(state: LiveState, ids: readonly string[]): LiveState {
  const timelines: Record<string, Timeline> = {};
  for (const id of ids) timelines[id] = state.timelines[id] ?? emptyTimeline(NOT_YET);
  return { ...state, timelines };
}

/** What was open is to be read again, later than anything that is known yet. */
export function awaited(state: LiveState): LiveState {
  const timelines = { ...state.timelines };
  for (const [id, timeline] of Object.entries(timelines)) {
    if (timeline.stale_at !== null) timelines[id] = { ...timeline, stale_at: NOT_YET };
  }
  return { ...state, timelines };
}

/** Whole messages come from this position on: a timeline read at it or later misses nothing. */
export function effective(state: LiveState, pos: number): LiveState {
  const timelines = { ...state.timelines };
  for (const [id, timeline] of Object.entries(timelines)) {
    if (timeline.stale_at === NOT_YET) timelines[id] = { ...timeline, stale_at: pos };
  }
  return { ...state, timelines };
}

export function drafted(state: LiveState, conversation: string, text: string): LiveState {
  const drafts = { ...state.drafts };
  if (text === "") delete drafts[conversation];
  else drafts[conversation] = text;
  return { ...state, drafts };
}
