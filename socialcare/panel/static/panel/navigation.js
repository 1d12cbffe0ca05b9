/** Opening another interaction without loading the page anew; back and forward work. */

import { find, findAll, mark } from "./elements.js";
import { applyFrame, forgetInteraction } from "./frames.js";
import { focusComposer } from "./composer.js";
import { get, listen, openInteraction, panel, settings, tell, toast } from "./page.js";

const PATIENCE = 150;

let sendFrame = () => false;
let loading = 0;
let wantsFocus = false;

/** @param {(frame: object) => boolean} send */
export function startNavigation(send) {
  sendFrame = send;
  document.addEventListener("click", clicked);
  window.addEventListener("popstate", () => show(fromAddress(), { push: false }));
  listen("open", ({ interaction, focus = false }) => show(interaction, { focus }));
  listen("frame", ({ arrived }) => arrived && hasArrived());
  listen("part", ({ name }) => name === "active" && markCurrent());
}

const PATH = /\/i\/([0-9a-f-]{36})\/$/;

const fromAddress = () => location.pathname.match(PATH)?.[1] ?? "";

/** The page's address of an interaction; the list's own when none is open. */
const addressOf = (interaction) => (interaction ? `${settings.home}i/${interaction}/` : (settings.home ?? "/"));

function clicked(event) {
  const target = event.target;
  const view = target.closest("[data-view-to]");
  if (view) {
    event.preventDefault();
    setView(view.dataset.viewTo === "context" && panel.dataset.view === "context" ? "thread" : (view.dataset.viewTo ?? "list"));
  }
  const link = target.closest("a[data-open]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!link || !plain || event.defaultPrevented) return;
  event.preventDefault();
  show(link.dataset.open ?? "", { focus: true });
}

/** @param {string} view "list", "thread" or "context": the one column of a phone */
function setView(view) {
  mark(panel, "data-view", view);
}

/** @param {string} interaction "" for none @param {{push?: boolean, focus?: boolean}} [how] */
export function show(interaction, { push = true, focus = false } = {}) {
  setView(interaction ? "thread" : "list");
  wantsFocus = focus;
  if (interaction === openInteraction()) return void (focus && focusComposer());
  tell("closing");
  settings.interaction = interaction;
  forgetInteraction();
  if (push) history.pushState({ interaction }, "", addressOf(interaction));
  markCurrent();
  clearTimeout(loading);
  loading = setTimeout(() => panel.setAttribute("data-loading", ""), PATIENCE);
  if (!sendFrame({ type: "open", interaction: interaction || null })) fetchParts();
}

/** While the socket is down the same frame comes by a plain request. */
async function fetchParts() {
  const wanted = openInteraction();
  try {
    const frame = await get(`${settings.poll}?${new URLSearchParams({ interaction: wanted })}`);
    if (wanted === openInteraction()) applyFrame(frame);
  } catch (failure) {
    toast(failure.message);
  }
}

function hasArrived() {
  if (!panel.hasAttribute("data-loading") && !loading) return;
  clearTimeout(loading);
  loading = 0;
  panel.removeAttribute("data-loading");
  const log = find(".log");
  if (log) log.scrollTop = 0;
  if (wantsFocus && !focusComposer()) find("#part-thread")?.focus();
  wantsFocus = false;
}

/** The open one is marked at once, before the server has said so. */
function markCurrent() {
  for (const link of findAll("a[data-open]")) {
    if (link.dataset.open === openInteraction()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

