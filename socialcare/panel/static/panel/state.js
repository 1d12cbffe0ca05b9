/** What the server says of the open interaction, for those who write in it: the part "compose-state". */

import { find } from "./elements.js";

/**
 * @typedef {{allowed: boolean, reason: string, rules: object | null}} Channel
 * @typedef {{visibility: string, in_reply_to: string | null, text: string, saved_at: string}} Draft
 * @typedef {{id: string, name: string, size: number, type: string, url: string, thumb: string, alt: string, urls: Record<string, string>}} File
 * @typedef {object} Compose
 * @property {string | null} interaction
 * @property {string} customer
 * @property {string} first_name
 * @property {string} network
 * @property {boolean} open whether one may write at all
 * @property {string} reason why not
 * @property {Channel} public
 * @property {Channel} private
 * @property {"public" | "private"} default
 * @property {boolean} confirm_public the customer wrote in private last, and it was not yet asked
 * @property {{id: string, name: string, quote: string} | null} answering the post that a public reply answers unless another is chosen
 * @property {Draft[]} drafts the newest first
 * @property {File[]} attachments uploaded and not yet sent
 * @property {string[]} types
 * @property {number} max_bytes
 * @property {Record<string, string>} urls
 * @property {number} unread
 */

let source = "";
let state = {};

/** The present state, read again only when the server has changed it. @returns {Compose} */
export function compose() {
  const text = find("#part-compose-state")?.textContent ?? "{}";
  if (text !== source) {
    source = text;
    state = JSON.parse(text || "{}") ?? {};
  }
  return state;
}
