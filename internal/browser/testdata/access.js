// Returns faults of accessibility as a list of sentences.
(() => {
  const found = [];
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  for (const motion of document.getAnimations()) motion.finish(); // end transitions before measuring
  const top = document.querySelector("dialog[open]") ?? document.body;

  const ids = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (ids.has(id)) found.push("id twice: " + id);
    ids.add(id);
  }
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      if (!document.getElementById(node.getAttribute(name))) found.push(`${name} leads nowhere: ${node.outerHTML.slice(0, 120)}`);
    }
  }

  // name is roughly what a screen reader says.
  const name = (node) => (node.getAttribute("aria-label") ?? document.getElementById(node.getAttribute("aria-labelledby"))?.textContent ??
    [...(node.labels ?? [])].map((l) => l.textContent).join(" ") + (/^(INPUT|SELECT)$/.test(node.tagName) ? "" : node.textContent)).trim();
  for (const node of document.querySelectorAll("a[href], button, input, select, [role=img], [role=table], [role=tablist], [role=tabpanel], dialog")) {
    if (seen(node) && !name(node)) found.push(`no name: ${node.tagName} ${node.outerHTML.slice(0, 120)}`);
  }
  if (!document.documentElement.lang) found.push("no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");

  // Contrast as defined by WCAG. Colours are drawn, so that every notation works.
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  // drawn returns the colours of a text and its background: each element is painted
  // over its parent, with its opacity.
  const faint = (colour, opacity, below) => over([...colour.slice(0, 3), opacity], below);
  const drawn = (node, text) => {
    const chain = [];
    for (let n = node; n; n = n.parentElement) chain.push(getComputedStyle(n));
    let ground = [255, 255, 255, 1]; // behind the page
    const below = chain.reverse().map((style) => {
      const before = ground;
      ground = over(rgba(style.backgroundColor), ground);
      return before;
    });
    let letter = over(rgba(text), ground);
    for (let i = chain.length - 1; i >= 0; i--) {
      const opacity = Number(chain[i].opacity);
      letter = faint(letter, opacity, below[i]);
      ground = faint(ground, opacity, below[i]);
    }
    return [letter, ground];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !seen(node) || node.closest("[disabled], noscript, option, .hidden")) continue;
    const style = getComputedStyle(node);
    const ratio = contrast(...drawn(node, style.color));
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(1)}: ${texts.currentNode.data.trim().slice(0, 60)} (${node.className})`);
  }
  return found;
})();
