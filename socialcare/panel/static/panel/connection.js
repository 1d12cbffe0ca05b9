/** The thin bar over the thread that says how the line is: Reconnecting…, Offline since, Back. Nothing moves for it. */

import { find, icon, make } from "./elements.js";
import { say } from "./strings.js";
import { duration } from "./timers.js";

const QUIET = 700;
const OFFLINE_AFTER = 15_000;
const BACK_FOR = 3_000;

let since = 0;
let shown = "";
let hiding;

/** @param {"up" | "down"} state @param {number} from milliseconds since the epoch */
export function showConnection(state, from) {
  clearTimeout(hiding);
  since = state === "down" ? from : 0;
  if (state === "up" && shown) back();
  // A line that is down for a blink is nobody's trouble.
  if (state === "down") hiding = setTimeout(refreshConnection, QUIET);
}

/** Called by the page's clock. */
export function refreshConnection() {
  const down = since && Date.now() - since;
  if (!down || down < QUIET) return;
  const offline = !navigator.onLine || down > OFFLINE_AFTER;
  if (offline) render("off", "offline", say("offline", { span: duration(down / 1000) }), say("offline.more"));
  else render("", "offline", say("reconnecting"), say("reconnecting.more"));
}

function back() {
  render("ok", "check", say("back"), say("back.more"));
  hiding = setTimeout(hide, BACK_FOR);
}

function hide() {
  const shownBar = bar();
  if (shownBar) shownBar.hidden = true;
  shown = "";
}

/** The bar hangs over the first line of the thread, wherever the page has put it. */
function bar() {
  const found = find("#connection");
  const thread = find("main.thread");
  if (found && thread && found.parentElement !== thread) thread.append(found);
  return found;
}

function render(kind, sign, head, more) {
  const shownBar = bar();
  if (!shownBar || shown === head) return;
  shown = head;
  shownBar.className = `bar ${kind}`.trim();
  shownBar.replaceChildren(icon(sign), make("span", {}, make("b", {}, head), ` ${more}`));
  shownBar.hidden = false;
}
