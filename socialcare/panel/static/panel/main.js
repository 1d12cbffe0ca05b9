/** Wires the modules of the panel together: each is one thing that a person sees or does. */

import { startActions } from "./actions.js";
import { adoptAll } from "./apply.js";
import { startCanned } from "./canned.js";
import { startComposer } from "./composer.js";
import { refreshConnection, showConnection } from "./connection.js";
import { startDialogs } from "./dialogs.js";
import { at } from "./elements.js";
import { applyFrame, readVersions, versions } from "./frames.js";
import { startKeys } from "./keys.js";
import { startNavigation } from "./navigation.js";
import { startNotify } from "./notify.js";
import { get, listen, openInteraction, settings, signIn, tell } from "./page.js";
import { Line } from "./socket.js";
import { startThread, unreachable } from "./thread.js";
import { setServerTime, startClock, tick } from "./timers.js";
import { startUploads } from "./uploads.js";

adoptAll();
readVersions();
if (settings.now) setServerTime(settings.now);

const query = (more = {}) => `?${new URLSearchParams({ interaction: openInteraction(), ...more })}`;

const line = new Line({
  address: () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${settings.socket}${query({ entries: "1" })}`,
  poll: () => get(`${settings.poll}${query()}`),
  onFrame: applyFrame,
  onState: lineChanged,
  versions,
});

function lineChanged(state, since) {
  if (state === "signed-out") return signIn();
  showConnection(state, since);
  tell(state);
}

// The screen may be behind what was just refused: a beat that knows nothing brings every part.
listen("behind", () => line.send({ type: "beat", versions: {} }));
listen("frame", tick);

for (const kind of ["change", "focusin"]) {
  document.addEventListener(kind, (event) => at(event, "#preferences") && import("./preferences.js").then(({ on }) => on[kind](event.target), () => (unreachable(), event.target.form.reset())));
}
if (settings.timezone === "") import("./zones.js").then(({ takeTimeZone }) => takeTimeZone(), () => {});

startActions();
startDialogs();
startUploads();
startComposer();
startCanned();
startThread();
startNavigation((frame) => line.send(frame));
startNotify();
startKeys();
startClock(refreshConnection);
line.start();
document.documentElement.classList.add("scripted");
