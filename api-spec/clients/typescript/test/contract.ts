// Whether frames are what `api-spec/asyncapi.yaml` says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

export const root = new URL("../../../../../", import.meta.url);

const document = parse(readFileSync(new URL("api-spec/asyncapi.yaml", root), "utf8"));
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ components: document.components }, "live");

/** Throws what is wrong with a frame of the server. */
export function checkFrame(frame: { type: string }): void {
  const message = document.components.messages[frame.type];
  assert.ok(message, `${frame.type} is a message of the contract`);
  const name = String(message.payload.$ref).split("/").at(-1)!;
  const validate = ajv.getSchema(`live#/components/schemas/${name}`);
  assert.ok(validate, name);
  assert.ok(validate(frame), `${JSON.stringify(frame).slice(0, 2_000)}\n${ajv.errorsText(validate.errors)}`);
}
