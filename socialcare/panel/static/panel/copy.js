/** Copying a message: fetched when somebody first does. */

import { find, make } from "./elements.js";
import { announce, toast } from "./page.js";
import { say } from "./strings.js";

export async function copy(button) {
  const text = find(".text", document.getElementById(button.dataset.copy ?? ""))?.textContent ?? "";
  button.closest("details")?.removeAttribute("open");
  try {
    await (navigator.clipboard?.writeText(text) ?? copyByHand(text));
    announce(say("copied"));
  } catch {
    toast(say("copy.failed"));
  }
}

/** Where the page is not served over TLS, browsers have no clipboard but this one. */
function copyByHand(text) {
  const area = make("textarea", { class: "sr", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}
