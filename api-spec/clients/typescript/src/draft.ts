// A state being changed: records are copied the first time they are written to, and the old state stays as it was.
import type { Conversation, Message, Note } from "./frames.js";
import type { LiveState, Timeline } from "./state.js";

type Records = "agents" | "conversations" | "notifications" | "next_cursors" | "timelines" | "signals" | "presence" | "seen";

export class Draft {
  readonly next: LiveState;
  readonly #before: Record<string, number>;
  readonly #own = new Set<string>();

  constructor(before: LiveState) {
    this.next = { ...before };
    this.#before = before.seen;
  }

  record<K extends Records>(name: K): LiveState[K] {
    if (!this.#own.has(name)) {
      this.#own.add(name);
      this.next[name] = { ...this.next[name] };
    }
    return this.next[name];
  }

  /**
   * Whether news of this position are news, which from then on is noted. Judged by what was known when the draft was
   * begun: several items of one position come from one event, and each of them counts.
   */
  isNews(id: string, pos: number): boolean {
    if (pos <= (this.#before[id] ?? 0)) return false;
    this.note(id, pos);
    return true;
  }

  /** That this is known as of a position. */
  note(id: string, pos: number): void {
    if (pos > (this.next.seen[id] ?? 0)) this.record("seen")[id] = pos;
  }

  conversation(row: Conversation): void {
    const known = this.next.conversations[row.id];
    if (known === undefined || row.version >= known.version) this.record("conversations")[row.id] = row;
  }

  /** Out of sight, with everything in it. What is known of its position stays. */
  forget(id: string): void {
    delete this.record("conversations")[id];
    delete this.record("signals")[id];
    delete this.record("timelines")[id];
    for (const one of Object.values(this.next.notifications)) {
      if (one.conversation_id === id) delete this.record("notifications")[one.id];
    }
  }

  timeline(id: string): Timeline | undefined {
    const timeline = this.next.timelines[id];
    if (timeline === undefined || this.#own.has(`timeline ${id}`)) return timeline;
    this.#own.add(`timeline ${id}`);
    const { messages, notes, activities } = timeline;
    const copy = { ...timeline, messages: { ...messages }, notes: { ...notes }, activities: { ...activities } };
    return (this.record("timelines")[id] = copy);
  }

  message(timeline: Timeline, message: Message): void {
    const known = timeline.messages[message.id];
    if (known === undefined || message.version >= known.version) timeline.messages[message.id] = message;
  }

  noteOf(timeline: Timeline, note: Note): void {
    const known = timeline.notes[note.id];
    if (known === undefined || note.version >= known.version) timeline.notes[note.id] = note;
  }

  stale(id: string, pos: number): void {
    const timeline = this.timeline(id);
    if (timeline) timeline.stale_at = Math.max(timeline.stale_at ?? 0, pos);
  }
}
