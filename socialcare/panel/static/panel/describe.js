/** The words for a picture: fetched with the first one. */

import { find, make } from "./elements.js";
import { announce, post } from "./page.js";
import { say } from "./strings.js";

/** What those read who cannot see the picture. */
export function description(file) {
  const input = (make("input", {
    class: "field alt", value: file.alt ?? "", maxlength: 2000, dir: "auto", placeholder: say("file.alt.short"),
    "aria-label": say("file.alt", { name: file.name }),
  }));
  input.addEventListener("change", () => {
    file.alt = input.value;
    post(file.urls.describe, { alt: input.value }).catch((failure) => announce(failure.message));
  });
  // Enter here is not Send: the description would be lost on the way.
  input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), input.blur(), find("#reply")?.focus()));
  return input;
}
