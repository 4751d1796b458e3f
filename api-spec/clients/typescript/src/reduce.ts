// The reducer: a state and a frame give the next state. Pure; the time is an argument and only signals ask for it.
import type { Batch, Colleague, CountsNow, Conversation, EventItem, Frame, Item, Notification, Snapshot, User } from "./frames.js";
import { Draft } from "./draft.js";
import { putSignals } from "./signals.js";
import { cleared, effective, NOT_YET } from "./state.js";
import type { LiveState } from "./state.js";

/** Whether a batch begins where the state ends. One that does not is not applied: close with 4900 and resume. */
export function follows(state: LiveState, batch: Batch): boolean {
  return state.cursor !== null && state.cursor.pos === batch.prev;
}

export function reduce(state: LiveState, frame: Frame, now: number): LiveState {
  switch (frame.type) {
    case "ready": {
      const cursor = { log_id: frame.log_id, pos: frame.pos };
      if (frame.mode === "snapshot") return { ...cleared(state, frame.pos, frame.pos), cursor, user: frame.user };
      // What colleagues do is told anew on every connection, where they still do it.
      const kept = { ...effective(state, frame.pos), signals: {}, presence: {} };
      return { ...kept, phase: "live", cursor: state.cursor ?? cursor, user: frame.user };
    }
    case "snapshot": {
      const draft = new Draft(state);
      putSection(draft, frame);
      if (frame.last) draft.next.phase = "live";
      return draft.next;
    }
    case "batch": {
      if (!follows(state, frame) || state.cursor === null) return state;
      const draft = new Draft(state);
      for (const item of frame.items) putItem(draft, item);
      draft.next.cursor = { log_id: state.cursor.log_id, pos: frame.pos };
      // A snapshot of no sections has no last one.
      draft.next.phase = "live";
      return draft.next;
    }
    case "signals": {
      const draft = new Draft(state);
      putSignals(draft, frame, now);
      return draft.next;
    }
    case "reset":
      return cleared(state, NOT_YET, frame.head_pos);
    case "reply":
    case "notice":
    case "bye":
      return state;
    default:
      // A frame of a newer server.
      return state;
  }
}

function putSection(draft: Draft, { section, pos, data, next_cursor }: Snapshot): void {
  switch (section) {
    case "me":
      draft.next.me = data as User;
      draft.next.me_stale_at = null;
      draft.note("me", pos);
      return;
    case "counts":
      if (pos < (draft.next.seen["counts"] ?? 0)) return;
      draft.next.counts = data as CountsNow;
      draft.note("counts", pos);
      return;
    case "agents":
      for (const agent of data as Colleague[]) {
        draft.record("agents")[agent.id] = agent;
        draft.note(agent.id, pos);
      }
      return;
    case "notifications":
      for (const notification of data as Notification[]) {
        draft.record("notifications")[notification.id] = notification;
        draft.note(notification.id, pos);
      }
      draft.record("next_cursors")[section] = next_cursor;
      return;
    case "conversations:all":
    case "conversations:mine":
    case "conversations:unassigned":
    case "conversations:mentions":
      for (const row of data as Conversation[]) {
        draft.conversation(row);
        draft.note(row.id, pos);
      }
      draft.record("next_cursors")[section] = next_cursor;
      return;
    default:
      // A section of a newer server.
      return;
  }
}

function putItem(draft: Draft, item: Item): void {
  switch (item.kind) {
    case "event":
      putEvent(draft, item);
      return;
    case "enter":
      if (draft.isNews(item.id, item.pos)) draft.conversation(item.snapshot);
      // Here before, perhaps, and what was said of it then is not said again.
      if (item.messages_stale) {
        draft.stale(item.id, item.pos);
        draft.next.notifications_stale_at = item.pos;
      }
      return;
    case "leave":
      if (draft.isNews(item.id, item.pos)) draft.forget(item.id);
      return;
    default:
      // A kind of a newer server.
      return;
  }
}

/** By what it carries, not by its type: types that this client does not know work as well. */
function putEvent(draft: Draft, { pos, event }: EventItem): void {
  const { conversation, data } = event;
  if (conversation !== null && draft.isNews(conversation.id, pos)) draft.conversation(conversation);
  putIntoTimeline(draft, pos, event);
  const me = draft.next.me;
  if (me && event.subject === `users/${me.id}` && !data.notification_id && pos > (draft.next.seen["me"] ?? 0)) {
    draft.next.me_stale_at = pos;
  }
  if (data.user && draft.isNews(data.user.id, pos)) putColleague(draft, data.user);
  if (data.notification && draft.isNews(data.notification.id, pos)) {
    draft.record("notifications")[data.notification.id] = data.notification;
  }
  if (data.notification_id) putRead(draft, data.notification_id, data.older_too ?? false, event.time);
}

function putIntoTimeline(draft: Draft, pos: number, { conversation, data, data_truncated, subject }: EventItem["event"]): void {
  const id = data.conversation_id ?? conversation?.id ?? subject.match(/^conversations\/(conv_[0-9a-z]+)$/)?.[1];
  const timeline = id ? draft.timeline(id) : undefined;
  if (!id || !timeline) return;
  if (data.message && draft.isNews(data.message.id, pos)) draft.message(timeline, data.message);
  if (data.note && draft.isNews(data.note.id, pos)) draft.noteOf(timeline, data.note);
  if (data.activity) timeline.activities[pos] = data.activity;
  // Told of without its words: only the timeline itself can say.
  const thin = (data.message_id && !data.message) || (data.note_id && !data.note) || data_truncated;
  if (thin) draft.stale(id, pos);
}

/** A colleague as they are now, also where their name stands in a row. */
function putColleague(draft: Draft, user: Colleague): void {
  draft.record("agents")[user.id] = user;
  const me = draft.next.me;
  if (me?.id === user.id) draft.next.me = { ...me, name: user.name, role: user.role };
  for (const row of Object.values(draft.next.conversations)) {
    if (row.assignee?.id === user.id && row.assignee.name !== user.name) {
      draft.record("conversations")[row.id] = { ...row, assignee: { ...row.assignee, name: user.name } };
    }
  }
}

function putRead(draft: Draft, id: string, olderToo: boolean, time: string): void {
  const upTo = draft.next.notifications[id];
  for (const one of Object.values(draft.next.notifications)) {
    const meant = one.id === id || (olderToo && upTo !== undefined && one.pos <= upTo.pos);
    if (meant && one.read_at === null) draft.record("notifications")[one.id] = { ...one, read_at: time };
  }
}
