// Writes src/schema.ts: the types of the schemas in docs/openapi.json.
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const document = JSON.parse(await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const { schemas } = document.components;
const types = await openapi({ openapi: document.openapi, info: document.info, paths: {}, components: { schemas } });
await writeFile(new URL("src/schema.ts", import.meta.url), "// Generated from docs/openapi.json by npm run types.\n" + astToString(types));
