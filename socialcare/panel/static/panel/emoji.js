/** The emoji picker: groups, search, skin tones, recent ones; everything by keyboard. Its data is fetched the first time it opens. */

import { insertText } from "./composer.js";
import { at, find, findAll, make, mark, write } from "./elements.js";
import { announce, get, listen, settings } from "./page.js";
import { language, say } from "./strings.js";

const MOST_FOUND = 160;
const MOST_RECENT = 27;
const TONE = "panel.emoji.tone";
const RECENT = "panel.emoji.recent";


const picker = find("#emoji-picker");
const grid = find("#emoji-grid");
const search = find("#emoji-search");
const opener = find("[data-emoji-opener]");

let groups = [];
let group = "";

/** Called once, when the module has been fetched: at the first opening. */
function start() {
  find("#composer-write").append(picker);
  search.addEventListener("input", showFound);
  search.addEventListener("keydown", searchKeys);
  find("#emoji-tones")?.addEventListener("change", changeTone);
  find("#emoji-groups")?.addEventListener("click", chooseGroup);
  find("#emoji-groups")?.addEventListener("keydown", walkGroups);
  grid.addEventListener("click", pick);
  grid.addEventListener("keydown", walkGrid);
  grid.addEventListener("focusin", sayName);
  grid.addEventListener("mouseover", sayName);
  picker.addEventListener("keydown", (event) => event.key === "Escape" && (event.preventDefault(), event.stopPropagation(), closePicker()));
  document.addEventListener("click", (event) => closeElsewhere(event.target));
  listen("closing", () => closePicker(false));
}

/** Opens the picker, or closes it when it is open. */
export async function togglePicker() {
  if (!picker.hidden) return closePicker();
  if (find("#composer").hidden) return;
  picker.hidden = false;
  mark(opener, "aria-expanded", true);
  search.value = "";
  search.focus();
  if (!(await load())) return closePicker();
  showTone();
  showGroups();
  group = recent().length ? "recent" : groups[0].id;
  // Somebody may have begun to search while the emoji were on their way.
  showFound();
}

function closePicker(giveBack = true) {
  if (picker.hidden) return;
  picker.hidden = true;
  mark(opener, "aria-expanded", false);
  if (giveBack) find("#reply")?.focus();
}

function closeElsewhere(target) {
  if (picker.hidden || picker.contains(target) || opener.contains(target) || !target.isConnected) return;
  closePicker(false);
}

async function load() {
  if (groups.length) return true;
  try {
    groups = (await get(settings.emojiUrl ?? "")).groups;
  } catch {
    announce(say("emoji.failed"));
  }
  return groups.length > 0;
}

/* ---- what is shown ---- */

function showGroups() {
  const tabs = [{ id: "recent", name: say("emoji.recent"), emoji: recent() }, ...groups].filter(({ emoji }) => emoji.length);
  find("#emoji-groups")?.replaceChildren(...tabs.map(({ id, name, emoji }) => make("button", {
    type: "button", role: "tab", id: `emoji-tab-${id}`, "data-group": id, title: name, "aria-label": name,
    "aria-selected": "false", "aria-controls": "emoji-grid", tabindex: -1,
  }, id === "recent" ? "🕘" : emoji[0][0])));
}

function showGroup(id) {
  group = id;
  for (const tab of findAll("[data-group]")) {
    mark(tab, "aria-selected", tab.dataset.group === id);
    tab.tabIndex = tab.dataset.group === id ? 0 : -1;
  }
  const shown = groups.find((one) => one.id === id);
  fill(shown?.emoji ?? recent(), shown?.name ?? say("emoji.recent"));
}

function showFound() {
  const wanted = folded(search.value).split(/\s+/u).filter(Boolean);
  if (!wanted.length) return showGroup(group);
  const found = [];
  for (const row of groups.flatMap(({ emoji }) => emoji)) {
    const words = folded(`${row[1]} ${row[2]}`);
    if (wanted.every((word) => words.includes(word))) found.push(row);
  }
  // What the name begins with comes before what merely contains it.
  found.sort((one, other) => Number(folded(other[1]).startsWith(wanted[0])) - Number(folded(one[1]).startsWith(wanted[0])));
  fill(found.slice(0, MOST_FOUND), say("emoji.found", { n: found.length }));
  write(find("#emoji-said"), found.length ? say("emoji.found", { n: found.length }) : say("emoji.none"));
}

/** Without accents and capitals, so that "etoile" finds « étoile ». */
const folded = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(language);

function fill(rows, name) {
  mark(grid, "aria-label", name);
  grid?.replaceChildren(...rows.map((row, place) => make("button", {
    type: "button", role: "option", "aria-selected": "false", "aria-label": row[1], tabindex: place === 0 ? 0 : -1, "data-symbol": row[0],
  }, toned(row))));
  if (grid) grid.scrollTop = 0;
}

const toned = ([symbol, , , tones]) => tones?.[Number(tone() || NaN)] ?? symbol;

function sayName(event) {
  const button = at(event, "[data-symbol]");
  if (button) write(find("#emoji-said"), button.getAttribute("aria-label") ?? "");
}

/* ---- skin tone and recent ones, remembered by the browser ---- */

const tone = () => localStorage.getItem(TONE) ?? "";

function showTone() {
  const input = find(`#emoji-tones input[value="${tone()}"]`);
  if (input) input.checked = true;
}

function changeTone(event) {
  localStorage.setItem(TONE, event.target.value);
  event.stopPropagation();
  if (search.value) showFound();
  else showGroup(group);
}

function recent() {
  const symbols = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
  const rows = groups.flatMap(({ emoji }) => emoji);
  return symbols.map((symbol) => rows.find((row) => row[0] === symbol)).filter(Boolean);
}

function remember(symbol) {
  const symbols = [symbol, ...recent().map((row) => row[0]).filter((other) => other !== symbol)];
  localStorage.setItem(RECENT, JSON.stringify(symbols.slice(0, MOST_RECENT)));
}

/* ---- choosing ---- */

function pick(event) {
  const button = at(event, "[data-symbol]");
  if (!button) return;
  remember(button.dataset.symbol ?? "");
  const several = event instanceof MouseEvent && event.shiftKey;
  if (!several) closePicker();
  insertText(button.textContent ?? "");
  if (several) button.focus();
}

function searchKeys(event) {
  if (event.key === "ArrowDown") find("[data-symbol]", grid)?.focus();
  else if (event.key === "Enter") find("[data-symbol]", grid)?.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function chooseGroup(event) {
  const id = at(event, "[data-group]")?.dataset.group;
  if (!id) return;
  search.value = "";
  showGroup(id);
}

function walkGroups(event) {
  const tabs = findAll("[data-group]");
  const here = tabs.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === "ArrowDown") find("[data-symbol]", grid)?.focus();
  else if (step) move(tabs, here + (rightToLeft() ? -step : step))?.click();
  else return;
  event.preventDefault();
}

const rightToLeft = () => getComputedStyle(document.documentElement).direction === "rtl";

function walkGrid(event) {
  const buttons = findAll("[data-symbol]", grid);
  const here = buttons.indexOf(document.activeElement);
  const width = columns(buttons);
  const side = rightToLeft() ? -1 : 1;
  const steps = {
    ArrowRight: here + side, ArrowLeft: here - side, ArrowDown: here + width, ArrowUp: here - width, Home: 0, End: buttons.length - 1,
  };
  if (!(event.key in steps) || here < 0) return;
  event.preventDefault();
  event.stopPropagation();
  if (steps[event.key] < 0) return search.focus();
  move(buttons, Math.min(steps[event.key], buttons.length - 1));
}

/** How many stand beside each other in the first line. */
function columns(buttons) {
  const below = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop);
  return below < 1 ? buttons.length : below;
}

/** Moves the one tab stop of a group of buttons. */
function move(buttons, to) {
  const next = buttons[(to + buttons.length) % buttons.length];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next?.focus();
  return next;
}

start();
