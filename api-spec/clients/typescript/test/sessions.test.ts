// Every session of the conformance kit.
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { play } from "./kit.js";
import type { Session } from "./kit.js";

const folder = new URL("../../../../../fixtures/live/", import.meta.url);

for (const name of readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
  const session = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Session;
  test(`${name.replace(/\.json$/, "")}: ${session.about}`, () => play(session));
}
