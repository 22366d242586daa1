// Returns faults of the text as a list of sentences: strings of the other language,
// labels that are cut, and tabs out of view.
(async () => {
  const { en, id } = await import("/assets/main.js");
  const [own, other] = document.documentElement.lang === "id" ? [id, en] : [en, id];
  const forms = (strings) => Object.values(strings).flatMap((s) => (typeof s === "string" ? [s] : Object.values(s)));
  const allowed = new Set(forms(own));
  const foreign = new Set(forms(other).filter((s) => !allowed.has(s)));
  const found = [];
  const check = (text, node) => {
    if (foreign.has(text.trim()) && !node.closest("[lang]:not(html)")) found.push(`in the other language: ${text}`);
  };
  const top = document.querySelector("dialog[open]") ?? document.body;
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id twice: ${id}`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) if (!ids.includes(node.getAttribute(name))) found.push(`${name} leads to nothing: ${node.outerHTML.slice(0, 120)}`);
  }
  const broken = /\[object |\bundefined\b|\bNaN\b|\bInvalid Date\b/.exec(top.innerText);
  if (broken) found.push(`no text: ${top.innerText.slice(Math.max(0, broken.index - 20), broken.index + 40)}`);
  const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) check(texts.currentNode.data, texts.currentNode.parentElement);
  for (const node of top.querySelectorAll("*")) {
    for (const name of ["aria-label", "placeholder", "title"]) check(node.getAttribute(name) ?? "", node);
  }
  for (const node of top.querySelectorAll("h1, h2, button:not(.name), label, .hint, .figure span, .figure .value, .state, .mark, .head .line > div")) {
    if (!node.checkVisibility() || node.closest(".hidden")) continue;
    const box = node.getBoundingClientRect(), around = node.parentElement.getBoundingClientRect();
    if ((node.scrollWidth > node.clientWidth + 1 || box.bottom > around.bottom + 1) && getComputedStyle(node).display !== "inline") found.push(`cut: ${node.textContent}`);
    else if (box.right > around.right + 1 && !node.closest(".head, .tablist")) found.push(`beyond its box: ${node.textContent}`);
  }
  const width = (node, text) => {
    const context = document.createElement("canvas").getContext("2d");
    context.font = getComputedStyle(node).font;
    return context.measureText(text).width;
  };
  const room = (node) => node.clientWidth - parseFloat(getComputedStyle(node).paddingLeft) - parseFloat(getComputedStyle(node).paddingRight);
  for (const button of top.querySelectorAll(".head button")) { // where the text is on the right, scrollWidth says nothing
    if (button.checkVisibility() && room(button) < width(button, button.textContent)) found.push(`cut: ${button.textContent}`);
  }
  const arrow = 20; // pixels of the arrow of a select
  for (const node of top.querySelectorAll("select:not(.graphpanel select)")) {
    if (!node.checkVisibility()) continue;
    for (const option of node.options) if (width(node, option.text) > room(node) - arrow) found.push(`cut: ${option.text}`);
  }
  const placeholders = [...top.querySelectorAll("input[placeholder]:not(#command)")].filter((node) => node.checkVisibility());
  for (const node of placeholders) if (width(node, node.placeholder) > room(node)) found.push(`cut: ${node.placeholder}`);
  for (const tab of top.querySelectorAll("[aria-selected=true]")) {
    const box = tab.getBoundingClientRect(), around = tab.parentElement.getBoundingClientRect();
    if (box.left < around.left - 1 || box.right > around.right + 1) found.push(`not in view: ${tab.textContent}`);
  }
  return found;
})();
