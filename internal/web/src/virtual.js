// A long list in the window of which only what is in sight is in the page. Its items have
// one size; as many stand side by side as the width allows.
const beyond = 400; // pixels above and below the window in which items are in the page, too

// VirtualList options: node is the list; make(id) makes an item, an object with its node;
// shown(item) is called whenever an item comes into the page. The style of the list gives
// the size: --item-height, --item-width (the least; 0 for one item in a row) and --gap.
export class VirtualList {
  #items = new Map(); // all that were made, by id
  #ids = [];
  #placed = new Map(); // those in the page, by id
  #queued = 0;
  #queue = () => {
    this.#queued ||= requestAnimationFrame(() => {
      this.#queued = 0;
      this.#draw();
    });
  };
  #resized = new ResizeObserver(this.#queue);

  constructor({ node, make, shown }) {
    Object.assign(this, { node, make, shown });
    addEventListener("scroll", this.#queue, { passive: true });
    addEventListener("resize", this.#queue);
    this.#resized.observe(node);
  }

  close() {
    removeEventListener("scroll", this.#queue);
    removeEventListener("resize", this.#queue);
    this.#resized.disconnect();
    cancelAnimationFrame(this.#queued);
  }

  // show takes the ids of the list, in their order. Items are kept for all, those of
  // others are forgotten with drop.
  show(ids) {
    this.#ids = ids;
    this.#draw();
  }

  drop(id) {
    this.#placed.get(id)?.node.remove();
    this.#placed.delete(id);
    this.#items.delete(id);
  }

  // inPage is the item of an id if it is in the page.
  inPage(id) {
    return this.#placed.get(id);
  }

  #draw() {
    const style = getComputedStyle(this.node);
    const size = (name) => parseFloat(style.getPropertyValue(name)) || 0;
    const [height, least, gap] = [size("--item-height"), size("--item-width"), size("--gap")];
    const width = this.node.clientWidth;
    if (!width || !height) return;
    const columns = least ? Math.max(1, Math.floor((width + gap) / (least + gap))) : 1;
    const wide = (width - gap * (columns - 1)) / columns;
    this.node.style.height = Math.max(0, Math.ceil(this.#ids.length / columns) * (height + gap) - gap) + "px";
    const top = this.node.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor((-top - beyond) / (height + gap))) * columns;
    const last = Math.min(this.#ids.length, Math.max(0, Math.ceil((innerHeight - top + beyond) / (height + gap)) * columns));
    this.#place(first, last, (i) => [(i % columns) * (wide + gap), Math.floor(i / columns) * (height + gap), wide]);
  }

  // #place has the items from first to last in the page, in order, and no others but the
  // one with the focus.
  #place(first, last, at) {
    const wanted = new Set(this.#ids.slice(first, last));
    for (const [id, item] of this.#placed) {
      if (wanted.has(id) || (this.#ids.includes(id) && item.node.contains(document.activeElement))) continue;
      item.node.remove();
      this.#placed.delete(id);
    }
    let place = this.node.firstChild;
    for (let i = first; i < last; i++) {
      const id = this.#ids[i];
      if (!this.#items.has(id)) this.#items.set(id, this.make(id));
      const item = this.#items.get(id);
      const [x, y, width] = at(i);
      item.node.style.width = width + "px";
      item.node.style.transform = `translate(${x}px, ${y}px)`;
      item.node.setAttribute("aria-posinset", String(i + 1));
      item.node.setAttribute("aria-setsize", String(this.#ids.length));
      if (item.node === place) place = place.nextSibling;
      else this.node.insertBefore(item.node, place);
      if (this.#placed.has(id)) continue;
      this.#placed.set(id, item);
      this.shown(item);
    }
  }
}
