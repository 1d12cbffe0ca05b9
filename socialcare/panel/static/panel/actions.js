/**
 * Forms with `data-act` are sent without leaving the page: once, with their buttons out of use meanwhile, and with every refusal
 * said in words beside them. Without script the same forms are plain posts.
 */

import { find, findAll, make, write } from "./elements.js";
import { applyFrame } from "./frames.js";
import { confirmed } from "./dialogs.js";
import { announce, csrfToken, post, tell, toast } from "./page.js";

const underWay = new WeakSet();

export function startActions() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-act]")) return addToken(form);
    event.preventDefault();
    act(form, event.submitter);
  });
}

/** Streamed parts carry no token, as they are nobody's answer; a form that leaves the page needs one. */
function addToken(form) {
  if (form.method !== "post" || find("[name=csrfmiddlewaretoken]", form)) return;
  form.append(make("input", { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() }));
}

async function act(form, button) {
  if (underWay.has(form)) return;
  if (button?.getAttribute("aria-disabled") === "true") return announce(button.title);
  if (form.dataset.confirm && !(await confirmed(form.dataset.confirm))) return;
  underWay.add(form);
  busy(form, true);
  try {
    done(form, button, await post(addressOf(form, button), new FormData(form, button)));
  } catch (failure) {
    failed(form, failure);
  } finally {
    underWay.delete(form);
    busy(form, false);
  }
}

const addressOf = (form, button) => (button?.hasAttribute("formaction") ? button.formAction : form.action);

/** Out of use, but still focusable: a disabled button would throw the focus away. */
function busy(form, on) {
  if (on) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  for (const button of findAll("button:not([type=button])", form)) {
    if (on && !button.hasAttribute("aria-disabled")) {
      button.setAttribute("aria-disabled", "true");
      button.dataset.waits = "";
    } else if (!on && "waits" in button.dataset) {
      button.removeAttribute("aria-disabled");
      delete button.dataset.waits;
    }
  }
}

function done(form, button, answer) {
  sayError(form, "");
  if (form.hasAttribute("data-act-reset")) form.reset();
  form.closest("dialog")?.close();
  form.closest("details[data-menu]")?.removeAttribute("open");
  announce(answer.message || form.dataset.actDone || "");
  if (answer.frame) applyFrame(answer.frame);
  if (answer.open !== undefined) tell("open", { interaction: answer.open ?? "", focus: true });
  tell("done", { name: form.dataset.act, form, button, answer });
}

function failed(form, failure) {
  if (!sayError(form, failure.message)) toast(failure.message);
  if (!form.closest("dialog, [data-keep], .wrap")) form.reset();
  field(form, failure.field)?.focus();
  // What was refused may stand on the screen only because the screen is behind.
  if ([403, 404, 409].includes(failure.status)) tell("behind");
  tell("failed", { name: form.dataset.act, form, failure });
}

const field = (form, name) => (name ? find(`[name="${CSS.escape(name)}"]`, form) : null);

function sayError(form, words) {
  const place = find("[data-error]", form);
  write(place, words);
  return place !== null;
}
