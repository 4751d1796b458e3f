// Holds the live stream's contract against the reference parser of AsyncAPI, and against what a server gives, if told where.
//
//   node asyncapi.mjs <folder with node_modules> <asyncapi.yaml> [file with /asyncapi.json]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";

const [folder, file, served] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/package.json`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
const wrong = diagnostics.filter(({ severity }) => severity <= 1);
for (const { code, message, path, severity } of wrong) console.log(severity ? "warning" : "error", code, path.join("/"), message);
let failed = wrong.length > 0 || !document;
if (document) console.log(`${file}: ${document.messages().length} messages, ${document.operations().length} operations`);
if (served) {
  const parsed = createRequire(`${folder}/package.json`)("js-yaml").load(readFileSync(file, "utf8"), { json: false });
  const same = isDeepStrictEqual(parsed, JSON.parse(readFileSync(served, "utf8")));
  console.log(same ? "the server gives the same document" : "the server gives another document");
  failed ||= !same;
}
process.exit(failed ? 1 : 0);
