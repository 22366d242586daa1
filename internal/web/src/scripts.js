// The script that the page starts outside of its modules. The Content-Security-Policy
// requires trusted types: no string may become the address of a script, but these
// constants.
const addresses = {
  offline: new URL("sw.js", import.meta.url).href,
};
const policy = globalThis.trustedTypes?.createPolicy("mikronec-worker", { createScriptURL: (name) => addresses[name] });

// script is the address of the script of a name.
export const script = (name) => policy?.createScriptURL(name) ?? addresses[name];
