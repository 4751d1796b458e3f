// The frames of the conformance kit are frames of the contract.
import { test } from "node:test";
import { checkFrame } from "./contract.js";
import { sessions } from "./kit.js";

for (const [name, session] of sessions()) {
  test(`${name}: every frame is as the contract says`, () => {
    for (const step of session.steps) if ("told" in step && !("of_tomorrow" in step)) checkFrame(step.told as { type: string }, "of_earlier");
  });
}
