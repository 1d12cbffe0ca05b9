/** What opens and closes over the page: dialogs, small menus. Esc closes, and gives the focus back to what opened it. */

import { find, findAll, make, write } from "./elements.js";
import { get } from "./page.js";
import { compose } from "./state.js";
import { say } from "./strings.js";

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const target = event.target;
    const opener = target.closest("[data-dialog]");
    if (opener && openDialog(opener)) event.preventDefault();
    if (target.closest("[data-closes]")) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement) target.close();
    closeMenus(target);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && escapeMenu(event));
  find("[data-transfer-search]")?.addEventListener("input", filterChoices);
}

/** @param {HTMLElement} opener a link whose address the dialog's form posts to @returns {boolean} */
export function openDialog(opener) {
  const name = (opener.dataset.dialog ?? "").replace(/-dialog$/, "");
  const dialog = find(`#${name}-dialog`);
  if (!dialog || dialog.open) return false;
  const form = find("form[data-act]", dialog);
  if (form) form.action = compose().urls?.[name] ?? opener.getAttribute("href") ?? "";
  write(find("[data-error]", dialog), "");
  if (name === "transfer") showChoices(dialog, form.action);
  dialog.showModal();
  return true;
}

/** Shows a dialog that nothing on the page opens. @param {string} name */
export function showDialog(name) {
  const dialog = find(`#${name}-dialog`);
  if (dialog && !dialog.open) dialog.showModal();
}

/** Asks before something is done that cannot be undone. @param {string} words @returns {Promise<boolean>} */
export function confirmed(words) {
  const dialog = find("#confirm-dialog");
  if (!dialog) return Promise.resolve(true);
  write(find("#confirm-words"), words);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** A click anywhere else closes a menu. */
function closeMenus(target) {
  for (const menu of findAll("details[data-menu][open]")) if (!menu.contains(target)) menu.removeAttribute("open");
}

function escapeMenu(event) {
  const menus = findAll("details[data-menu][open]");
  const menu = menus.find((one) => one.contains(document.activeElement)) ?? menus[0];
  if (!menu || find("dialog[open]")) return;
  event.preventDefault();
  menu.removeAttribute("open");
  find("summary", menu)?.focus();
}

/** Where the interaction may go, asked anew each time: agents come and go. */
async function showChoices(dialog, url) {
  const box = find("[data-transfer-choices]", dialog);
  const legend = find("legend", box);
  box.replaceChildren(legend);
  const { queues = [], agents = [] } = await get(url).catch((failure) => (write(find("[data-error]", dialog), failure.message), {}));
  const groups = [choices("queue", say("transfer.queues"), queues), choices("agent", say("transfer.agents"), agents)].flat();
  box.replaceChildren(legend, ...(groups.length ? groups : [make("p", { class: "none" }, say("transfer.none"))]));
  const search = find("[data-transfer-search]", dialog);
  if (search) search.value = "";
}

function choices(kind, title, rows) {
  if (!rows.length) return [];
  const labels = rows.map(({ id, name, state = "" }) =>
    make("label", { class: "choice" },
      make("input", { type: "radio", name: "to", value: `${kind}:${id}`, required: true }),
      make("span", { class: "clip", dir: "auto" }, name), make("small", {}, state)));
  return [make("p", { class: "choices-head" }, title), ...labels];
}

function filterChoices(event) {
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const choice of findAll("#transfer-dialog .choice")) {
    choice.hidden = !choice.textContent?.toLocaleLowerCase().includes(wanted);
  }
}
