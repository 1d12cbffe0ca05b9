/** What opens and closes over the page: dialogs, small menus. Esc closes, and gives the focus back to what opened it. */

import { find, findAll, write } from "./elements.js";
import { compose } from "./state.js";

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
}

/** @param {HTMLElement} opener a link whose address the dialog's form posts to */
function openDialog(opener) {
  const name = (opener.dataset.dialog ?? "").replace(/-dialog$/, "");
  const dialog = find(`#${name}-dialog`);
  if (!dialog || dialog.open) return false;
  const form = find("form[data-act]", dialog);
  if (form) form.action = compose().urls?.[name] ?? opener.getAttribute("href") ?? "";
  write(find("[data-error]", dialog), "");
  if (name === "transfer") import("./transfer.js").then(({ showChoices }) => showChoices(dialog, form.action));
  dialog.showModal();
  return true;
}

/** Shows a dialog that nothing on the page opens. */
export function showDialog(name) {
  const dialog = find(`#${name}-dialog`);
  if (dialog && !dialog.open) dialog.showModal();
}

/** Asks before something is done that cannot be undone. @returns {Promise<boolean>} */
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
