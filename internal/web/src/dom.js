// Creating and updating elements. Text is always set as text, so nothing that
// comes from a router is parsed as markup.

// el creates an element. Properties: text, on (listeners by event), class, data
// (data-* by name), and attributes by their own names; an attribute that is null
// or false is omitted, as is a child.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

function set(node, name, value) {
  switch (name) {
    case "text":
      node.textContent = value;
      return;
    case "class":
      node.className = value;
      return;
    case "on":
      for (const [event, listen] of Object.entries(value)) node.addEventListener(event, listen);
      return;
    case "data":
      Object.assign(node.dataset, value);
      return;
    case "value":
      node.value = value;
      return;
  }
  if (value === true) node.setAttribute(name, "");
  else if (value != null && value !== false) node.setAttribute(name, value);
}

// setText and setAttr write only a value that differs: a write costs layout even
// when the value stays the same.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttr(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// svg creates an SVG element.
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const values = new WeakMap(); // of the items that drawItems has drawn, as JSON

// drawItems shows item(value) for each value, or none(). Items whose value is as before stay
// where they are: one may have the focus, or the result of a button in it.
export function drawItems(list, all, item, none = () => []) {
  const before = new Map([...list.children].map((node) => [values.get(node), node]));
  const nodes = all.map((value) => {
    const text = JSON.stringify(value);
    const node = before.get(text) ?? item(value);
    values.set(node, text);
    return node;
  });
  if (nodes.length === 0) return list.replaceChildren(...[none()].flat());
  for (const node of before.values()) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, i) => list.children[i] === node || list.insertBefore(node, list.children[i] ?? null));
}

// Icons are paths on a grid of 16 by 16, in the colour of the text around them.
// Each repeats a word next to it, so it is hidden from screen readers.
const icons = {
  up: "M3 8.5l3.2 3.2L13 5",
  down: "M4 4l8 8M12 4l-8 8",
  login_failed: "M5 7V5.5a3 3 0 0 1 6 0V7M3.5 7h9v6h-9z",
  connecting: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  back: "M9.5 3L4.5 8l5 5",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.500A5.500 5.500 0 1 1 6.500 3 4.500 4.500 0 0 0 13 9.500z",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  out: "M6.500 3H3v10h3.500M10 5l3 3-3 3M13 8H6",
  warn: "M8 2l6.500 11.500h-13zM8 6.500v3M8 11.500v.2",
  stop: "M4 4h8v8H4z",
  play: "M5 3l8 5-8 5z",
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10M10.600 10.600L14 14",
  menu: "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
  more: "M3 8h.1M8 8h.1M13 8h.1",
  edit: "M3 13l.6-2.600L11 3l2 2-7.400 7.400zM9.500 4.500l2 2",
  retry: "M13 8a5 5 0 1 1-1.600-3.700M13 2v3h-3",
  doctor: "M2 8.500h3l1.500-4 3 7.500 1.500-3.500h3",
  power: "M8 2v5M4.600 4.600a5 5 0 1 0 6.800 0",
  share: "M8 10V2M5 4.500L8 1.500l3 3M4 8H3v6h10V8h-1",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  close: "M4 4l8 8M12 4l-8 8",
  open: "M6 3l5 5-5 5",
  trash: "M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4.500l.6 8.500h5.800l.6-8.500",
  block: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M3.800 3.800l8.400 8.400",
  ping: "M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2M5 5a4.200 4.200 0 0 0 0 6M11 5a4.200 4.200 0 0 1 0 6M2.800 2.800a7.300 7.300 0 0 0 0 10.400M13.200 2.800a7.300 7.300 0 0 1 0 10.400",
  torch: "M3 13V8M6.500 13V3M10 13V6M13.500 13v-2",
  log: "M4 2h8v12H4zM6 5h4M6 8h4M6 11h2",
  bell: "M4 11.500V7a4 4 0 0 1 8 0v4.500l1.500 1h-11zM6.800 14.300h2.400",
  quiet: "M4 11.500V7a4 4 0 0 1 6-3.460M12 7v4.500l1.500 1h-11M2 2l12 12",
  users: "M6 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M1.500 13.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M11 8a2 2 0 0 0 0-4M12 9.600c1.600.4 2.600 1.700 2.600 3.900",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true", "data-icon": name },
    svg("path", { d: icons[name] ?? icons.warn }));
}

// setIcon replaces the icon of a node.
export function setIcon(node, name) {
  const old = node.querySelector("svg");
  if (old?.dataset.icon === name) return;
  if (old) old.replaceWith(icon(name));
  else node.prepend(icon(name));
}
