// The page, which esbuild joins into one module: on a slow line, a request for each would
// take longer than all of them are. The exports are for tests, which look into the page;
// pages of others use /client.js.
import "./page.js";
export * as alerts from "./alerts.js";
export * as command from "./command.js";
export { en } from "./en.js";
export * as failure from "./failure.js";
export * as feed from "./feed.js";
export * as format from "./format.js";
export * as i18n from "./i18n.js";
export { id } from "./id.js";
export * as session from "./session.js";
export * as store from "./store.js";
