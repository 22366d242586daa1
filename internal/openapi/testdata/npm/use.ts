// What a frontend writes with the generated types: it compiles only while they say enough.
import type { components, paths } from "./gen/openapi-typescript";

type Schemas = components["schemas"];

// Events by their names, with the data of each.
declare function on<Name extends keyof Schemas["StreamEvents"]>(name: Name, take: (data: Schemas["StreamEvents"][Name]) => void): void;

on("status", (e) => {
  const state: "connecting" | "up" | "down" | "login_failed" | "disconnected" = e.state;
  // @ts-expect-error there is no such state
  if (e.state === "asleep") console.log(state);
});
on("message", (e) => {
  if (!("topic" in e)) {
    const rows: Schemas["PppActiveRow"][] = e.ppp_active;
    return console.log(rows);
  }
  switch (e.type) {
    case "snapshot":
      if (e.topic === "interfaces") console.log(e.rows[0]?.["rx-byte"], e.rows[0]?.[".id"].length);
      break;
    case "delta":
      for (const id of e.removed ?? []) console.log(id.length);
      break;
    case "up":
    case "down":
      console.log(e.name.length, e["bytes-in"]?.toFixed());
      break;
    case "line":
      console.log(e.message.length);
      break;
    case "lines":
      console.log(e.lines.map((line) => line.message.length));
      break;
    default: {
      const never: never = e; // all types are there
      console.log(never);
    }
  }
});

// Errors by their codes, and what is missing in a request.
type Answer = paths["/run"]["post"]["responses"][200]["content"]["application/json"] | Schemas["RunFailure"];
export function rows(answer: Answer): Schemas["TextRow"][] {
  if (answer.success) return answer.data;
  const code: Schemas["ErrorCode"] = answer.code;
  // @ts-expect-error there is no such code
  if (code === "out_of_cheese") return [];
  return [];
}
export const all: Schemas["BatchRequest"] = { routers: "all", args: ["/system/identity/print"] };
// @ts-expect-error args is required
export const incomplete: Schemas["BatchRequest"] = { routers: ["a"] };
export function failed(line: Schemas["BatchLine"]): string | undefined {
  if ("summary" in line) return undefined;
  return line.success ? undefined : line.error;
}
