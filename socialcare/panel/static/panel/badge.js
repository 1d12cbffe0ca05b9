/** How many wait: on the page's icon, seen from another tab, and on the way back to the list, which a narrow screen hides. */

import { find } from "./elements.js";

let wanted = 0;

/** @param {number} count 0 for the plain icon */
export function paintIcon(count) {
  wanted = count;
  document.documentElement.style.setProperty("--waiting", count ? `"${words(count)}"` : "none");
  const link = find("link[rel~=icon]");
  if (!link) return;
  link.dataset.plain ??= link.href;
  if (!count) return void (link.href = link.dataset.plain);
  const image = new Image();
  image.addEventListener("load", () => count === wanted && (link.href = badged(image, count)));
  image.src = link.dataset.plain;
}

const words = (count) => (count > 9 ? "9+" : String(count));

function badged(image, count) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (!pen) return image.src;
  pen.drawImage(image, 0, 0, 64, 64);
  pen.fillStyle = "#c3281e";
  pen.beginPath();
  pen.arc(42, 42, 22, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 30px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(words(count), 42, 44);
  return canvas.toDataURL("image/png");
}
