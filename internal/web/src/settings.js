// What the page stores in this browser: language, theme, the order of routers, commands
// of the terminal, and the key if the user asks for it. Without storage they last until the
// page is closed.

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
    // no storage
  }
}
