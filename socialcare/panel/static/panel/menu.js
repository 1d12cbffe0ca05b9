/** The small menu "Other ways to send": arrows walk it, Esc closes it and gives the focus back. */

import { at, find, findAll, mark } from "./elements.js";

export function startMenu() {
  const opener = find("[data-other-ways]");
  const menu = find("#other-ways");
  if (!opener || !menu) return;
  const open = (on) => {
    menu.hidden = !on;
    mark(opener, "aria-expanded", on);
    if (on) items()[0]?.focus();
  };
  const items = () => findAll("[role=menuitem]:not([hidden])", menu);
  const close = () => {
    open(false);
    opener.focus();
  };
  opener.addEventListener("click", () => open(menu.hidden));
  opener.addEventListener("keydown", (event) => ["ArrowDown", "ArrowUp"].includes(event.key) && (event.preventDefault(), open(true)));
  menu.addEventListener("click", (event) => at(event, "[role=menuitem]") && open(false));
  menu.addEventListener("keydown", (event) => walk(event, items(), close));
  menu.addEventListener("focusout", (event) => !menu.contains(event.relatedTarget) && open(false));
}

function walk(event, items, close) {
  const here = items.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape") close();
  else if (to !== undefined) items[(to + items.length) % items.length]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
