// Running a command with its rows as they come.
import { Failure, request } from "./session.js";

// run sends the words and calls row(row) for each. It returns {ret} when the
// command is done; an AbortSignal ends it at the router.
export async function run(id, args, row, signal) {
  const response = await request("POST", "run", { router_id: id, args }, { accept: "application/x-ndjson", signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Failure("router_unreachable", "the answer broke off");
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line) continue;
      const e = JSON.parse(line);
      if (e.row) row(e.row);
      else if (e.trap) throw new Failure("router_refused", e.trap.message);
      else if (e.error) throw new Failure(e.error.code, e.error.error ?? e.error.message);
      else return e.done;
    }
  }
}
