// Updates of the page that can wait for a frame. Many of them are spread over
// several frames, so that no frame takes long.
const budget = 8; // milliseconds per frame

const updates = new Map(); // key: function
let frame = 0;

// inFrame runs an update in one of the next frames; a newer update of the same key
// replaces one that has not run.
export function inFrame(key, update) {
  updates.set(key, update);
  frame ||= requestAnimationFrame(run);
}

function run() {
  const end = performance.now() + budget;
  for (const [key, update] of updates) {
    updates.delete(key);
    update();
    if (performance.now() > end) break;
  }
  frame = updates.size > 0 ? requestAnimationFrame(run) : 0;
}
