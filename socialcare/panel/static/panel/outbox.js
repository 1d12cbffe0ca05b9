/**
 * Replies on their way to the server. One press of Send makes one entry with one key; the entry is tried again, with the same key,
 * until the server has answered, whatever the network does. The server does nothing twice for one key.
 */

import { listen, post, settings } from "./page.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 10_000;
const SHELF = "panel.outbox";

/** by interaction: one reply is under way at a time, so order is kept */
const entries = new Map();
const sleepers = new Set();

let listeners = { answered() {}, refused() {}, waiting() {} };

export function startOutbox(heard) {
  listeners = heard;
  listen("up", wake);
  window.addEventListener("online", wake);
  for (const entry of shelved()) take(entry);
}

/** The reply of an interaction that the server has not yet answered for. */
export const pending = (interaction) => entries.get(interaction);

/** Hands a reply over; false if one of this interaction is still under way. @param {Omit<import("./types").Entry, "key" | "person">} reply */
export function handOver(reply) {
  if (entries.has(reply.interaction)) return false;
  take({ ...reply, key: newKey(), person: settings.user ?? "" });
  return true;
}

function take(entry) {
  entries.set(entry.interaction, entry);
  shelve();
  deliver(entry);
}

async function deliver(entry) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await post(entry.url, fieldsOf(entry));
      forget(entry);
      return listeners.answered(entry, answer);
    } catch (failure) {
      if (!failure.passing) {
        forget(entry);
        return listeners.refused(entry, failure);
      }
      listeners.waiting(entry);
    }
    await sleep(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt) * (0.5 + Math.random() / 2));
  }
}

function fieldsOf({ key, visibility, text, target, files, confirmed }) {
  const fields = new URLSearchParams({ key, visibility, text, in_reply_to: target, confirmed: confirmed ? "1" : "" });
  for (const file of files) fields.append("attachment", file);
  return fields;
}

function forget(entry) {
  entries.delete(entry.interaction);
  shelve();
}

/** A reload must not make a second reply out of one press: what is under way outlives it, key and all. */
function shelve() {
  try {
    sessionStorage.setItem(SHELF, JSON.stringify([...entries.values()]));
  } catch {
    // A browser that keeps nothing still sends.
  }
}

function shelved() {
  try {
    const all = JSON.parse(sessionStorage.getItem(SHELF) ?? "[]");
    return all.filter((entry) => entry.person === (settings.user ?? ""));
  } catch {
    return [];
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => {
    const up = () => {
      clearTimeout(timer);
      sleepers.delete(up);
      resolve(undefined);
    };
    const timer = setTimeout(up, milliseconds);
    sleepers.add(up);
  });
}

function wake() {
  for (const up of [...sleepers]) up();
}

/** A UUID, also where the page is not served over TLS and randomUUID is missing. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
