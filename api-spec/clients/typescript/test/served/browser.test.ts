// The client in a real browser, on a page of another origin. Wants `FRONTDESK_BINARY` and `CHROMIUM`, a path.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Chromium } from "./chromium.js";
import type { Tab } from "./chromium.js";
import { ADMIN, Desk } from "./desk.js";
import type { Api } from "./desk.js";
import { Line, Pages } from "./lines.js";

const path = process.env["CHROMIUM"];
const skip = path ? false : "no Chromium here";
const pages = new Pages();
const line = new Line();
let desk: Desk;
let admin: Api;
let chromium: Chromium;
let url: string;
let first: Tab;

before(async () => {
  if (!path) return;
  await pages.start();
  desk = await Desk.start(process.env["FRONTDESK_BINARY"] ?? "", [pages.origin()]);
  admin = await desk.signedIn(ADMIN.email, ADMIN.password);
  url = `?desk=${await line.start(desk.base)}`;
  chromium = await Chromium.start(path);
});

after(async () => {
  await chromium?.quit();
  line.stop();
  pages.stop();
  await desk?.stop();
});

const LIVE = "until((client) => client.status.kind === 'live' && client.state.phase === 'live')";
const says = (name: string, text: string) =>
  `until(({ state }) => Object.values(state.conversations).some((row) => row.contact.name === '${name}' && row.last_message?.preview === '${text}'))`;

/** What a tab knows and shows. */
async function seen(tab: Tab): Promise<{ pos: number; rows: object; shown: string[] }> {
  return tab.ask(`({ pos: client.state.cursor.pos, rows: client.state.conversations, shown: [...document.querySelectorAll('li')].map((line) => line.textContent).sort() })`);
}

async function opened(host?: string): Promise<Tab> {
  const tab = await chromium.tab(`${pages.origin(host)}/${url}`);
  await tab.first("typeof client === 'object'");
  return tab;
}

/** A page's state is what REST tells at the same position. */
async function equalsRest(tab: Tab): Promise<void> {
  const rest = await admin.ok("GET", "/v1/conversations?limit=200");
  await tab.ask(`until(({ state }) => state.cursor?.pos >= ${rest.at.pos})`);
  const { pos, rows } = await seen(tab);
  assert.equal(pos, rest.at.pos);
  assert.deepEqual(rows, Object.fromEntries(rest.body.data.map((row: any) => [row.id, row])));
}

test("a page signs in, follows and shows", { skip }, async () => {
  await desk.webhook("4915112345678", "Kim", "Is the blue kettle back?");
  first = await opened();
  await first.ask(`signIn('${ADMIN.email}', '${ADMIN.password}').then(() => client.start())`);
  await first.ask(LIVE);
  await desk.webhook("4915112345679", "Lou", "My order is late");
  await first.ask(says("Lou", "My order is late"));
  assert.deepEqual((await seen(first)).shown, ["Kim: Is the blue kettle back?", "Lou: My order is late"]);
  const timeline = await first.ask(`(async () => {
    const id = Object.keys(client.state.conversations)[0];
    const from = await client.open([id]);
    const { at, body } = await read('/v1/conversations/' + id + '/timeline');
    client.apply(at, { kind: 'timeline', conversation_id: id, body });
    return { soon: at.pos >= from, stale: client.state.timelines[id].stale_at, messages: Object.keys(client.state.timelines[id].messages).length };
  })()`);
  assert.deepEqual(timeline, { soon: true, stale: null, messages: 1 });
  await equalsRest(first);
});

test("a page whose network was gone is, moments after it is back, what a fresh page is", { skip }, async () => {
  await first.offline(true);
  line.cut();
  await first.ask("until(() => statuses.at(-1) !== 'live') ");
  await desk.webhook("4915112345680", "Max", "Hello");
  const lou = (await admin.ok("GET", "/v1/conversations")).body.data.find((row: any) => row.contact.name === "Lou").id;
  await admin.ok("PUT", `/v1/conversations/${lou}/priority`, { priority: "urgent" });
  await admin.ok("PUT", `/v1/conversations/${lou}/status`, { status: "resolved" });
  line.mend();
  await first.offline(false);
  await first.ask(says("Max", "Hello"));
  await first.ask(LIVE);
  assert.deepEqual(await first.ask("modes"), ["snapshot", "resumed"]);

  const second = await opened();
  await second.ask(`signIn('${ADMIN.email}', '${ADMIN.password}').then(() => client.start())`);
  await second.ask(LIVE);
  assert.deepEqual(await second.ask("modes"), ["snapshot"]);
  await equalsRest(second);
  await equalsRest(first);
  assert.deepEqual((await seen(first)).rows, (await seen(second)).rows);
});

test("a reload goes on where the page was", { skip }, async () => {
  const { rows } = await seen(first);
  await first.send("Page.enable");
  await first.send("Page.reload");
  // Of the new page: the old one had been live twice.
  const modes = await first.first(`${LIVE}.then(() => modes.length === 1 && modes)`);
  assert.deepEqual(modes, ["resumed"]);
  assert.deepEqual((await seen(first)).rows, rows);
  await equalsRest(first);
});

test("a page of an origin that is not on the list gets nothing", { skip }, async () => {
  const stranger = await opened("localhost");
  await stranger.ask(`sessionStorage.setItem('token', '${admin.token}')`);
  await stranger.ask("client.start().then(() => until(() => statuses.includes('waiting')))");
  assert.deepEqual(await stranger.ask("modes"), []);
});
