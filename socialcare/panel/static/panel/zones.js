/** Time zones: fetched when nobody has set one, or somebody is about to choose another. */

import { find } from "./elements.js";
import { post, settings } from "./page.js";

const machineZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Whose time zone nobody has set lives in that of their machine: the server's times and the page's are then the same. */
export function takeTimeZone() {
  const timezone = machineZone();
  if (timezone) post(settings.preferences ?? "", { timezone }).then(() => (settings.timezone = timezone), () => {});
}

/** All that the browser knows, to search in by typing; that of the machine stands first. */
export function offerTimeZones() {
  const list = find("#time-zones");
  if (!list || list.childElementCount) return;
  const names = new Set([machineZone(), ...(Intl.supportedValuesOf?.("timeZone") ?? []), "UTC"]);
  list.append(...[...names].filter(Boolean).map((name) => new Option("", name)));
}
