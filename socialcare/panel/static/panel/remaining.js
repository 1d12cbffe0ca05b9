/** The counter under the reply box: how much room is left, counted as the platform counts. */

import { measure } from "./counter.js";
import { find, icon, make } from "./elements.js";
import { say, written } from "./strings.js";

let shown = "";

/**
 * Shows what remains of the room for a text. Says by how much it is too long.
 * @param {string} text @param {any} rules of this platform and visibility; null when it counts nothing
 * @returns {{over: number}}
 */
export function showRemaining(text, rules) {
  const box = find("#composer-count");
  const measured = rules ? measure(text, rules) : null;
  const over = measured?.too_long ? -measured.remaining : 0;
  const look = JSON.stringify([measured, over]);
  if (box && look !== shown) {
    box.classList.toggle("over", over > 0);
    box.replaceChildren(...(measured ? (over ? tooLong(measured, over) : room(measured, rules)) : []));
    shown = look;
  }
  return { over };
}

function room(measured, rules) {
  const words = emphasised("remaining", measured.remaining);
  const sms = rules.unit === "sms" ? ` · ${rules.unit_names?.[measured.unit] ?? measured.unit}` : "";
  const parts = rules.unit === "sms" && measured.parts > 1 ? ` · ${say("parts", { n: measured.parts })}` : "";
  return [...words, sms, parts].filter(Boolean);
}

function tooLong(measured, over) {
  return [icon("alert"), make("span", {}, ...emphasised(measured.unit === "bytes" ? "over.bytes" : "over", over))];
}

/** A sentence with its number set off. */
function emphasised(key, n) {
  const number = written(n);
  const sentence = say(key, { n });
  const [before, after] = sentence.split(number);
  return after === undefined ? [sentence] : [before, make("b", { class: "num" }, number), after].filter(Boolean);
}
