// Loads the scripts of the playground into Node, without the page. Reads a request from the standard input as JSON,
// {"scripts": [...], "call": "function body of (P, given)", "given": ...}, and prints what it returns as JSON.
const fs = require("node:fs");

const { folder, scripts, call, given } = JSON.parse(fs.readFileSync(0, "utf8"));
globalThis.Playground = {};
for (const name of scripts) (0, eval)(fs.readFileSync(`${folder}/${name}.js`, "utf8"));
const result = new Function("P", "given", call)(globalThis.Playground, given);
process.stdout.write(JSON.stringify(result));
