// The service worker of the page: it says that the server cannot be reached. It keeps
// nothing else, so that the page never runs modules of another version.
const cache = "mikronec-offline";
const page = new URL("offline.html", location).href;
const parts = [new URL("main.css", location).href, new URL("icon.svg", location).href];

addEventListener("install", (event) => event.waitUntil(caches.open(cache).then((c) => c.addAll([page, ...parts]))));

addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  const kept = mode === "navigate" ? page : parts.includes(url) && url;
  if (kept) event.respondWith(fetch(event.request).catch(() => caches.match(kept)));
});
