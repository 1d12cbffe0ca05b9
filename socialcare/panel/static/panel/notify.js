/** What calls an agent who looks elsewhere: a sound, a notification of the browser, the page's title and its icon. */

import { find, findAll } from "./elements.js";
import { announce, listen, openInteraction, settings, tell, toast } from "./page.js";
import { say } from "./strings.js";

/** Offers and unread messages that have been announced. @type {Map<string, number>} */
let known = new Map();
/** Delivery marks by message, to tell a change from a first sight. @type {Map<string, string>} */
let marks = new Map();
let thread = "";

export function startNotify() {
  known = calls();
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
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, wakeSound, { once: true, capture: true });
}

const wants = (what) => settings[what] === "on";

/* ---- who calls ---- */

/** Every offer, and the unread messages of every row. */
function calls() {
  const offers = findAll("#part-offers [data-offer]").map((offer) => [offer.id, 1]);
  const unread = findAll("#part-active a.unread").map((row) => [`unread-${row.dataset.open}`, unreadIn(row)]);
  return new Map([...offers, ...unread]);
}

const unreadIn = (row) => parseInt(find(".badge", row)?.textContent ?? "1", 10) || 1;

function callAgent() {
  const now = calls();
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
  if (wants("sound")) sound(kind);
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

/* ---- sound, made here: no file to load ---- */

let audio;

function wakeSound() {
  audio ??= globalThis.AudioContext && new AudioContext();
  audio?.resume();
}

const TUNES = { offer: [[659, 0], [880, 0.14], [1175, 0.28]], message: [[784, 0]] };

/** @param {"offer" | "message"} kind */
export function sound(kind) {
  wakeSound();
  for (const [pitch, after] of TUNES[kind]) note(pitch, after);
  document.dispatchEvent(new CustomEvent("panel:sounded", { detail: kind }));
}

/** One soft note, swelling and dying away. */
function note(pitch, after) {
  if (!audio) return;
  const start = audio.currentTime + after;
  const tone = new OscillatorNode(audio, { type: "sine", frequency: pitch });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.linearRampToValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.45);
}

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

let painted = -1;

function showCount() {
  const count = [...calls().values()].reduce((sum, one) => sum + one, 0);
  const name = openInteraction() && find("#title")?.textContent?.trim();
  document.title = `${count ? `(${count}) ` : ""}${name ? `${name} · ` : ""}${say("interactions")}`;
  if (painted !== count) paintIcon((painted = count));
}

/** The icon with a badge that shows how many wait. */
function paintIcon(count) {
  const link = find("link[rel~=icon]");
  if (!link) return;
  link.dataset.plain ??= link.href;
  if (!count) return void (link.href = link.dataset.plain);
  const image = new Image();
  image.addEventListener("load", () => count === painted && (link.href = badged(image, count)));
  image.src = link.dataset.plain;
}

function badged(image, count) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (!pen) return image.src;
  pen.drawImage(image, 0, 0, 64, 64);
  pen.fillStyle = "#c3281e";
  pen.beginPath();
  pen.arc(42, 42, 22, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 30px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(count > 9 ? "9+" : String(count), 42, 44);
  return canvas.toDataURL("image/png");
}
