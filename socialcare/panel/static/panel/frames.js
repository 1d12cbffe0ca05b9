/** Applies what the server streams: parts of the page, each only if it is not older than what stands there. */

import { applyEntry, applyPart } from "./apply.js";
import { openInteraction, settings, tell } from "./page.js";
import { setServerTime } from "./timers.js";

/** Parts that show the open interaction; the others show the agent's work. */
const OF_INTERACTION = new Set(["head", "thread", "context", "wrapup", "compose-state"]);

let known = { agent: 0, interaction: 0 };

/** What this page stands at; the server compares it on every beat. */
export const versions = () => ({ ...known });

export function readVersions() {
  known = { agent: 0, interaction: 0, ...JSON.parse(settings.versions || "{}") };
}

/** Another interaction is being opened: its own versions count from now on. */
export function forgetInteraction() {
  known.interaction = 0;
}

/** @param {import("./types").Frame} frame */
export function applyFrame(frame) {
  if (frame.now) setServerTime(frame.now);
  if (known.interaction < (frame.after ?? 0)) return tell("behind");
  const fresh = freshness(frame);
  const names = Object.keys(frame.html ?? {});
  const applied = names.filter((name) => fresh[ownerOf(name)] && apply(name, frame.html[name]));
  const changed = [...new Set(applied.map(partOf))];
  for (const owner of ["agent", "interaction"]) {
    if (fresh[owner]) known[owner] = frame.versions?.[owner] ?? known[owner];
  }
  for (const name of changed) tell("part", { name, now: frame.now });
  tell("frame", { frame, changed, arrived: fresh.interaction && names.some((name) => partOf(name) === "thread") });
}

/** Which halves of a frame may be applied: those not rendered from older rows than what stands here. */
function freshness(frame) {
  // None: what was open is not to be seen any more. Another one: the frame was under way when this one was opened.
  const ofOpen = !frame.interaction || frame.interaction === openInteraction();
  const notOlder = (owner) =>
    Boolean(frame.all) || (frame.versions?.[owner] ?? known[owner]) >= known[owner];
  return { agent: notOlder("agent"), interaction: ofOpen && notOlder("interaction") };
}

/** `thread.…` is a single message of the thread. */
const partOf = (name) => name.split(".")[0];
const apply = (name, html) => (partOf(name) === name ? applyPart(html) : (applyEntry(html) ?? (tell("behind"), false)));
const ownerOf = (name) => (OF_INTERACTION.has(partOf(name)) ? "interaction" : "agent");
