/** Files of a reply: dropped, pasted or picked, and uploaded at once; each leaves as its own message. */

import { find, icon, iconButton, make } from "./elements.js";
import { announce, csrfToken, openInteraction, post, signIn, tell } from "./page.js";
import { compose } from "./state.js";
import { say, size } from "./strings.js";

/** Files that are not on the server (yet). @type {import("./types").Upload[]} */
let uploads = [];
/** Files on the server, by its last word and ours. @type {any[]} */
let stored = [];
/** Sent or removed here: an older word of the server does not bring them back. */
const gone = new Set();
const answered = new Set();
let shownFor = "";
let judging = 0;

export function startUploads() {
  const form = find("#composer");
  const pick = find("#composer-pick");
  if (!form || !pick) return;
  find("[data-attach]", form)?.addEventListener("click", () => pick.click());
  pick.addEventListener("change", () => {
    attach([...(pick.files ?? [])]);
    pick.value = "";
  });
  form.addEventListener("paste", pasted);
  const thread = find("main.thread") ?? form;
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    thread.addEventListener(kind, (event) => dragged(event, form));
  }
}

/** Ids of the files that go out with the next reply, in their order. */
export const ready = () => stored.map((file) => file.id);
export const uploading = () => judging > 0 || here().some((upload) => !upload.trouble);
export const refused = () => here().some((upload) => upload.trouble);

const here = () => uploads.filter((upload) => upload.interaction === openInteraction());

/** What the server has of the open interaction. @param {import("./types").Compose} state */
export function showFiles(state) {
  const listed = (state.attachments ?? []).filter((file) => !gone.has(file.id));
  // What was just uploaded stays until the server has listed it once: this may be an older word.
  const fresh = shownFor === openInteraction() ? stored.filter((file) => file.fresh && !listed.some((one) => one.id === file.id)) : [];
  stored = [...listed, ...fresh];
  render();
}

/** These files have left with a reply. */
export function sent(ids) {
  for (const id of ids) gone.add(id);
  stored = stored.filter((file) => !ids.includes(file.id));
  render();
}

/* ---- ways in ---- */

function pasted(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  attach(files);
}

function dragged(event, form) {
  if (!event.dataTransfer?.types.includes("Files") || form.hidden) return;
  event.preventDefault();
  const leaving = event.type === "dragleave" && !form.closest("main, body")?.contains(event.relatedTarget);
  form.classList.toggle("dropping", event.type !== "drop" && !leaving);
  if (event.type === "drop") attach([...event.dataTransfer.files]);
}

/** @param {File[]} files */
export async function attach(files) {
  const { open, urls } = compose();
  const interaction = openInteraction(); // it may change
  if (!open) return;
  for (const file of files) {
    const upload = { interaction, url: urls.uploads, file, share: 0, trouble: await objection(file), again: false, preview: "", request: null, before: [] };
    if (file.type.startsWith("image/") && !upload.trouble) upload.preview = URL.createObjectURL(file);
    uploads.push(upload);
    if (upload.trouble) announce(`${file.name}: ${upload.trouble}`);
    else begin(upload);
  }
  render();
}

/** Who judges files is fetched with the first one; without it the server decides. Nothing is sent meanwhile. */
async function objection(file) {
  judging += 1;
  const why = await import("./objection.js").then(({ objectionTo }) => objectionTo(file), () => "");
  judging -= 1;
  return why;
}

/* ---- on the way ---- */

function begin(upload) {
  // fetch cannot say how much of a request has gone out.
  const request = new XMLHttpRequest();
  Object.assign(upload, { request, trouble: "", again: false, share: 0, before: ready() });
  request.open("POST", upload.url);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => progressed(upload, total ? loaded / total : 0));
  request.addEventListener("load", () => arrived(upload, request));
  request.addEventListener("error", () => failed(upload, say("file.network"), true));
  const body = new FormData();
  body.append("file", upload.file, upload.file.name);
  request.send(body);
}

function progressed(upload, share) {
  upload.share = share;
  const chip = find(`[data-upload="${uploads.indexOf(upload)}"]`);
  const bar = chip && find("progress", chip);
  const words = chip && find("small", chip);
  if (bar) bar.value = Math.round(share * 100);
  if (words) words.textContent = state(upload);
}

function arrived(upload, request) {
  const { status, response } = request;
  const attachment = response?.attachment ?? response?.file;
  if (status === 401) return signIn();
  if (status >= 400 || !attachment) {
    return failed(upload, response?.error?.message ?? say("file.failed"), status >= 500);
  }
  forget(upload);
  answered.add(attachment.id);
  if (upload.interaction === openInteraction() && !stored.some((file) => file.id === attachment.id)) stored.push({ ...attachment, fresh: true });
  announce(say("file.added", { name: attachment.name }));
  render();
}

function failed(upload, words, again) {
  Object.assign(upload, { trouble: words, again, request: null });
  announce(`${upload.file.name}: ${words}`);
  render();
}

function forget(upload) {
  upload.request?.abort();
  if (upload.preview) URL.revokeObjectURL(upload.preview);
  uploads = uploads.filter((other) => other !== upload);
}

/* ---- how they look ---- */

function render() {
  const list = find("#composer-files");
  if (!list) return;
  const changed = shownFor !== openInteraction();
  shownFor = openInteraction();
  const chips = [...stored.filter((file) => !claimed(file)[0]).map((file) => chipOf(list, file, changed)), ...here().map(uploadChip)];
  const focused = document.activeElement;
  if (chips.length !== list.children.length || chips.some((chip, place) => chip !== list.children[place])) list.replaceChildren(...chips);
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
  list.hidden = chips.length === 0;
  tell("files");
}

/** Whose file it may be: the server tells of it before it answers, by a name of its own. */
const claimed = (file) => here().filter((one) => !one.trouble && one.file.size === file.size && ![...one.before, ...answered].includes(file.id));

/** The same element as long as it is shown, so that a description being typed stays. */
function chipOf(list, file, fresh) {
  const old = fresh ? null : find(`[data-file="${CSS.escape(file.id)}"]`, list);
  return old ?? storedChip(file);
}

function storedChip(file) {
  const remove = iconButton("x", say("file.remove", { name: file.name }), { "data-remove": "" });
  remove.addEventListener("click", () => discard(file));
  const what = make("span", { class: "what" },
    make("b", { class: "clip", title: file.name, dir: "auto" }, file.name),
    make("small", { class: "num" }, say("file.ready", { size: size(file.size) })));
  if (isImage(file)) import("./describe.js").then(({ description }) => what.append(description(file)), () => announce(say("failed.network")));
  const sign = file.thumb ? make("img", { src: file.thumb, alt: "", width: 40, height: 40 }) : icon(isImage(file) ? "image" : "file");
  return make("li", { class: "chip", "data-file": file.id }, sign, what, remove);
}

const isImage = (file) => (file.type ?? file.content_type ?? "").startsWith("image/");

function discard(file) {
  gone.add(file.id);
  stored = stored.filter((other) => other.id !== file.id);
  render();
  find("#reply")?.focus();
  post(file.urls.discard, {}).catch((failure) => announce(failure.message));
}

function uploadChip(upload) {
  const { file, trouble, again } = upload;
  const what = make("span", { class: "what" }, make("b", { class: "clip", title: file.name, dir: "auto" }, file.name),
    make("small", { class: "num" }, state(upload)));
  if (!trouble) what.append(make("progress", { max: 100, value: Math.round(upload.share * 100), "aria-label": say("file.progress", { name: file.name }) }));
  const remove = iconButton("x", say("file.remove", { name: file.name }));
  remove.addEventListener("click", () => {
    // With what the server has of it, where no other upload may be meant
    const there = stored.filter((file) => claimed(file).includes(upload) && !claimed(file)[1]);
    forget(upload);
    there.forEach(discard);
    render();
    find("#reply")?.focus();
  });
  const sign = upload.preview && !trouble ? make("img", { src: upload.preview, alt: "", width: 40, height: 40 }) : icon(trouble ? "alert" : "image");
  const chip = make("li", { class: trouble ? "chip bad" : "chip", "data-upload": uploads.indexOf(upload) }, sign, what);
  if (again) chip.append(retryButton(upload));
  chip.append(remove);
  return chip;
}

function retryButton(upload) {
  const button = iconButton("again", say("file.retry", { name: upload.file.name }));
  button.addEventListener("click", () => (begin(upload), render()));
  return button;
}

function state({ file, share, trouble }) {
  const percent = share.toLocaleString(document.documentElement.lang || "en", { style: "percent" });
  return trouble || say("file.sending", { size: size(file.size), percent });
}
