/** What one does in the thread besides answering: copying, jumping to a quoted post, reading on into the past, having read. */

import { at, find, findAll, make } from "./elements.js";
import { announce, getHtml, listen, openInteraction, post, toast } from "./page.js";
import { compose } from "./state.js";
import { say } from "./strings.js";
import { tick } from "./timers.js";

const READ_AFTER = 400;
let reading = 0;

export function startThread() {
  document.addEventListener("click", (event) => {
    const [copied, earlier, jump] = ["[data-copy]", "a[data-earlier]", "a[data-jump]"].map((selector) => at(event, selector));
    if (copied) copy(copied);
    if (earlier || jump) event.preventDefault();
    if (earlier) showEarlier(earlier);
    if (jump) jumpTo(jump.getAttribute("href") ?? "");
  });
  listen("frame", ({ changed }) => (changed.length ? soonRead() : undefined));
  listen("closing", dropEarlier);
  document.addEventListener("visibilitychange", soonRead);
  window.addEventListener("focus", soonRead);
  soonRead();
}

async function copy(button) {
  const text = find(".text", document.getElementById(button.dataset.copy ?? ""))?.textContent ?? "";
  button.closest("details")?.removeAttribute("open");
  try {
    await (navigator.clipboard?.writeText(text) ?? copyByHand(text));
    announce(say("copied"));
  } catch {
    toast(say("copy.failed"));
  }
}

/** Where the page is not served over TLS, browsers have no clipboard but this one. */
function copyByHand(text) {
  const area = make("textarea", { class: "sr", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}

function jumpTo(hash) {
  const row = document.getElementById(hash.slice(1));
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
}

/** Older messages are put in before the oldest; the streamed part does not know them and leaves them alone. */
async function showEarlier(link) {
  const row = link.closest("li");
  if (!row || row.getAttribute("aria-busy") === "true") return;
  row.setAttribute("aria-busy", "true");
  const interaction = openInteraction();
  try {
    const html = await getHtml(link.href);
    if (interaction === openInteraction()) putBefore(row, html);
  } catch (failure) {
    toast(failure.message);
  } finally {
    row.removeAttribute("aria-busy");
  }
}

function putBefore(row, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const older = template.content;
  const next = older.querySelector("#earlier");
  next?.remove();
  for (const line of older.querySelectorAll("li")) {
    line.dataset.older = "";
    // The day that was begun below has begun above already.
    if (line.id && line.matches(".day")) document.getElementById(line.id)?.setAttribute("hidden", "");
  }
  row.parentElement?.setAttribute("data-older-shown", "");
  row.after(older);
  const address = next?.querySelector("a")?.getAttribute("href");
  if (address) find("a", row).setAttribute("href", address);
  else row.setAttribute("hidden", "");
  tick();
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
