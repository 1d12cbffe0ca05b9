/**
 * The keyboard. Commands are Alt with the letter that stands on the key, whatever the layout; on a Mac, where Option types letters,
 * a command needs Control as well while one is writing.
 */

import { focusComposer, openEmoji, stopAsking, toggleVisibility } from "./composer.js";
import { showDialog } from "./dialogs.js";
import { find, findAll, isTyping } from "./elements.js";
import { listen } from "./page.js";
import { say } from "./strings.js";

const MAC = /mac|iphone|ipad/i.test(navigator.platform);
/** What Option types instead of a letter is no letter of ours; then the layout says which key it was. @type {Map<string, string> | null} */
let layout = null;

/** What each key presses, the first that is on the page. @type {Record<string, string[]>} */
const PRESSES = {
  answer: ['form[data-act="accept"] button'],
  decline: ['form[data-act="decline"] button'],
  queue: ["#not-responding button", '#part-me form.seg [aria-pressed="false"]', '#part-me form.seg input:not(:checked)'],
  end: ['form[data-act="end"] button'],
  park: ['form[data-act="park"] button', 'form[data-act="resume"] button'],
  transfer: ['[data-dialog^="transfer"]'],
  note: ['[data-dialog^="note"]'],
};

const LETTERS = {
  a: () => press("answer"),
  d: () => press("decline"),
  q: () => press("queue"),
  e: () => press("end"),
  p: () => press("park"),
  t: () => press("transfer"),
  n: () => press("note"),
  v: toggleVisibility,
  c: () => focusComposer(true),
  w: focusWrapUp,
  r: resendLast,
  m: openEmoji,
  f: () => find("[data-attach]")?.click(),
};

export function startKeys() {
  document.addEventListener("keydown", pressed);
  listen("press", press);
  // Only some browsers tell the layout; the others tell the letter itself unless Option changed it.
  navigator.keyboard?.getLayoutMap?.().then((map) => (layout = map)).catch(() => {});
  if (!MAC) return;
  for (const key of findAll("[data-mod]")) key.textContent = say("option.key");
  find("[data-mac-note]")?.removeAttribute("hidden");
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || find("dialog[open]")) return;
  if (event.key === "Escape") return void (stopAsking() && event.preventDefault());
  if (isCommand(event)) return command(event);
  if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  if (event.key === "?") showDialog("keys");
  else if (event.key === "/") slash();
  else return;
  event.preventDefault();
}

function isCommand(event) {
  if (!event.altKey || event.metaKey || event.shiftKey || event.getModifierState("AltGraph")) return false;
  if (event.key === "ArrowUp" || event.key === "ArrowDown") return !event.ctrlKey && !(event.target instanceof HTMLSelectElement);
  return MAC ? event.ctrlKey || !isTyping(event.target) : !event.ctrlKey;
}

function command(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const run = step ? () => next(step) : LETTERS[letterOf(event)];
  if (!run) return;
  event.preventDefault();
  if (!event.repeat) run();
}

/** The letter on the key. */
function letterOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return layout?.get(code)?.toLowerCase() ?? code.replace(/^Key/, "").toLowerCase();
}

/** Presses a button as a click would, with all that the page hangs on it. */
function press(name) {
  for (const selector of PRESSES[name] ?? []) {
    const button = find(selector);
    if (button?.checkVisibility?.() ?? button) return button?.click();
  }
}

/** Opens the interaction above or below the open one. */
function next(step) {
  const rows = findAll("#part-active a[data-open]");
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : (here + step + rows.length) % rows.length];
  row?.click();
}

/** Canned responses from anywhere: the slash goes into the reply. */
function slash() {
  if (focusComposer(true)) find("[data-canned]")?.click();
}

function focusWrapUp() {
  const field = find("#part-wrapup select, #part-wrapup textarea");
  find("#panel")?.setAttribute("data-view", field && innerWidth < 1120 ? "context" : (find("#panel")?.dataset.view ?? ""));
  field?.focus();
}

function resendLast() {
  findAll('#part-thread form[data-act="resend"] button').at(-1)?.click();
}
