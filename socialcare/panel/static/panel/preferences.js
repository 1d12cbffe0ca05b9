/** How the panel looks and calls: taken over as soon as it is chosen, and kept on the server. */

import { at } from "./elements.js";
import { listen, settings } from "./page.js";

const FORM = "form#preferences";
let changed = "";

export function startPreferences() {
  document.addEventListener("change", (event) => {
    const control = event.target;
    const form = control.closest(FORM);
    if (!form) return;
    changed = control.name;
    if (control.name === "theme") showTheme(control.value);
    if (control.name === "sound" || control.name === "notifications") settings[control.name] = control.checked ? "on" : "off";
    form.requestSubmit();
  });
  // Words and times come from the server: another language is another page.
  listen("done", ({ form, answer }) => form.matches(FORM) && answer.reload && changed !== "theme" && location.reload());
  listen("failed", ({ form }) => form.matches(FORM) && showTheme(new FormData(form).get("theme")?.toString() ?? ""));
  document.addEventListener("focusin", (event) => at(event, `${FORM} [name=timezone]`) && zones("offerTimeZones"));
  if (settings.timezone === "") zones("takeTimeZone");
}

const zones = (what) => import("./zones.js").then((known) => known[what](), () => {});

function showTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}
