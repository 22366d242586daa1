import { MikronecError } from "./errors.js";

/**
 * The lines of a body as they arrive, without their line breaks (LF or CR LF). An
 * unfinished line at the end is dropped: the server ends every line. A line of more than
 * `most` characters is an error, so that nobody can fill the memory.
 */
export async function* lines(body: ReadableStream<Uint8Array>, most: number): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let size = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const text = decoder.decode(value, { stream: true });
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        parts.push(text.slice(from, end));
        from = end + 1;
        const line = parts.join("");
        parts = [];
        size = 0;
        yield line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      parts.push(text.slice(from));
      size += text.length - from;
      if (size > most) throw new MikronecError({ code: "too_large", message: `a line has more than ${most} characters` });
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have failed already
  }
}
