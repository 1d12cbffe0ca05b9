/** What speaks against sending a file, by its size and its first bytes: fetched with the first file. */

import { compose } from "./state.js";
import { say, size } from "./strings.js";

/** Why a file cannot be sent, known before it is uploaded; "" when the server is to decide. */
export async function objectionTo(file) {
  const { max_bytes: limit = Infinity, types = [] } = compose();
  if (file.size > limit) return say("file.too_big", { size: size(file.size), limit: size(limit) });
  if (file.size === 0) return say("file.empty");
  const kind = await kindOf(file);
  if (kind && types.length && !types.includes(kind)) return say("file.type", { types: typeNames(types) });
  return "";
}

const typeNames = (types) => types.map((type) => type.split("/")[1].replace("+xml", "").toUpperCase()).join(", ");

const SIGNATURES = [
  ["image/jpeg", 0, "\xff\xd8\xff"], ["image/png", 0, "\x89PNG"], ["image/gif", 0, "GIF8"], ["image/webp", 8, "WEBP"],
  ["video/mp4", 4, "ftyp"], ["application/pdf", 0, "%PDF"], ["application/zip", 0, "PK\x03\x04"],
];

/** What a file's first bytes say it is; "" when they say nothing we know. Its name is never asked. */
async function kindOf(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  return SIGNATURES.find(([, from, bytes]) => head.startsWith(bytes, from))?.[0] ?? "";
}
