// Every session of the conformance kit.
import { test } from "node:test";
import { play, sessions } from "./kit.js";

for (const [name, session] of sessions()) test(`${name}: ${session.about}`, () => play(session));
