/** The page's words: Django translated them, this fills in what changes. */

const element = document.getElementById("panel-strings");
const words = element ? JSON.parse(element.textContent) : {};

export const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/**
 * A sentence in the reader's language. Numbers are written as the language writes them; `n` chooses singular or plural.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const found = words[key] ?? key;
  const sentence = typeof found === "string" ? found : (found[plurals.select(Number(values.n))] ?? found.other);
  return sentence.replace(/%\((\w+)\)[sd]/g, (_, name) => written(values[name]));
}

/** A value as the language writes it. @param {string | number | undefined} value */
export function written(value) {
  return typeof value === "number" ? numbers.format(value) : String(value ?? "");
}

const SIZES = [["unit.megabyte", 1024 * 1024], ["unit.kilobyte", 1024], ["unit.byte", 1]];

/** A file's size as people read it. */
export function size(bytes) {
  const [unit, factor] = SIZES.find(([, least]) => bytes >= least) ?? SIZES[2];
  const count = bytes / factor;
  return say(unit, { n: count < 10 ? count : Math.round(count) });
}
