// Counts a text as its platform counts it: the same as delivery/platforms/counting.py, proven by the same vectors
// (tests/delivery/text_vectors.json). A rule is what VisibilityRules.as_json() gives to the page. Nothing here throws,
// whatever the text.

const CLUSTERS = new Intl.Segmenter("en", { granularity: "grapheme" });
const ASCII = /^[\0-\x7f]*$/;
const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;
const CROWDED = /\p{M}{31}/u;
const CONJOINING = new RegExp(
  "[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2\u1a60\u1b44\u1bab\ua9c0\uaaf6" +
    "\u{10a3f}\u{11133}\u{113d0}\u{1193e}\u{11a47}\u{11a99}\u{11f42}]",
  "gu",
);

/** The length of a text under a rule: {used, limit, remaining, unit, parts, too_long}. */
export function measure(text, rule) {
  const settled = text.replace(/\r\n?/g, "\n");
  if (rule.unit === "sms") return sms(settled, rule);
  const shown = measured(COUNTERS[rule.unit](settled, rule), rule.limit, rule.unit);
  if (rule.byte_limit === null) return shown;
  const inBytes = measured(bytes(settled), rule.byte_limit, "bytes");
  return inBytes.remaining < shown.remaining ? inBytes : shown;
}

const measured = (used, limit, unit, parts = 1) =>
  ({ used, limit, remaining: limit - used, unit, parts, too_long: used > limit });

/** Extended grapheme clusters without the rule GB9c; counting.py says why. */
export function graphemes(text) {
  if (ASCII.test(text)) return text.length;
  let count = 0;
  for (const _ of CLUSTERS.segment(text.replace(CONJOINING, "\u0300"))) count += 1;
  return count;
}

const codePoints = (text) => text.length - (text.match(PAIRS)?.length ?? 0);

const bytes = (text) => (ASCII.test(text) ? text.length : new TextEncoder().encode(text).length);

function xWeight(text, rule) {
  text = composed(text);
  if (text.includes(".")) text = text.replace(pattern(rule, "url"), "x".repeat(rule.url_length));
  if (ASCII.test(text)) return text.length;
  text = text.replace(pattern(rule, "emoji"), "xx");
  return codePoints(text) + (text.match(pattern(rule, "heavy"))?.length ?? 0);
}

// Sorting a heap of marks takes the square of its length in every implementation of NFC
const composed = (text) => (CROWDED.test(text) ? text : text.normalize("NFC"));

function mastodon(text, rule) {
  if (text.includes("://")) text = text.replace(pattern(rule, "url"), "x".repeat(rule.url_length));
  if (text.includes("@")) text = text.replace(pattern(rule, "mention"), "$1");
  return graphemes(text);
}

const COUNTERS = {
  graphemes,
  code_points: codePoints,
  utf16: (text) => text.length,
  bytes,
  x_weight: xWeight,
  mastodon,
};

function sms(text, rule) {
  const { basic, extended, gsm7, ucs2 } = rule.counting;
  const alphabet = new Set(basic + extended);
  const inGsm = Array.from(text).every((character) => alphabet.has(character));
  const room = inGsm ? gsm7 : ucs2;
  const units = inGsm ? Array.from(text, (c) => (extended.includes(c) ? "\ud800\udc00" : c)).join("") : text;
  const [used, parts] = packed(units, room);
  return measured(used, Math.floor(rule.limit / gsm7.part) * room.part, inGsm ? "GSM-7" : "UCS-2", parts);
}

/** What these units take up, and in how many parts of a message; a double character is never torn between two. */
function packed(units, { single, part }) {
  if (units.length <= single) return [units.length, 1];
  let start = 0;
  let parts = 0;
  while (start + part < units.length) {
    start += part - (units.codePointAt(start + part - 1) > 0xffff ? 1 : 0);
    parts += 1;
  }
  return [parts * part + units.length - start, parts + 1];
}

const patterns = new Map();

function pattern(rule, name) {
  const source = rule.counting[name];
  if (!patterns.has(source)) patterns.set(source, new RegExp(source, name === "url" ? "giu" : "gu"));
  return patterns.get(source);
}
