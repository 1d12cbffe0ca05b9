/** Making and finding elements, in few words. */

/** The first element that fits, or null; of whatever kind the page has there. */
export const find = (selector, within = document) => within?.querySelector(selector) ?? null;

export const findAll = (selector, within = document) => [...(within?.querySelectorAll(selector) ?? [])];

/** The element that an event concerns: where it happened, or the nearest around. */
export const at = (event, selector) => event.target.closest?.(selector) ?? null;

/**
 * An element with attributes and children; `false` and `null` attributes are left out, `true` ones are empty.
 * @param {string} tag @param {Record<string, string | number | boolean | null>} attributes @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** One symbol of the sprite; it never speaks, so a word must stand beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const unseen = (words) => make("span", { class: "sr" }, words);

/** A square button that shows an icon and says words. @param {Record<string, string>} [attributes] */
export function iconButton(name, words, attributes = {}) {
  return make("button", { type: "button", class: "btn bare square", title: words, ...attributes }, icon(name), unseen(words));
}

/** Sets a property of the page only when it differs, so that nothing is announced or laid out twice. */
export function write(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

export function mark(element, name, value) {
  if (!element || element.getAttribute(name) === String(value)) return;
  element.setAttribute(name, String(value));
}

/** True where a key types a letter instead of being a command. */
export function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range", "file"].includes(target.type);
}
