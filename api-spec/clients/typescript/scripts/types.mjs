// Writes src/generated/ from the published contracts; with --check it only says whether they are what it would write.
//
// Of the REST contract that is the shapes of what this client takes answers of; whoever wants typed calls too runs
// openapi-typescript over api-spec/openapi.json as it is. The AsyncAPI document's schemas are JSON Schema, so an OpenAPI
// shell around them is all the same tool needs.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";

const spec = new URL("../../../", import.meta.url);
const generated = new URL("../src/generated/", import.meta.url);
const openapi = JSON.parse(await readFile(new URL("openapi.json", spec), "utf8"));
const asyncapi = parse(await readFile(new URL("asyncapi.yaml", spec), "utf8"));

const shell = (schemas) => ({
  openapi: "3.1.0",
  info: { title: "frontdesk", version: "1" },
  paths: {},
  components: { schemas },
});
/** Schemas, with those they are made of. */
function closure(schemas, ...names) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, next] of JSON.stringify(schemas[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g)) visit(next);
  };
  names.forEach(visit);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)));
}
const answers = closure(openapi.components.schemas, "ConversationPage", "TimelinePage", "NotificationPage", "User");
const wanted = [
  ["rest.ts", "api-spec/openapi.json", answers],
  ["live.ts", "api-spec/asyncapi.yaml", asyncapi.components.schemas],
];

let drifted = false;
for (const [name, source, schemas] of wanted) {
  const ast = await openapiTS(shell(schemas), { silent: true });
  const text = `// Generated from ${source} by scripts/types.mjs. Do not edit.\n\n${astToString(ast)}`;
  const file = new URL(name, generated);
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
  } else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`src/generated/${name} is not what ${source} gives: npm run types`);
    drifted = true;
  }
}
process.exit(drifted ? 1 : 0);
