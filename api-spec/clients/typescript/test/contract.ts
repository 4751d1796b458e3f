// Whether frames are what `api-spec/asyncapi.yaml` says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";

export const root = new URL("../../../../../", import.meta.url);

const document = parse(readFileSync(new URL("api-spec/asyncapi.yaml", root), "utf8"));
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ components: document.components }, "live");

ajv.addSchema({ components: lenient(document.components) }, "of_earlier");

/** Without what must be there: a session keeps its worth when a newer contract adds a field. */
function lenient(schema: any): any {
  if (Array.isArray(schema)) return schema.map(lenient);
  if (schema === null || typeof schema !== "object") return schema;
  const { required, oneOf, ...rest } = schema;
  const kept = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, lenient(value)]));
  if (required !== undefined && !Array.isArray(required)) kept["required"] = lenient(required);
  return oneOf === undefined ? kept : { ...kept, anyOf: lenient(oneOf) };
}

/** Throws what is wrong with a frame of the server; `of_earlier`: of a server that may know less. */
export function checkFrame(frame: { type: string }, server: "live" | "of_earlier" = "live"): void {
  const message = document.components.messages[frame.type];
  assert.ok(message, `${frame.type} is a message of the contract`);
  const name = String(message.payload.$ref).split("/").at(-1)!;
  const validate = ajv.getSchema(`${server}#/components/schemas/${name}`);
  assert.ok(validate, name);
  assert.ok(validate(frame), `${JSON.stringify(frame).slice(0, 2_000)}\n${ajv.errorsText(validate.errors)}`);
}
