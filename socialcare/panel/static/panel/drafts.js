/** Keeps what is being written on the server, for each interaction, visibility and answered message. */

import { csrfToken, post } from "./page.js";

const AFTER_TYPING = 600;

export class DraftKeeper {
  constructor(present, refused) {
    this.present = present;
    this.refused = refused;
    this.text = "";
    this.at = "";
    this.timer = 0;
    this.saving = 0;
  }

  /** The box now holds what the server knows. */
  loaded(text, at) {
    clearTimeout(this.timer);
    this.text = text;
    this.at = at;
  }

  get changed() {
    return this.present().text !== this.text;
  }

  /** Something was typed. */
  touch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AFTER_TYPING);
  }

  async save() {
    clearTimeout(this.timer);
    const { slot, text } = this.present();
    if (!slot || text === this.text) return;
    this.saving += 1;
    try {
      const answer = await post(slot.url, fields(slot, text, this.at));
      if (sameSlot(slot, this.present().slot)) Object.assign(this, { text, at: answer.saved_at ?? "" });
    } catch (failure) {
      // The text is still in the box; a later key stroke, or the line coming back, saves it.
      if (failure.passing) this.timer = setTimeout(() => this.save(), 5_000);
      else this.refused(failure.message);
    } finally {
      this.saving -= 1;
    }
  }

  /** Keeps a text in a place that is not the box. */
  async put(slot, text) {
    await post(slot.url, fields(slot, text, "")).catch(() => {});
  }

  /** The page is being left: the last words go out without waiting for an answer. */
  leave() {
    const { slot, text } = this.present();
    if (!slot || text === this.text) return;
    const body = fields(slot, text, this.at);
    body.append("csrfmiddlewaretoken", csrfToken());
    navigator.sendBeacon(slot.url, body);
    this.text = text;
  }
}

function fields({ visibility, target }, text, base) {
  return new URLSearchParams({ visibility, in_reply_to: target, text, base });
}

const sameSlot = (one, other) =>
  other !== null && one.url === other.url && one.visibility === other.visibility && one.target === other.target;
