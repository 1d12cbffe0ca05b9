/** The two sounds of the panel, made by the browser: an offer, and a message. No file is loaded. */

let audio;

/** Called on a gesture: before one, browsers keep a page silent. */
export function wakeSound() {
  audio ??= globalThis.AudioContext && new AudioContext();
  audio?.resume();
}

const TUNES = { offer: [[659, 0], [880, 0.14], [1175, 0.28]], message: [[784, 0]] };

/** @param {"offer" | "message"} kind */
export function sound(kind) {
  wakeSound();
  for (const [pitch, after] of TUNES[kind]) note(pitch, after);
  document.dispatchEvent(new CustomEvent("panel:sounded", { detail: kind }));
}

/** One soft note, swelling and dying away. */
function note(pitch, after) {
  if (!audio) return;
  const start = audio.currentTime + after;
  const tone = new OscillatorNode(audio, { type: "sine", frequency: pitch });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.linearRampToValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.45);
}
