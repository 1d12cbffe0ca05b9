/** Reading on into the past of a conversation: fetched when somebody first asks for it. */

import { find } from "./elements.js";
import { getHtml, openInteraction, toast } from "./page.js";
import { tick } from "./timers.js";

/** Older messages are put in before the oldest; the streamed part does not know them and leaves them alone. */
export async function showEarlier(link) {
  const row = link.closest("li");
  if (!row || row.getAttribute("aria-busy") === "true") return;
  row.setAttribute("aria-busy", "true");
  const interaction = openInteraction();
  try {
    const html = await getHtml(link.href);
    if (interaction === openInteraction()) putBefore(row, html);
  } catch (failure) {
    toast(failure.message);
  } finally {
    row.removeAttribute("aria-busy");
  }
}

function putBefore(row, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const older = template.content;
  const next = older.querySelector("#earlier");
  next?.remove();
  for (const line of older.querySelectorAll("li")) {
    line.dataset.older = "";
    // The day that was begun below has begun above already.
    if (line.id && line.matches(".day")) document.getElementById(line.id)?.setAttribute("hidden", "");
  }
  row.parentElement?.setAttribute("data-older-shown", "");
  row.after(older);
  const address = next?.querySelector("a")?.getAttribute("href");
  if (address) find("a", row).setAttribute("href", address);
  else row.setAttribute("hidden", "");
  tick();
}
