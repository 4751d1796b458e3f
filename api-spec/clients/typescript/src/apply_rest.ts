// Answers of the REST API, merged with what the stream told: whichever is newer wins, in whatever order they arrive.
import type { Conversation, ConversationPage, Message, Note, NotificationPage, TimelinePage, User } from "./frames.js";
import { Draft } from "./draft.js";
import type { Cursor, LiveState, Timeline } from "./state.js";

export type RestAnswer =
  /** `GET /v1/conversations` */
  | { kind: "conversations"; body: ConversationPage }
  /** One row, also as the answer to a change. */
  | { kind: "conversation"; body: Conversation }
  /** `GET /v1/conversations/{conversation_id}/timeline`; `older`: a page that continues another. */
  | { kind: "timeline"; conversation_id: string; body: TimelinePage; older?: boolean }
  | { kind: "message"; body: Message }
  | { kind: "note"; body: Note }
  /** The newest page of `GET /v1/notifications` */
  | { kind: "notifications"; body: NotificationPage }
  /** `GET /v1/me` */
  | { kind: "me"; body: User }
  /** 404 for a conversation. */
  | { kind: "gone"; conversation_id: string };

/** The position of an answer, from its headers (readable from other origins too). */
export function positionOf(headers: { get(name: string): string | null }): Cursor {
  const log_id = headers.get("frontdesk-log");
  const pos = headers.get("frontdesk-position");
  if (log_id === null || pos === null) throw new Error("not an answer of frontdesk: it has no position");
  return { log_id, pos: Number(pos) };
}

export function applyRest(state: LiveState, at: Cursor, answer: RestAnswer): LiveState {
  // Of another log, or of rights that are no more.
  if (at.pos < state.floor || (state.cursor !== null && state.cursor.log_id !== at.log_id)) return state;
  const draft = new Draft(state);
  switch (answer.kind) {
    case "conversations":
      for (const row of answer.body.data) putRow(draft, row, at.pos);
      break;
    case "conversation":
      putRow(draft, answer.body, at.pos);
      break;
    case "timeline":
      if (!hasLeft(draft, answer.conversation_id, at.pos)) putTimeline(draft, at.pos, answer);
      break;
    case "message": {
      const timeline = openTimeline(draft, answer.body.conversation_id, at.pos);
      if (timeline) putMessage(draft, timeline, answer.body, at.pos);
      break;
    }
    case "note": {
      const timeline = openTimeline(draft, answer.body.conversation_id, at.pos);
      if (timeline) putNote(draft, timeline, answer.body, at.pos);
      break;
    }
    case "notifications":
      for (const one of answer.body.data) {
        if (isOlder(draft, one.id, at.pos)) continue;
        draft.record("notifications")[one.id] = one;
        draft.note(one.id, at.pos);
      }
      if (at.pos >= (draft.next.notifications_stale_at ?? 0)) draft.next.notifications_stale_at = null;
      break;
    case "me":
      if (isOlder(draft, "me", at.pos)) break;
      draft.next.me = answer.body;
      draft.note("me", at.pos);
      if (at.pos >= (draft.next.me_stale_at ?? 0)) draft.next.me_stale_at = null;
      break;
    case "gone":
      if (isOlder(draft, answer.conversation_id, at.pos)) break;
      draft.forget(answer.conversation_id);
      draft.note(answer.conversation_id, at.pos);
      break;
  }
  return draft.next;
}

function isOlder(draft: Draft, id: string, pos: number): boolean {
  return pos < (draft.next.seen[id] ?? 0);
}

/** Whether it went out of sight at this position or later. */
function hasLeft(draft: Draft, id: string, pos: number): boolean {
  return draft.next.conversations[id] === undefined && pos <= (draft.next.seen[id] ?? -1);
}

function openTimeline(draft: Draft, id: string, pos: number): Timeline | undefined {
  return hasLeft(draft, id, pos) ? undefined : draft.timeline(id);
}

/** A higher version is newer whatever the positions say; one version can differ in what is the reader's own. */
function isStale(draft: Draft, known: { version: number } | undefined, one: { id: string; version: number }, pos: number): boolean {
  if (known === undefined) return false;
  return one.version < known.version || (one.version === known.version && isOlder(draft, one.id, pos));
}

function putRow(draft: Draft, row: Conversation, pos: number): void {
  if (hasLeft(draft, row.id, pos) || isStale(draft, draft.next.conversations[row.id], row, pos)) return;
  draft.record("conversations")[row.id] = row;
  draft.note(row.id, pos);
}

function putMessage(draft: Draft, timeline: Timeline, message: Message, pos: number): void {
  if (isStale(draft, timeline.messages[message.id], message, pos)) return;
  timeline.messages[message.id] = message;
  draft.note(message.id, pos);
}

function putNote(draft: Draft, timeline: Timeline, note: Note, pos: number): void {
  if (isStale(draft, timeline.notes[note.id], note, pos)) return;
  timeline.notes[note.id] = note;
  draft.note(note.id, pos);
}

function putTimeline(draft: Draft, pos: number, answer: RestAnswer & { kind: "timeline" }): void {
  const timeline = draft.timeline(answer.conversation_id);
  if (!timeline) return;
  const { data, page } = answer.body;
  if (!answer.older && timeline.stale_at !== null && pos >= timeline.stale_at) {
    // Between what is held and this page there may be a hole, and what is held may have changed: what is older than the
    // page is read again when somebody scrolls there.
    const oldest = page.next_cursor === null ? 0 : Math.min(...data.map((entry) => entry.pos));
    dropOlder(timeline.messages, (message) => message.pos < oldest);
    dropOlder(timeline.notes, (note) => note.pos < oldest);
    dropOlder(timeline.activities, (_, at) => Number(at) < oldest);
    timeline.stale_at = null;
  }
  for (const entry of data) {
    if (entry.message) putMessage(draft, timeline, entry.message, pos);
    if (entry.note) putNote(draft, timeline, entry.note, pos);
    if (entry.activity) timeline.activities[entry.pos] = entry.activity;
  }
}

function dropOlder<T>(entries: Record<string, T>, isOlder: (entry: T, key: string) => boolean): void {
  for (const [key, entry] of Object.entries(entries)) if (isOlder(entry, key)) delete entries[key];
}
