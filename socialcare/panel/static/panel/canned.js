/** Canned responses: `/` in the reply box opens a list that narrows as one types, and so does the search box. */

import { insertText, visibility } from "./composer.js";
import { at, find, findAll, mark } from "./elements.js";
import { announce, getHtml, listen } from "./page.js";
import { compose } from "./state.js";
import { say } from "./strings.js";

const AFTER_TYPING = 120;
/** A slash that begins the text or follows a space, and what was typed behind it. */
const COMMAND = /(?:^|\s)\/([^\s/]{0,40})$/u;

const area = find("#reply");
const palette = find("#canned-palette");
const choices = find("#canned-choices");

/** Where the command stands in the text, or null while the list is closed. @type {{from: number, to: number} | null} */
let command = null;
let chosen = 0;
/** The text of the response that the arrow keys went to: a list that arrives later keeps to it. */
let steeredTo = "";
/** Whether the list on the screen answers an older query, and Enter has been pressed on it. */
let outdated = false;
let hurried = false;
let asked = 0;
/** The command that Esc put away; it opens again when the text changes. */
let dismissed = "";

export function startCanned() {
  if (!area || !palette || !choices) return;
  area.addEventListener("input", follow);
  area.addEventListener("keydown", steer, { capture: true });
  area.addEventListener("blur", () => setTimeout(() => !palette.contains(document.activeElement) && close(), 0));
  choices.addEventListener("mousedown", (event) => event.preventDefault());
  choices.addEventListener("click", (event) => take(buttonAt(event)));
  find("[data-canned]")?.addEventListener("click", openByButton);
  startSearchBox();
}

/* ---- in the reply box ---- */

function follow() {
  const before = area.value.slice(0, area.selectionStart);
  const found = area.selectionStart === area.selectionEnd ? before.match(COMMAND) : null;
  if (!found || before === dismissed) return close();
  dismissed = "";
  steeredTo = "";
  open({ from: before.length - found[1].length - 1, to: before.length }, found[1]);
}

/** The button types the slash, and with it shows what one can type. */
function openByButton(event) {
  event.preventDefault();
  if (command) return close();
  area.focus();
  const before = area.value.slice(0, area.selectionStart);
  insertText(before === "" || /\s$/u.test(before) ? "/" : " /");
}

async function open(place, query) {
  command = place;
  outdated = true;
  hurried = false;
  const html = await search(query);
  if (html === undefined || !command) return;
  if (html === null) return close();
  outdated = false;
  choices.innerHTML = html;
  const options = findAll("button", choices);
  for (const item of choices.children) item.setAttribute("role", "none");
  options.forEach((option, place) => {
    option.id = `canned-choice-${place}`;
    option.tabIndex = -1;
    option.setAttribute("role", "option");
  });
  palette.hidden = false;
  mark(find("[data-canned]"), "aria-expanded", true);
  mark(area, "aria-controls", "canned-choices");
  choose(Math.max(0, steeredTo ? options.findIndex((option) => option.dataset.cannedText === steeredTo) : 0));
  if (hurried && options.length) return take(options[chosen]);
  announce(options.length ? say("canned.count", { n: options.length }) : say("canned.none", { query }));
}

function close() {
  command = null;
  if (!palette || palette.hidden) return;
  palette.hidden = true;
  area.removeAttribute("aria-activedescendant");
  area.removeAttribute("aria-controls");
  mark(find("[data-canned]"), "aria-expanded", false);
}

function choose(place) {
  const options = findAll("button", choices);
  chosen = options.length ? (place + options.length) % options.length : 0;
  options.forEach((option, at) => mark(option, "aria-selected", at === chosen));
  if (!options[chosen]) return area.removeAttribute("aria-activedescendant");
  mark(area, "aria-activedescendant", options[chosen].id);
  options[chosen].scrollIntoView({ block: "nearest" });
}

function steerTo(place) {
  choose(place);
  steeredTo = findAll("button", choices)[chosen]?.dataset.cannedText ?? "";
}

function steer(event) {
  if (!command || palette?.hidden || event.isComposing) return;
  const steps = {
    ArrowDown: () => steerTo(chosen + 1),
    ArrowUp: () => steerTo(chosen - 1),
    Enter: takeChosen,
    Tab: takeChosen,
    Escape: () => ((dismissed = area.value.slice(0, area.selectionStart)), close()),
  };
  const step = event.altKey || event.shiftKey ? undefined : steps[event.key];
  if (!step) return;
  if (!find("button", choices) && event.key !== "Escape") return close();
  event.preventDefault();
  event.stopImmediatePropagation();
  step();
}

/** What stands first in a list that is about to change is not what the agent asked for: the new list decides. */
function takeChosen() {
  if (outdated && !steeredTo) hurried = true;
  else take(findAll("button", choices)[chosen]);
}

function take(button) {
  const place = command;
  close();
  if (!button || !place) return;
  insertText(button.dataset.cannedText ?? "", place.from, place.to);
}

const buttonAt = (event) => at(event, "[data-canned-text]");

/* ---- beside the thread ---- */

function startSearchBox() {
  const input = find("#canned-search");
  const list = find("#canned-list");
  if (!input || !list) return;
  let timer = 0;
  const refresh = async () => {
    const html = await search(input.value, "aside");
    if (html) list.innerHTML = html;
  };
  input.addEventListener("input", () => (clearTimeout(timer), (timer = setTimeout(refresh, AFTER_TYPING))));
  input.addEventListener("keydown", (event) => searchKeys(event, input, list));
  list.addEventListener("click", (event) => {
    const button = buttonAt(event);
    if (button) insertText(button.dataset.cannedText ?? "");
  });
  list.addEventListener("keydown", walk);
  const section = find("#canned");
  const begin = () => {
    input.value = "";
    section.hidden = !compose().open;
    if (!section.hidden) refresh();
  };
  listen("composing", begin);
  // Messages are ended, or the customer has written again
  listen("part", () => section.hidden === Boolean(compose().open) && begin());
  begin();
}

function searchKeys(event, input, list) {
  if (event.key === "ArrowDown") find("button", list)?.focus();
  else if (event.key === "Enter") find("button", list)?.click();
  else if (event.key === "Escape" && input.value) {
    input.value = "";
    input.dispatchEvent(new Event("input"));
  } else return;
  event.preventDefault();
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return;
  const buttons = findAll("button", event.currentTarget);
  const here = buttons.indexOf(document.activeElement) + step;
  event.preventDefault();
  (buttons[here] ?? find("#canned-search"))?.focus();
}

const latest = {};

/** What the server finds, as html; null when it cannot be asked, undefined when a later search has overtaken this one. */
async function search(query, place = "palette") {
  const mine = (latest[place] = ++asked);
  const url = compose().urls?.canned;
  if (!url) return null;
  const address = `${url}?${new URLSearchParams({ q: query, visibility: visibility() })}`;
  try {
    const html = await getHtml(address);
    return latest[place] === mine ? html : undefined;
  } catch (failure) {
    if (latest[place] !== mine) return undefined;
    announce(failure.message);
    return null;
  }
}
