/** The small menu "Other ways to send", fetched when it is first opened: arrows walk it, Esc closes it and gives the focus back. */

import { at, find, findAll, mark } from "./elements.js";

const opener = find("[data-other-ways]");
const menu = find("#other-ways");
const items = () => findAll("[role=menuitem]:not([hidden])", menu);

opener.addEventListener("keydown", (event) => ["ArrowDown", "ArrowUp"].includes(event.key) && (event.preventDefault(), open(true)));
menu.addEventListener("click", (event) => at(event, "[role=menuitem]") && open(false));
menu.addEventListener("keydown", walk);
menu.addEventListener("focusout", (event) => !menu.contains(event.relatedTarget) && open(false));

// From now on at once: a key pressed right behind belongs to the menu.
opener.dataset.ready = "";
opener.addEventListener("click", () => open(menu.hidden));

export function open(on) {
  menu.hidden = !on;
  mark(opener, "aria-expanded", on);
  if (on) items()[0]?.focus();
}

function walk(event) {
  const here = items().indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items().length - 1 }[event.key];
  if (event.key === "Escape") {
    open(false);
    opener.focus();
  } else if (to !== undefined) items()[(to + items().length) % items().length]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
