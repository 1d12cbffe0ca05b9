/**
 * The page's one clock. It moves what the server rendered as a first value: times ago, countdowns, shrinking bars.
 * It runs by the server's clock, so that a laptop whose own clock is wrong shows the truth.
 */

import { find, findAll, write } from "./elements.js";
import { language, say } from "./strings.js";

const SOON = 7;
const SECOND = 1000;

let offset = 0;

/** @param {string} iso the server's clock, just now */
export function setServerTime(iso) {
  const time = Date.parse(iso);
  if (!Number.isNaN(time)) offset = time - Date.now();
}

/** Milliseconds since the epoch, by the server's clock. */
export const serverNow = () => Date.now() + offset;

const UNITS = [["span.day", 86_400], ["span.hour", 3_600], ["span.minute", 60], ["span.second", 1]];

/** A length of time in one unit, rounded down: "4 min". */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [key, length] = UNITS.find(([, least]) => whole >= least) ?? UNITS[3];
  return say(key, { count: Math.floor(whole / length) });
}

/** A length of time as on a stop-watch: "1:42", "1:02:05". */
function watch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** A moment as one speaks of it: "4 minutes ago", "yesterday". @param {number} seconds from now, negative in the past */
function spoken(seconds) {
  const units = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
  const [unit, length] = units.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

// English without a country would be American, with the month first.
const exact = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
  dateStyle: "long",
  timeStyle: "medium",
  timeZone: find("#panel")?.dataset.timezone || undefined,
});

const worded = (seconds, style) => (style === "watch" ? watch(seconds) : style === "spoken" ? spoken(-seconds) : duration(seconds));

/** Moves every clock of the page to the present. */
export function tick() {
  const now = serverNow();
  for (const time of findAll("time[data-ago]")) {
    const moment = Date.parse(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment)) continue;
    write(time, worded((now - moment) / SECOND, time.dataset.ago));
    if (!time.title) time.title = exact.format(moment);
  }
  for (const time of findAll("time[data-until]")) {
    const left = secondsTo(time.getAttribute("datetime"), now);
    write(time, time.dataset.until === "left" ? say("left", { time: watch(left) }) : worded(left, time.dataset.until));
  }
  for (const words of findAll("[data-left]")) write(words, say("seconds.left", { count: secondsTo(words.dataset.left, now) }));
  for (const bar of findAll("progress[data-until]")) shrink(bar, now);
}

const secondsTo = (iso, now) => Math.max(0, Math.ceil((Date.parse(iso ?? "") - now) / SECOND)) || 0;

function shrink(bar, now) {
  const left = secondsTo(bar.dataset.until, now);
  if (bar.value !== Math.min(left, bar.max)) bar.value = Math.min(left, bar.max);
  bar.classList.toggle("soon", left <= Number(bar.dataset.soon ?? SOON));
}

/** Starts the clock, on the server's full seconds. @param {() => void} [also] */
export function startClock(also = () => {}) {
  const step = () => {
    tick();
    also();
    setTimeout(step, SECOND - (serverNow() % SECOND) + 5);
  };
  step();
}
