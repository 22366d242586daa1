// The view that the fragment of the URL names:
//
//   #/?q=WORDS                      all routers, searched
//   #/router/ID/TAB?q=WORDS&row=ID  a tab of one router, searched, with a row open
//
// The fragment never leaves the browser.

// routeOf returns {view, id, tab, q, row}; what is not named is empty.
export function routeOf(hash = location.hash) {
  const [, path = "", query = ""] = /^#\/?([^?]*)\??(.*)$/.exec(hash) ?? [];
  const params = new URLSearchParams(query);
  const [view, id = "", tab = ""] = path.split("/");
  const rest = { q: params.get("q") ?? "", row: params.get("row") ?? "" };
  if (view !== "router" || !id) return { view: "fleet", id: "", tab: "", ...rest };
  return { view, id: decoded(id), tab, ...rest };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not encoded by this page
  }
}

// href is the fragment of a route.
export function href({ id = "", tab = "", q = "", row = "" }) {
  const query = new URLSearchParams(Object.entries({ q, row }).filter(([, value]) => value)).toString();
  const path = id ? `#/router/${encodeURIComponent(id)}${tab && "/" + tab}` : "#/";
  return path + (query && "?" + query);
}

// note writes what has changed on the open view to the URL, without an entry in the history.
export function note(changes) {
  history.replaceState(null, "", href({ ...routeOf(), ...changes }));
}
