/**
 * Brings a part of the page to what the server now renders, touching only what the server changed.
 *
 * It is a three-way merge: *before* is what the server rendered last, *after* what it renders now, *live* what stands in the page.
 * Only the difference between before and after is carried into the page, so what the browser itself changed (an open box, a text
 * being typed, a running clock) stays. Elements that repeat are told apart by their id.
 */

/** For each node of the page that came from the server: the server's own version of it. @type {WeakMap<Node, Node>} */
const rendered = new WeakMap();

/** Takes the parts of a fresh page as rendered by the server. Called before the browser changes anything in them. */
export function adoptAll() {
  for (const part of document.querySelectorAll('[id^="part-"]')) adopt(part);
}

function adopt(live) {
  withoutToken(live);
  pair(live, live.cloneNode(true));
}

/**
 * Applies a part's new html. Says whether anything changed.
 * @param {string} html one element, `id="part-…"` @returns {boolean}
 */
export function applyPart(html) {
  const after = parsed(html).firstElementChild;
  const live = after && document.getElementById(after.id);
  if (!after || !live) return false;
  if (!rendered.has(live)) adopt(live);
  return apply(live, after);
}

/**
 * Puts a single message, with its day, in the place of the one with its id, or at the end of the thread. Says whether anything
 * changed; `undefined` where a day begins, or it belongs further up. @param {string} html
 */
export function applyEntry(html) {
  const live = document.getElementById("part-thread");
  const after = rendered.get(live)?.cloneNode(true);
  const entries = after?.querySelector(".entries");
  if (!entries) return undefined;
  const [day, entry] = parsed(html).children;
  const known = (node) => entries.querySelector(`#${CSS.escape(node.id)}`);
  const isBelow = (other) => other?.dataset.place > entry.dataset.place;
  const old = known(entry);
  // What lies before all that is shown comes when it is asked for
  if (!old && entries.querySelector("#earlier") && isBelow(entries.querySelector("[data-place]"))) return false;
  if (!known(day) || (!old && isBelow(entries.lastElementChild))) return undefined;
  known(day).replaceWith(day);
  if (old) old.replaceWith(entry);
  else entries.append(entry);
  return apply(live, after);
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function apply(live, after) {
  withoutToken(after);
  if (rendered.get(live)?.isEqualNode(after)) return false;
  keepingPlace(live, () => merge(live, after));
  pair(live, after);
  return true;
}

/** Forms carry the anti-forgery token for browsers without script; with script it goes in a header. */
function withoutToken(part) {
  for (const field of part.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.remove();
  part.normalize();
}

function pair(live, source) {
  const children = rendered.has(live) ? serverChildren(live) : [...live.childNodes];
  rendered.set(live, source);
  const sources = [...source.childNodes];
  children.forEach((child, place) => pair(child, sources[place]));
}

/** The children that came from the server; what the browser put in by itself is none of the merge's business. */
const serverChildren = (live) => [...live.childNodes].filter((child) => rendered.has(child));

function merge(live, after) {
  const before = rendered.get(live);
  if (before.isEqualNode(after)) return;
  mergeAttributes(live, before, after);
  mergeChildren(live, after);
}

function mergeAttributes(live, before, after) {
  for (const { name } of before.attributes) {
    if (!after.hasAttribute(name)) setAttribute(live, name, null);
  }
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) setAttribute(live, name, value);
  }
}

function setAttribute(live, name, value) {
  if (value === null) live.removeAttribute(name);
  else live.setAttribute(name, value);
  if (live instanceof HTMLInputElement && name === "checked") live.checked = value !== null;
  if (live instanceof HTMLOptionElement && name === "selected") live.selected = value !== null;
}

function mergeChildren(live, after) {
  const wanted = [...after.childNodes];
  const old = serverChildren(live);
  const kept = match(old, wanted);
  const staying = new Set(kept.values());
  let place = old.find((child) => staying.has(child)) ?? null;
  for (const child of old) if (!staying.has(child)) drop(live, child);
  for (const next of wanted) {
    const same = kept.get(next);
    if (!same) insert(live, next, place);
    else if (same === place) place = nextFromServer(place);
    else move(live, same, place);
    if (same) mergeNode(same, next);
  }
}

/**
 * What the server no longer renders goes; except what has slipped out of its window while older rows are shown above: it stays, as
 * the page's own.
 * @param {Element} live @param {any} child
 */
function drop(live, child) {
  if (live.hasAttribute("data-older-shown") && child instanceof HTMLLIElement) {
    rendered.delete(child);
    child.dataset.older = "";
  } else child.remove();
}

function nextFromServer(node) {
  let next = node.nextSibling;
  while (next && !rendered.has(next)) next = next.nextSibling;
  return next;
}

function mergeNode(live, after) {
  if (live instanceof Element) merge(live, after);
  else if (rendered.get(live)?.nodeValue !== after.nodeValue) live.nodeValue = after.nodeValue;
}

function insert(parent, source, place) {
  const made = document.importNode(source, true);
  pair(made, source);
  parent.insertBefore(made, place);
}

function move(parent, child, place) {
  // moveBefore keeps the focus, a playing video and an open menu; not every browser has it yet.
  if ("moveBefore" in parent) parent.moveBefore(child, place);
  else parent.insertBefore(child, place);
}

/**
 * Which of the old children each wanted one continues: the one with the same id, else the next of the same kind without an id.
 * @param {Node[]} old @param {Node[]} wanted @returns {Map<Node, Node>}
 */
function match(old, wanted) {
  const named = new Map(old.filter(idOf).map((child) => [idOf(child), child]));
  const nameless = old.filter((child) => !idOf(child));
  const kept = new Map();
  let from = 0;
  for (const next of wanted) {
    const id = idOf(next);
    const place = id ? -1 : nameless.findIndex((child, index) => index >= from && child.nodeName === next.nodeName);
    const same = id ? named.get(id) : nameless[place];
    if (!same || same.nodeName !== next.nodeName) continue;
    if (id) named.delete(id);
    else from = place + 1;
    kept.set(next, same);
  }
  return kept;
}

/** The id under which the server rendered a node. */
function idOf(node) {
  const source = rendered.get(node) ?? node;
  return source instanceof Element ? source.id : "";
}

/** Changes a part, with the focus and the reading place kept. */
function keepingPlace(part, change) {
  const focused = document.activeElement;
  const held = part.contains(focused) ? focused : null;
  const scrollBack = readingPlace(part);
  change();
  scrollBack();
  if (held && held !== document.activeElement) refocus(held, part);
}

function refocus(held, part) {
  if (held.isConnected) return held.focus({ preventScroll: true });
  // What had the focus is gone: stay in its part rather than fall to the top of the page.
  if (!(part instanceof HTMLElement)) return;
  if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

/** The log opens at its newest; who has scrolled up keeps the line they read where it is. */
function readingPlace(part) {
  const log = part.closest(".log") ?? part.querySelector(".log");
  if (!log || Math.abs(log.scrollTop) < 2) return () => {};
  const top = log.getBoundingClientRect().top;
  const line = [...log.querySelectorAll("li[id]")].find((row) => row.getBoundingClientRect().bottom > top);
  const before = line?.getBoundingClientRect().top ?? 0;
  return () => {
    if (line?.isConnected) log.scrollTop += line.getBoundingClientRect().top - before;
  };
}
