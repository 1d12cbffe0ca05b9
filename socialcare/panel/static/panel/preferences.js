/** How the panel looks and calls: taken over as soon as it is chosen, and kept on the server. Fetched when somebody chooses. */

import { listen, settings } from "./page.js";

let changed = "";

// Words and times come from the server: another language is another page.
listen("done", ({ form, answer }) => mine(form) && answer.reload && changed !== "theme" && location.reload());
listen("failed", ({ form }) => mine(form) && showTheme(new FormData(form).get("theme")?.toString() ?? ""));

const mine = (form) => form.id === "preferences";

/** What is done when a control is changed, and when one comes to it. */
export const on = { change: choose, focusin: offer };

function choose(control) {
  changed = control.name;
  if (control.name === "theme") showTheme(control.value);
  if (control.name === "sound" || control.name === "notifications") settings[control.name] = control.checked ? "on" : "off";
  control.form.requestSubmit();
}

function offer(control) {
  if (control.name === "timezone") import("./zones.js").then(({ offerTimeZones }) => offerTimeZones(), () => {});
}

function showTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}
