/** How the reply box looks: public and private never alike. */

import { find, findAll, mark, write } from "./elements.js";
import { showRemaining } from "./remaining.js";
import { compose } from "./state.js";
import { say } from "./strings.js";

const form = find("#composer");
const area = find("#reply");

/** Words under the box, said politely. */
export const sayBelow = (words) => write(find("#composer-why"), words);

/** Shows the box as it is. Says by how much the text is too long. @param {import("./types").Look} box */
export function look(box) {
  const state = compose();
  const here = box.interaction !== "" && box.interaction === state.interaction;
  show(form, here && state.open);
  show(find("#composer-closed"), here && !state.open);
  write(find("[data-reason]"), state.reason ?? "");
  if (form.hidden) return { over: 0 };
  showVisibility(box);
  showWhom(box);
  showQuestion(box);
  const measured = showRemaining(box.text, state[box.visibility]?.rules ?? null);
  mark(area, "aria-invalid", measured.over > 0);
  showSend(box, box.obstacle(measured));
  return measured;
}

function show(element, on) {
  if (element && element.hidden === on) element.hidden = !on;
}

function showVisibility({ visibility }) {
  const state = compose();
  for (const element of [form, find(".split", form)]) {
    element.classList.toggle("public", visibility === "public");
    element.classList.toggle("private", visibility === "private");
  }
  for (const use of findAll("[data-tone-icon]", form)) mark(use, "href", visibility === "public" ? "#i-globe" : "#i-lock");
  for (const input of findAll("input[name=visibility]", form)) {
    input.checked = input.value === visibility;
    input.disabled = !state[input.value]?.allowed;
    input.parentElement.title = state[input.value]?.reason ?? "";
  }
  for (const way of findAll("[data-way]", form)) show(way, way.dataset.way !== visibility && state[way.dataset.way]?.allowed !== false);
  const only = !state.public?.allowed && state.private?.allowed ? state.public?.reason : "";
  show(find("#composer-only"), Boolean(only));
  write(find("[data-only]"), only);
}

function showWhom({ visibility, target, asking }) {
  const { customer, first_name: name, answering: newest } = compose();
  const answering = visibility === "public" ? target : null;
  const whom = answering ? say("answering", { name: answering.name }) : say(`reply.${visibility}`, { name });
  write(find("[data-whom]"), asking ? say("ask", { name }) : whom);
  write(find("[data-label]"), say(`reply.${visibility}`, { name: customer }));
  mark(area, "placeholder", say(`placeholder.${visibility}`, { name }));
  write(find("[data-quote]"), answering?.quote ?? "");
  show(find("[data-quote]"), Boolean(answering) && !asking);
  show(find("[data-answer-newest]"), Boolean(answering && newest && answering.id !== newest.id) && !asking);
  find("input[name=in_reply_to]", form).value = answering?.id ?? "";
}

function showQuestion({ asking }) {
  show(find("#composer-ask"), asking);
  show(find("#composer-write"), !asking);
  show(find("#composer-visibility"), !asking);
  show(find("[data-ask-private]"), Boolean(compose().private?.allowed));
  write(find("[data-ask]"), say("ask.more", { network: compose().network }));
}

function showSend({ visibility, sending }, obstacle) {
  const button = find("[data-send]", form);
  write(find("[data-send-words]", form), sending ? say("sending") : say(`send.${visibility}`));
  mark(button, "aria-disabled", Boolean(obstacle));
  mark(button, "title", obstacle);
  mark(form, "aria-busy", sending);
}

/** Marks the post that is answered in the thread. */
export function showAnswering(id) {
  for (const button of findAll("[data-answer]")) {
    const on = button.dataset.answer === id;
    mark(button, "aria-pressed", on);
    button.closest("li")?.classList.toggle("answering", on);
  }
}
