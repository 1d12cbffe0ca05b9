/** What calls an agent who looks elsewhere: a sound, a notification of the browser, the page's title and its icon. */

import { find, findAll } from "./elements.js";
import { announce, listen, openInteraction, settings, tell, toast } from "./page.js";
import { say } from "./strings.js";

/** Offers and unread messages that have been announced. @type {Map<string, number>} */
let known = new Map();
/** The rows of running work that have been seen. @type {Set<string>} */
let rows = new Set();
/** Delivery marks by message, to tell a change from a first sight. @type {Map<string, string>} */
let marks = new Map();
let thread = "";

export function startNotify() {
  known = calls();
  rows = rowsNow();
  rememberMarks();
  showCount();
  listen("frame", ({ changed }) => {
    if (changed.some((name) => name === "offers" || name === "active")) callAgent();
    if (changed.includes("thread")) sayDeliveries();
    showCount();
  });
  listen("composing", showCount);
  document.addEventListener("change", (event) => askPermission(event.target));
  // A browser lets a page sound only after it has been touched once.
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, loadSound, { once: true, capture: true });
}

const wants = (what) => settings[what] === "on";

/* ---- who calls ---- */

/** Every offer, and the unread messages of every row. */
function calls() {
  const offers = findAll("#part-offers [data-offer]").map((offer) => [offer.id, 1]);
  const unread = findAll("#part-active a.unread").map((row) => [`unread-${row.dataset.open}`, unreadIn(row)]);
  return new Map([...offers, ...unread]);
}

const rowsNow = () => new Set(findAll("#part-active a[data-open]").map((row) => `unread-${row.dataset.open}`));

const unreadIn = (row) => parseInt(find(".badge", row)?.textContent ?? "1", 10) || 1;

function callAgent() {
  const now = calls();
  const came = [...now.keys()].find((id) => id.startsWith("unread-") && !rows.has(id));
  rows = rowsNow();
  // What has been answered for the agent opens by itself, unless something else is being read.
  if (came && !openInteraction()) tell("open", { interaction: came.replace("unread-", "") });
  const fresh = [...now].filter(([id, count]) => count > (known.get(id) ?? 0)).map(([id]) => id);
  known = now;
  for (const id of fresh) {
    const offer = find(`#${CSS.escape(id)}[data-offer]`);
    if (offer) called(offer.dataset.say || say("offer.new", { name: find("h3", offer)?.textContent ?? "" }), id, find(".snippet", offer)?.textContent ?? "", "offer");
    else messageCame(id.replace("unread-", ""));
  }
}

function messageCame(interaction) {
  // What lies open before one's eyes needs no bell.
  if (interaction === openInteraction() && !document.hidden && document.hasFocus()) return;
  const row = find(`#part-active a[data-open="${CSS.escape(interaction)}"]`);
  const name = find(".name", row)?.textContent?.trim() ?? "";
  called(say("message.new", { name }), `unread-${interaction}`, find(".state", row)?.textContent?.trim() ?? "", "message", interaction);
}

function called(words, tag, body, kind, interaction = "") {
  announce(words);
  if (wants("sound")) loadSound().then((loaded) => loaded?.sound(kind));
  if (!wants("notifications") || !document.hidden || globalThis.Notification?.permission !== "granted") return;
  const shown = new Notification(words, { body, tag, icon: find("link[rel~=icon]")?.getAttribute("href") ?? undefined });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
    if (interaction) tell("open", { interaction });
  });
}

/** Asked when the agent switches notifications on: a browser asks only on a gesture. */
async function askPermission(input) {
  if (input.name !== "notifications" || !input.checked || !("Notification" in globalThis)) return;
  if (Notification.permission !== "default") return void (Notification.permission === "denied" && toast(say("notify.denied")));
  if ((await Notification.requestPermission()) === "denied") toast(say("notify.denied"));
}

/** The sounds are fetched only when the page may make one. */
const loadSound = () => import("./sound.js").then((loaded) => (loaded.wakeSound(), loaded)).catch(() => null);

/* ---- delivery results, said once ---- */

function rememberMarks() {
  thread = openInteraction();
  marks = new Map(findAll("#part-thread li[data-status]").map((row) => [row.id, row.dataset.status ?? ""]));
}

const WORTH_SAYING = /failed|not-certain|uncertain|published|delivery-success/;

function sayDeliveries() {
  const before = marks;
  const same = thread === openInteraction();
  rememberMarks();
  if (!same) return;
  for (const [id, status] of marks) {
    if (!before.has(id) || before.get(id) === status || !WORTH_SAYING.test(status)) continue;
    const row = document.getElementById(id);
    const words = [".mark:last-of-type", ".why"].map((part) => find(part, row)?.textContent?.trim() ?? "");
    announce(words.filter(Boolean).join(". "));
  }
}

/* ---- title and icon ---- */

let painted = 0;

function showCount() {
  const count = [...calls().values()].reduce((sum, one) => sum + one, 0);
  const name = openInteraction() && find("#title")?.textContent?.trim();
  document.title = `${count ? `(${count}) ` : ""}${name ? `${name} · ` : ""}${say("interactions")}`;
  if (painted === count) return;
  painted = count;
  import("./badge.js").then(({ paintIcon }) => paintIcon(count)).catch(() => {});
}
