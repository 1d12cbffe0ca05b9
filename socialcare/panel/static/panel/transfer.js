/** The transfer dialog's choices: queues, and agents who are free for it. */

import { find, findAll, make, write } from "./elements.js";
import { get } from "./page.js";
import { say } from "./strings.js";

find("[data-transfer-search]")?.addEventListener("input", filterChoices);

/** Where the interaction may go, asked anew each time: agents come and go. */
export async function showChoices(dialog, url) {
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
