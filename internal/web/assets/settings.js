// What the page remembers in this browser: language and theme, nothing else. A
// browser that forbids storage gets a page that forgets.

export function remembered(name) {
  try {
    return localStorage.getItem("mikronec." + name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem("mikronec." + name, value);
  } catch {
    // the setting holds until the page is closed
  }
}
