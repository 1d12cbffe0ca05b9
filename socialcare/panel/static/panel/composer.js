/**
 * The reply box: what is written, who may read it, which post it answers, and whether it can be sent.
 *
 * It stands outside every streamed part. What the server decides (rights, limits, drafts) comes with "compose-state"; what the
 * agent is writing is never thrown away, whatever comes.
 */

import { DraftKeeper } from "./drafts.js";
import { look, sayBelow, showAnswering } from "./composer_look.js";
import { at, find } from "./elements.js";
import { applyFrame } from "./frames.js";
import { handOver, pending, startOutbox } from "./outbox.js";
import { announce, listen, openInteraction, tell, toast } from "./page.js";
import { compose } from "./state.js";
import { say } from "./strings.js";
import { serverNow } from "./timers.js";
import * as uploads from "./uploads.js";


const form = find("#composer");
const area = find("#reply");

const box = {
  interaction: "",
  visibility: "public",
  /** The post that a public reply answers; kept while the box is private. */
  target: null,
  /** The agent chose the post; else it follows the newest. */
  chosen: false,
  asking: false,
  /** The customer's private message was pointed out already. */
  asked: false,
  measured: { over: 0 },
};

const drafts = new DraftKeeper(() => ({ slot: draftSlot(), text: area.value }), sayBelow);

export function startComposer() {
  if (!form) return;
  startOutbox({ answered, refused, waiting });
  form.addEventListener("submit", (event) => (event.preventDefault(), send()));
  area.addEventListener("input", typed);
  area.addEventListener("keydown", enterSends);
  form.addEventListener("change", (event) => switchTo(event.target));
  form.addEventListener("click", clicked);
  document.addEventListener("click", chooseAnswer);
  window.addEventListener("pagehide", () => drafts.leave());
  document.addEventListener("visibilitychange", () => document.hidden && drafts.leave());
  listen("leaving", () => drafts.leave());
  listen("closing", close);
  listen("part", ({ name, now }) => name === "compose-state" && refresh(now));
  listen("frame", ({ changed }) => changed.includes("thread") && showAnswering(answeredPost()));
  listen("up", () => drafts.save());
  listen("files", show);
  refresh("");
}

/** The place in the box where something is inserted, as if it had been typed. */
export function insertText(text, from = area.selectionStart, to = area.selectionEnd) {
  area.focus();
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

/** The whole text, with the caret behind it. */
function setText(text) {
  area.value = text;
  area.setSelectionRange(text.length, text.length);
}

/** The visibility that the next reply would have. */
export const visibility = () => box.visibility;

export function focusComposer(atEnd = false) {
  if (form.hidden) return false;
  area.focus();
  if (atEnd) area.setSelectionRange(area.value.length, area.value.length);
  return true;
}

/** The picker and its data are fetched when they are wanted. */
export const openEmoji = () =>
  import("./emoji.js").then(({ togglePicker }) => togglePicker(), () => announce(say("emoji.failed")));

/** Public becomes private and the other way round, where both are allowed. */
export function toggleVisibility() {
  const other = box.visibility === "public" ? "private" : "public";
  if (compose()[other]?.allowed) moveTo(other);
  else announce(compose()[other]?.reason ?? "");
}

/* ---- what the server says ---- */

function refresh(now) {
  const state = compose();
  if (!state.interaction && box.interaction) return close();
  if ((state.interaction ?? "") !== openInteraction()) return;
  if (box.interaction !== (state.interaction ?? "")) load();
  else {
    keepToWhatIsAllowed();
    followAnswering();
    takeOver(now);
  }
  uploads.showFiles(state);
  show();
}

/** Another interaction has been opened: its draft, else an empty box. */
function load() {
  const state = compose();
  const entry = pending(state.interaction ?? "");
  const draft = state.drafts?.[0];
  box.interaction = state.interaction ?? "";
  box.visibility = entry?.visibility ?? draft?.visibility ?? firstAllowed();
  box.target = targetOf(entry?.target ?? draft?.in_reply_to);
  Object.assign(box, { chosen: Boolean(box.target), asking: false, asked: false });
  setText(entry?.text ?? draft?.text ?? "");
  drafts.loaded(draft?.text ?? "", draft?.saved_at ?? "");
  if (!box.target) moveTo(box.visibility);
  if (state.interaction) tell("composing", { interaction: state.interaction });
}

function firstAllowed() {
  const state = compose();
  const first = state.default ?? "public";
  const other = first === "public" ? "private" : "public";
  return state[first]?.allowed || !state[other]?.allowed ? first : other;
}

/** A visibility that is not to be had any more is left; but nothing that was written for one becomes public by itself. */
function keepToWhatIsAllowed() {
  const state = compose();
  if (!state.open || state[box.visibility]?.allowed) return;
  if (box.visibility === "public" && state.private?.allowed) moveTo("private");
  else if (!area.value && state.public?.allowed) moveTo("public");
}

/** A newer post of the customer is answered instead, unless the agent has chosen or begun. */
function followAnswering() {
  if (!box.chosen && !area.value) box.target = newest();
}

const newest = () => compose().answering ?? null;

/** A newer draft from another tab or machine is taken over, if this box has not been edited since. */
function takeOver(now) {
  const draft = draftOf(box.visibility, postOf());
  const text = draft?.text ?? "";
  if (text === area.value) return drafts.loaded(text, draft?.saved_at ?? drafts.at);
  if (drafts.changed || drafts.saving || pending(box.interaction)) return;
  const said = draft ? draft.saved_at : now;
  if (!(Date.parse(said) > (Date.parse(drafts.at) || 0))) return;
  setText(text);
  drafts.loaded(text, draft?.saved_at ?? "");
  if (text) announce(say("draft.elsewhere"));
}

/** The id of the post that a reply answers, "" in private. */
const postOf = ({ visibility, target } = box) => (visibility === "public" && target?.id) || "";

const liesAt = (visibility, target) => (draft) => draft.visibility === visibility && (draft.in_reply_to ?? "") === target;
const draftOf = (visibility, target) => compose().drafts?.find(liesAt(visibility, target));

/** A draft leaves its place, here at once: one may come back before the server has said so. */
function takeOut(slot) {
  const lies = liesAt(slot.visibility, slot.target);
  compose().drafts = compose().drafts?.filter((draft) => !lies(draft));
  drafts.put(slot, "");
}

/** Where the text in the box is kept; nowhere while it is on its way. */
function draftSlot() {
  const url = compose().interaction === box.interaction && compose().open ? compose().urls?.draft : "";
  if (!box.interaction || !url || pending(box.interaction)?.text === area.value) return null;
  return { url, visibility: box.visibility, target: postOf() };
}

/** The interaction is being left for another: what is written stays with it. */
function close() {
  drafts.save();
  Object.assign(box, { interaction: "", target: null, asking: false });
  show();
}

/* ---- what the agent does ---- */

function typed() {
  if (box.asking) box.asking = false;
  sayBelow("");
  drafts.touch();
  show();
}

function enterSends(event) {
  // Enter also chooses a word while an input method is composing.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  event.preventDefault();
  if (!event.repeat) send();
}

function switchTo(input) {
  if (input.name === "visibility") moveTo(input.value);
}

function clicked(event) {
  if (at(event, "[data-emoji-opener]")) openEmoji();
  if (at(event, "[data-other-ways]:not([data-ready])")) import("./menu.js").then(({ open }) => open(true), () => announce(say("failed.network")));
  if (at(event, "[data-answer-newest]")) (choose(null), focusComposer());
  if (at(event, "[data-ask-public]")) send({ confirmed: true });
  if (at(event, "[data-ask-private]")) sendAs("private");
  const way = at(event, "[data-way]")?.dataset.way;
  if (way === "end") send({ then_end: true });
  else if (way) sendAs(way);
}

function chooseAnswer(event) {
  const button = at(event, "[data-answer]");
  if (!button) return;
  choose(postOf() === button.dataset.answer ? null : targetOf(button.dataset.answer));
  focusComposer();
}

/** Answers this post in public; none: the newest. */
function choose(target) {
  if (!compose().public?.allowed) return announce(compose().public?.reason ?? "");
  box.chosen = Boolean(target);
  moveTo("public", target ?? newest());
}

/**
 * The text goes along to another visibility or another post. Where a draft lies there already, that one is shown instead, and this
 * one waits in its own place: nothing that was written is lost. The post is kept while the box is private.
 * @param {string} visibility @param {import("./types").Target | null} target
 */
function moveTo(visibility, target = box.target ?? newest()) {
  const there = postOf({ visibility, target });
  if (visibility === box.visibility && there === postOf()) {
    Object.assign(box, { target, asking: false });
    return show();
  }
  const from = draftSlot();
  const waitsThere = draftOf(visibility, there);
  const text = area.value;
  if (waitsThere && waitsThere.text !== text) drafts.save();
  else if (from && drafts.text) takeOut(from);
  Object.assign(box, { visibility, target, asking: false });
  if (waitsThere && waitsThere.text !== text) setText(waitsThere.text);
  drafts.loaded(waitsThere?.text ?? "", waitsThere?.saved_at ?? "");
  if (drafts.changed) drafts.touch();
  show();
}

function sendAs(visibility) {
  const text = area.value;
  if (visibility !== box.visibility) moveTo(visibility);
  // A draft that lay there has come instead: it is read before it goes
  if (area.value === text) send({ confirmed: visibility === "public" && box.asking });
}

/** Why the reply cannot go out now, in words; "" when it can. */
function obstacle(measured = box.measured) {
  if (pending(box.interaction)) return say("why.busy");
  if (uploads.uploading()) return say("why.uploading");
  if (uploads.refused()) return say("why.failed");
  if (measured.over > 0) return say("why.over", { network: compose().network });
  if (!area.value.trim() && !uploads.ready().length) return say("why.empty");
  return "";
}

function send({ confirmed = false, then_end = false } = {}) {
  const state = compose();
  const why = obstacle();
  if (why) return sayBelow(why);
  if (box.visibility === "public" && state.confirm_public && !box.asked && !confirmed) return ask();
  clearTimeout(drafts.timer);
  if (confirmed) box.asked = true;
  box.asking = false;
  handOver({
    url: state.urls.reply, interaction: box.interaction, visibility: box.visibility, text: area.value,
    target: postOf(), files: uploads.ready(), confirmed: confirmed || box.asked, then_end,
  });
  show();
  area.focus();
}

/** The customer wrote in private last: asked once, in the place of the text, whether everybody may read the answer. */
function ask() {
  box.asking = true;
  show();
  find("[data-ask-private]")?.focus();
}

/** Esc takes back the question. */
export function stopAsking() {
  if (!box.asking) return false;
  box.asking = false;
  show();
  area.focus();
  return true;
}

/* ---- what became of it ---- */

function answered(entry, answer) {
  uploads.sent(entry.files);
  if (entry.interaction === box.interaction) {
    setText(remainder(area.value, entry.text));
    Object.assign(box, { chosen: box.chosen && entry.visibility === "private", asking: false });
    drafts.loaded("", new Date(serverNow()).toISOString());
    if (area.value) drafts.touch();
    sayBelow("");
    announce(answer.message || say("sent"));
  }
  if (answer.frame) applyFrame(answer.frame);
  show();
  if (entry.then_end) tell("press", "end");
}

/** What was written on while the reply was under way stays in the box. */
function remainder(text, sent) {
  if (text === sent) return "";
  return text.startsWith(sent) ? text.slice(sent.length).trimStart() : text;
}

function refused(entry, failure) {
  if (entry.interaction !== box.interaction) {
    const url = entry.url.replace(/reply\/$/, "draft/");
    drafts.put({ url, visibility: entry.visibility, target: entry.target }, entry.text);
    return toast(failure.message);
  }
  show();
  if (failure.code.startsWith("confirm")) return ask();
  sayBelow(failure.message);
  toast(failure.message);
  tell("behind");
}

function waiting(entry) {
  if (entry.interaction === box.interaction) sayBelow(say("why.waiting"));
}

/** Brings what is seen of the box to what it is. */
function show() {
  box.measured = look({ ...box, text: area.value, sending: Boolean(pending(box.interaction)), obstacle });
  showAnswering(answeredPost());
}

/** The id of the post that stands selected in the thread. */
const answeredPost = () => (form.hidden ? "" : postOf());

/** A post as the composer speaks of it. */
function targetOf(id) {
  if (!id) return null;
  const { answering } = compose();
  if (answering?.id === id) return answering;
  const row = document.getElementById(`m-${id}`);
  const name = find("[data-answer]", row ?? form)?.dataset.name ?? compose().first_name;
  return { id, name: name.split(" ")[0], quote: find(".text", row ?? form)?.textContent?.trim() ?? "" };
}
