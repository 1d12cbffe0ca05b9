/** What the server says of the open interaction, for those who write in it: the part "compose-state". */

import { find } from "./elements.js";

let source = "";
let state = {};

/** The present state, read again only when the server has changed it. @returns {import("./types").Compose} */
export function compose() {
  const text = find("#part-compose-state")?.textContent ?? "{}";
  if (text !== source) {
    source = text;
    state = JSON.parse(text || "{}") ?? {};
  }
  return state;
}
