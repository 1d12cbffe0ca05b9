/** What every module needs of the page: its settings, its way to the server, its voice. */

import { find, icon, iconButton, make } from "./elements.js";
import { say } from "./strings.js";

export const panel = find("#panel") ?? make("div");

/** What the server says about this page: addresses, preferences, the person. */
export const settings = panel.dataset;

/** The interaction that is open, or "". */
export const openInteraction = () => settings.interaction ?? "";

/** Tells the other modules. */
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`panel:${name}`, { detail }));

/** @param {(detail: any) => void} listener */
export const listen = (name, listener) =>
  document.addEventListener(`panel:${name}`, (event) => listener(event.detail));

/** An answer that is not the one hoped for; `status` 0 means that no answer came at all. */
export class Failure extends Error {
  constructor(status, error = {}) {
    super(error.message || say(status === 0 ? "failed.network" : "failed.server"));
    this.status = status;
    this.code = error.code ?? "";
    this.field = error.field ?? "";
  }

  /** True when the same request may succeed later, unchanged. */
  get passing() {
    return this.status === 0 || [502, 503, 504].includes(this.status);
  }
}

export function csrfToken() {
  const field = find("input[name=csrfmiddlewaretoken]");
  if (field instanceof HTMLInputElement) return field.value;
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

async function request(url, options = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...options.headers };
  try {
    return await fetch(url, { credentials: "same-origin", ...options, headers });
  } catch {
    throw new Failure(0);
  }
}

/**
 * Does one action at the server.
 * @param {string} url @param {FormData | URLSearchParams | Record<string, string>} fields
 * @param {RequestInit} [options] @returns {Promise<Record<string, any>>}
 */
export async function post(url, fields, options = {}) {
  // Never multipart: a form without fields would be one without parts, which servers refuse.
  const body = new URLSearchParams(/** @type {any} */ (fields));
  const response = await request(url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, ...options });
  return answered(response);
}

export async function get(url, options = {}) {
  return answered(await request(url, options));
}

/** A fragment of the page, as the server renders it. */
export async function getHtml(url, options = {}) {
  const response = await request(url, { headers: { Accept: "text/html" }, ...options });
  if (!response.ok) throw new Failure(response.status);
  if (response.redirected && isSignIn(response.url)) signIn();
  return response.text();
}

async function answered(response) {
  const json = response.headers.get("Content-Type")?.includes("json");
  const body = json ? await response.json().catch(() => ({})) : {};
  if (response.status === 401 || (response.redirected && isSignIn(response.url))) signIn();
  if (!response.ok || !json) throw new Failure(response.ok ? 500 : response.status, body.error);
  return body;
}

const isSignIn = (url) => Boolean(settings.signIn) && new URL(url).pathname === settings.signIn;

/** The session is over: sign in, and come back here. */
export function signIn() {
  if (!settings.signIn) return;
  tell("leaving");
  location.assign(`${settings.signIn}?next=${encodeURIComponent(location.pathname)}`);
}

let announced = "";

/** Says something once to those who listen to the page, politely. */
export function announce(words) {
  const live = find("#live");
  if (!live || !words) return;
  // The same words twice in a row are a change only if the text differs.
  announced = announced === words ? `${words}\u00a0` : words;
  live.textContent = announced;
}

const SHOWN_FOR = 8000;

/** Shows words that need to be seen: what went wrong, beside what one may do. @param {"bad" | "ok"} [kind] */
export function toast(words, kind = "bad") {
  const box = find("#toasts");
  if (!box) return;
  const close = iconButton("x", say("close"));
  const made = make("div", { class: `toast ${kind}` }, icon(kind === "bad" ? "alert" : "check"), make("p", {}, words), close);
  const old = [...box.children].find((other) => other.textContent === made.textContent);
  old?.remove();
  box.append(made);
  close.addEventListener("click", () => made.remove());
  setTimeout(() => made.remove(), SHOWN_FOR);
}
