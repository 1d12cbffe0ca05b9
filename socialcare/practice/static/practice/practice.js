// The page of the practice network: acts without leaving the page, and shows within a second what has changed.

const network = document.getElementById("network");
const notice = document.getElementById("notice");
const EVERY = 1000;
let revision = "";
let timer = 0;

network.addEventListener("submit", act);
network.addEventListener("click", choose);
network.addEventListener("change", changed);
network.addEventListener("keydown", sendOnEnter);
document.addEventListener("visibilitychange", () => document.hidden || look());
look();

// ---------------------------------------------------------------- looking

async function look() {
  clearTimeout(timer);
  try {
    const address = `${network.dataset.state}?as=${encodeURIComponent(network.dataset.as)}&revision=${revision}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 200) show(await answer.json());
    if (notice.dataset.lost) say("");
  } catch {
    say(network.dataset.lost);
    notice.dataset.lost = "yes";
  }
  timer = setTimeout(look, document.hidden ? 5 * EVERY : EVERY);
}

function show(state) {
  const first = !revision;
  revision = state.revision;
  for (const [name, html] of Object.entries(state.parts)) replace(name, html, first);
  readIfSeen();
}

function replace(name, html, first) {
  const old = document.getElementById(`part-${name}`);
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (old.open) fresh.open = true;
  if (first && old.isEqualNode(fresh)) return;
  if (old.outerHTML === fresh.outerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const top = old.scrollTop;
  old.replaceWith(fresh);
  fresh.scrollTop = top;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function readIfSeen() {
  const unread = document.getElementById("part-conversation").dataset.unread;
  if (unread && !document.hidden && network.dataset.read) post(network.dataset.read, new FormData(document.getElementById("act")));
}

// ---------------------------------------------------------------- acting

async function act(event) {
  const form = event.target;
  const button = event.submitter;
  if (form.matches(".languages")) return;
  event.preventDefault();
  const data = new FormData(form, button);
  const done = await post(button?.hasAttribute("formaction") ? button.formAction : form.action, data);
  if (!done) return;
  if ("go" in form.dataset) location.search = `?as=${encodeURIComponent(done.as)}`;
  if ("clear" in form.dataset) clear(form);
}

async function post(address, data) {
  try {
    const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const said = await answer.json();
    say(said.error?.message ?? "");
    if (said.ok) look();
    return said.ok ? said : null;
  } catch {
    say(network.dataset.lost);
    return null;
  }
}

function say(words) {
  notice.textContent = words;
  notice.hidden = !words;
  delete notice.dataset.lost;
}

// ---------------------------------------------------------------- composing

function choose(event) {
  const link = event.target.closest("[data-reply], [data-edit], [data-cancel]");
  if (!link) return;
  event.preventDefault();
  if ("cancel" in link.dataset) return clear(link.closest("form"));
  const form = document.getElementById(link.dataset.composer ?? "write-public");
  clear(form);
  const text = form.elements.text;
  if (link.dataset.edit) {
    form.action = link.dataset.edit;
    text.value = link.dataset.text;
    about(form, network.dataset.editing);
  } else {
    form.elements.answers.value = link.dataset.reply;
    about(form, `${network.dataset.answering} ${link.dataset.whom}`);
  }
  text.focus();
}

function about(form, words) {
  form.querySelector("[data-whom]").textContent = words;
  form.querySelector(".to").hidden = !words;
}

function clear(form) {
  form.action = form.dataset.write;
  form.elements.text.value = "";
  form.elements.picture.value = "";
  form.querySelector("output").textContent = "";
  if (form.elements.answers) form.elements.answers.value = "";
  about(form, "");
}

function changed(event) {
  const form = event.target.form;
  if (event.target.type === "file") event.target.nextElementSibling.textContent = event.target.files[0]?.name ?? "";
  else if (form && "change" in form.dataset) form.requestSubmit();
}

function sendOnEnter(event) {
  if (event.target.matches("textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
}
