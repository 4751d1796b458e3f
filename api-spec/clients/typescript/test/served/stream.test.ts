// The client against the real server, over real sockets. Wants `FRONTDESK_BINARY`, the path of the built binary.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN, Desk } from "./desk.js";
import type { Api } from "./desk.js";
import { Member } from "./member.js";

const PASSWORD = "eleven quiet lamps hum";
let desk: Desk;
let admin: Api;
let ada: Member;
const members: Member[] = [];

async function member(name: string, role: string): Promise<{ id: string; member: Member }> {
  const email = `${name.toLowerCase()}@desk.example`;
  const { body } = await admin.ok("POST", "/v1/users", { name, email, role, password: PASSWORD });
  const one = new Member(await desk.signedIn(email, PASSWORD), desk);
  members.push(one);
  return { id: body.id, member: one };
}

before(async () => {
  desk = await Desk.start(process.env["FRONTDESK_BINARY"] ?? "");
  admin = await desk.signedIn(ADMIN.email, ADMIN.password);
  ada = new Member(admin, desk);
  members.push(ada);
});

after(async () => {
  for (const one of members) one.client.stop();
  await desk?.stop();
});

test("what happens is on the screen, as REST tells it", async () => {
  await ada.live();
  assert.equal(ada.last("ready")?.mode, "snapshot");
  await desk.customerWrites("4915112345678", "Kim", "Is the blue kettle back?");
  await desk.webhook("4915112345679", "Lou", "My order is late");
  await ada.until("both rows", () => ada.row("Kim") !== undefined && ada.row("Lou") !== undefined);
  assert.equal(ada.row("Kim")?.unread_count, 1);
  await ada.equalsRest();
});

test("an open conversation's messages arrive whole, and an answer is known by its client_ref", async () => {
  const kim = ada.row("Kim")!.id;
  const from = await ada.open([kim]);
  const timeline = await admin.ok("GET", `/v1/conversations/${kim}/timeline`);
  assert.ok(timeline.at.pos >= from);
  ada.apply(timeline.at, { kind: "timeline", conversation_id: kim, body: timeline.body });
  assert.equal(ada.state.timelines[kim]!.stale_at, null);

  await admin.ok("POST", `/v1/conversations/${kim}/claim`);
  await admin.ok("POST", `/v1/conversations/${kim}/messages`, { type: "text", text: { body: "On Monday." }, client_ref: "mine-1" });
  const answer = () => Object.values(ada.state.timelines[kim]!.messages).find((message) => message.client_ref === "mine-1");
  await ada.until("read by Kim", () => answer()?.status === "read");
  const told = await admin.ok("GET", `/v1/messages/${answer()!.id}`);
  assert.deepEqual(answer(), told.body);
  await admin.ok("POST", `/v1/conversations/${kim}/notes`, { body: "Kim is patient" });
  await ada.until("the note", () => Object.values(ada.state.timelines[kim]!.notes).length === 1);
  await ada.equalsRest();
  const whole = await admin.ok("GET", `/v1/conversations/${kim}/timeline?limit=200`);
  const { messages, notes, activities } = ada.state.timelines[kim]!;
  const entries = (kind: string) => whole.body.data.filter((entry: any) => entry.kind === kind);
  assert.deepEqual(messages, Object.fromEntries(entries("message").map((entry: any) => [entry.message.id, entry.message])));
  assert.deepEqual(notes, Object.fromEntries(entries("note").map((entry: any) => [entry.note.id, entry.note])));
  assert.deepEqual(activities, Object.fromEntries(entries("activity").map((entry: any) => [entry.pos, entry.activity])));
});

test("what happened while the line was cut is made up for", async () => {
  const [kim, lou] = [ada.row("Kim")!.id, ada.row("Lou")!.id];
  await ada.unplug();
  const { pos } = ada.state.cursor!;
  await desk.webhook("4915112345678", "Kim", "Which Monday?");
  await desk.webhook("4915112345680", "Max", "Hello");
  await admin.ok("PUT", `/v1/conversations/${lou}/tags/late`);
  await admin.ok("PUT", `/v1/conversations/${lou}/priority`, { priority: "high" });
  await admin.ok("PUT", `/v1/conversations/${kim}/status`, { status: "pending" });
  assert.equal(ada.state.cursor!.pos, pos);
  ada.plugIn();
  await ada.live();
  assert.equal(ada.last("ready")?.mode, "resumed");
  await ada.until("Max", () => ada.row("Max") !== undefined);
  await ada.equalsRest();
  assert.ok(Object.values(ada.state.timelines[kim]!.messages).some((message: any) => message.text?.body === "Which Monday?"));
});

test("resuming gives what beginning anew gives", async () => {
  const fresh = new Member(admin, desk);
  members.push(fresh);
  await fresh.live();
  await fresh.equalsRest();
  await ada.equalsRest();
  const of = ({ state: { agents, counts, conversations, me, notifications } }: Member) =>
    structuredClone({ agents, counts, conversations, me, notifications });
  await ada.until("the same counts", () => ada.state.counts?.conversations.all.total === fresh.state.counts?.conversations.all.total);
  const [was, is] = [of(ada), of(fresh)];
  for (const one of [was, is]) for (const counted of Object.values(one.counts ?? {})) counted.as_of = 0;
  assert.deepEqual(was, is);
  fresh.client.stop();
});

test("conversations come and go with an Operator's assignments, and a new role begins anew on the same connection", async () => {
  const { id, member: olga } = await member("Olga", "operator");
  await olga.live();
  assert.deepEqual(olga.state.conversations, {});
  const max = ada.row("Max")!.id;
  await admin.ok("PUT", `/v1/conversations/${max}/assignment`, { assignee_id: id });
  await olga.until("Max", () => olga.row("Max") !== undefined);
  await olga.equalsRest();
  await admin.ok("PUT", `/v1/conversations/${max}/assignment`, { assignee_id: null });
  await olga.until("Max is gone", () => olga.row("Max") === undefined);
  await olga.equalsRest();

  await olga.unplug();
  await admin.ok("PUT", `/v1/conversations/${ada.row("Lou")!.id}/assignment`, { assignee_id: id });
  olga.plugIn();
  await olga.live();
  assert.equal(olga.last("ready")?.mode, "resumed");
  await olga.until("Lou", () => olga.row("Lou") !== undefined);
  await olga.equalsRest();

  olga.draft(max, "Dear Max");
  const connections = olga.connections;
  await admin.ok("PUT", `/v1/users/${id}/role`, { role: "agent" });
  await olga.until("reset", () => olga.last("reset")?.reason === "scope_changed");
  await olga.until("more to see", () => olga.row("Kim") !== undefined);
  await olga.live();
  assert.equal(olga.connections, connections);
  assert.equal(olga.state.drafts[max], "Dear Max");
  await olga.equalsRest();

  await admin.ok("PUT", `/v1/conversations/${max}/assignment`, { assignee_id: id });
  await ada.until("Olga's name", () => ada.row("Max")?.assignee?.name === "Olga");
  await admin.ok("PATCH", `/v1/users/${id}`, { name: "Olga B." });
  await ada.until("Olga's new name", () => ada.row("Max")?.assignee?.name === "Olga B.");
  await ada.equalsRest();
  await olga.equalsRest();
  ada.recorder.write("recorded-inbox", "recorded: a conversation is answered, the line is cut, a colleague joins", ada.state);
  olga.recorder.write("recorded-rights", "recorded: an Operator's assignments come and go, then she becomes an Agent", olga.state);
});

test("colleagues see who types, and when it is over", async () => {
  const olga = members.at(-1)!;
  const lou = ada.row("Lou")!.id;
  olga.client.signal("typing", lou);
  await ada.until("typing", () => ada.state.signals[lou]?.agents[0]?.state === "typing");
  olga.client.signal("stop", lou);
  await ada.until("nobody types", () => ada.state.signals[lou] === undefined);
  olga.client.signal("viewing", lou);
  await ada.until("viewing", () => ada.state.signals[lou]?.agents[0]?.state === "viewing");
  const id = olga.state.me!.id;
  await ada.until("Olga is here", () => ada.state.presence[id]?.state === "online");
  olga.client.stop();
  await ada.until("nobody is there", () => ada.state.signals[lou] === undefined);
  await ada.until("Olga left", () => (ada.state.presence[id]?.state ?? "offline") === "offline");
  await olga.live();
});

test("a session that is ended ends the connection, until somebody signs in", async () => {
  const olga = members.at(-1)!;
  await olga.api.ok("POST", "/v1/auth/logout");
  await olga.until("signed out", () => olga.client.status.kind === "signed_out");
  await desk.webhook("4915112345680", "Max", "Still there?");
  await olga.api.signIn("olga@desk.example", PASSWORD);
  await olga.live();
  await olga.equalsRest();
});

test("a server that stops says so, one that dies does not; the clients come back to the next one either way", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await desk.end(signal);
    await ada.until("cut off", () => ada.client.status.kind === "waiting" || ada.client.status.kind === "connecting");
    if (signal === "SIGTERM") assert.equal(ada.last("bye")?.code, 4001);
    await desk.serve();
    await desk.webhook("4915112345679", "Lou", `After ${signal}`);
    // One was told when to come back; the other might wait long by now.
    if (signal === "SIGKILL") ada.wakesUp();
    await ada.live();
    assert.equal(ada.last("ready")?.mode, "resumed");
    await ada.until("Lou's words", () => ada.row("Lou")?.last_message?.preview === `After ${signal}`);
    await ada.equalsRest();
  }
});

test("a token that is none is renewed once the server refuses it", async () => {
  const good = admin.token;
  await ada.unplug();
  admin.token = "not.a.token";
  ada.plugIn();
  ada.wakesUp();
  await ada.live();
  assert.notEqual(admin.token, good);
  assert.equal(ada.last("ready")?.mode, "resumed");
  await ada.equalsRest();
});
