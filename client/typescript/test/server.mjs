// A server of a test: it answers each request by the next of its answers, over real
// connections. The last one is used for all further requests.
import { createServer } from "node:http";

export async function serve(t, ...answers) {
  const requests = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push({ method: request.method, url: new URL(request.url, "http://server"), headers: request.headers });
    answer(response, request);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

// stream answers with events. Without an end, the connection stays open.
export const stream = (text, { end = true, chunk = Infinity } = {}) => async (response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.flushHeaders();
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += chunk) {
    response.write(bytes.subarray(i, i + chunk));
    if (chunk < Infinity) await new Promise(setImmediate); // so that it arrives in pieces
  }
  if (end) response.end();
};

export const failure = (status, code, headers = {}) => (response) => {
  response.writeHead(status, { "Content-Type": "application/json", "X-Request-Id": "r1", ...headers });
  response.end(JSON.stringify({ success: false, error: `it is ${code}`, code, request_id: "r1" }));
};

export const answer = (body, status = 200, type = "application/json") => (response) => {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
};

export const cut = (response) => response.destroy();

export const event = (id, data, name) => (name ? `event: ${name}\n` : "") + (id ? `id: ${id}\n` : "") + `data: ${JSON.stringify(data)}\n\n`;
