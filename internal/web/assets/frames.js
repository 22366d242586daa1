// Changes of the page that can wait for a frame, spread over several where there
// are many, so that none of them takes long.
const budget = 8; // milliseconds of a frame

const changes = new Map(); // key: how
let frame = 0;

// change has something of the page changed; the newest wish for a key counts.
export function change(key, how) {
  changes.set(key, how);
  frame ||= requestAnimationFrame(work);
}

function work() {
  const end = performance.now() + budget;
  for (const [key, how] of changes) {
    changes.delete(key);
    how();
    if (performance.now() > end) break;
  }
  frame = changes.size > 0 ? requestAnimationFrame(work) : 0;
}
