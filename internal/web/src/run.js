// Runs a command and reads its rows as a stream.
import { Failure, limits, request } from "./session.js";

// run sends the words and calls row(row) for each row. It returns {ret} when the
// command is done and throws a Failure; aborting signal cancels it on the router. A
// Failure as the reason of signal is thrown as it is.
export async function run(id, args, row, signal) {
  const response = await request("POST", "run", { router_id: id, args }, { accept: "application/x-ndjson", signal, limit: limits.command });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await read(reader);
    if (done) throw new Failure("offline"); // a complete answer ends with done, trap or error
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line) continue;
      const e = parse(line);
      if (e.row) row(e.row);
      else if (e.trap) throw new Failure("router_refused", e.trap.message);
      else if (e.error) throw new Failure(e.error.code, e.error.error, 0, e.error.request_id);
      else return e.done;
    }
  }
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Failure("proxy_refused"); // the server writes whole lines
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof Failure || error.name === "AbortError") throw error;
    throw new Failure("offline", error.message);
  }
}
