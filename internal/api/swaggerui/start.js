// Shows the OpenAPI document. No request goes to another host.

// The API is where this page is, one level up, also below a path of a proxy.
const url = new URL('..', location.href).pathname.replace(/\/$/, '') || '/';

// Answers that do not end, such as an event stream, are shown with what came so far.
const streams = /^(text\/event-stream|application\/x-ndjson)/;
const streamTime = 5000; // milliseconds
const streamSize = 100_000; // characters

async function fetchSome(address, options) {
  const response = await fetch(address, options);
  if (!streams.test(response.headers.get('Content-Type') ?? '')) return response;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const late = setTimeout(() => reader.cancel(), streamTime);
  let text = '';
  while (text.length < streamSize) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(late);
  reader.cancel();
  const { status, statusText, headers } = response;
  const shown = new Response(text + `\n: the first ${streamTime / 1000} seconds; the stream goes on with: curl -N, see above\n`, { status, statusText, headers });
  Object.defineProperty(shown, 'url', { value: response.url });
  return shown;
}

async function start() {
  const spec = await (await fetch('../openapi.json')).json(); // relative, for a proxy that serves below a path
  window.ui = SwaggerUIBundle({
    spec: { ...spec, servers: [{ url }] },
    dom_id: '#swagger-ui',
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: 'StandaloneLayout',
    validatorUrl: null, // no validation by another host
    requestInterceptor: (request) => Object.assign(request, { userFetch: fetchSome }),
  });
}

start();
