/** What one does in the thread besides answering: copying, jumping to a quoted post, reading on into the past, having read. */

import { at, find, findAll } from "./elements.js";
import { listen, openInteraction, post, toast } from "./page.js";
import { compose } from "./state.js";
import { say } from "./strings.js";

const READ_AFTER = 400;
export const unreachable = () => toast(say("failed.network"));
let reading = 0;

export function startThread() {
  document.addEventListener("click", (event) => {
    const [copied, earlier, jump] = ["[data-copy]", "a[data-earlier]", "a[data-jump]"].map((selector) => at(event, selector));
    if (copied) import("./copy.js").then(({ copy }) => copy(copied), unreachable);
    if (earlier || jump) event.preventDefault();
    if (earlier) import("./earlier.js").then(({ showEarlier }) => showEarlier(earlier), unreachable);
    if (jump) jumpTo(jump.getAttribute("href") ?? "");
  });
  listen("frame", ({ changed }) => (changed.length ? soonRead() : undefined));
  listen("closing", dropEarlier);
  document.addEventListener("visibilitychange", soonRead);
  window.addEventListener("focus", soonRead);
  soonRead();
}

function jumpTo(hash) {
  const row = document.getElementById(hash.slice(1));
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
}

/** Another interaction is opened: what was fetched of this one's past goes with it. */
function dropEarlier() {
  for (const line of findAll("#part-thread [data-older]")) line.remove();
  find("#part-thread [data-older-shown]")?.removeAttribute("data-older-shown");
  find("#earlier")?.removeAttribute("hidden");
}

/** What lies before one's eyes has been read, a moment later. */
function soonRead() {
  clearTimeout(reading);
  reading = setTimeout(markRead, READ_AFTER);
}

function markRead() {
  if (document.hidden || !document.hasFocus()) return;
  const interaction = openInteraction();
  const row = find(`#part-active a.unread[data-open="${CSS.escape(interaction)}"]`);
  const url = compose().interaction === interaction && compose().urls?.read;
  if (interaction && row && url) post(url, {}).catch(() => {});
}
