/* Long formulas on a narrow screen: each has a second source of the same statement, broken into
   shorter lines. What is too wide even so is set smaller. Deferred like MathJax, and before it. */
"use strict";

const narrow = window.matchMedia("(max-width: 46em)");
const SMALLEST = 0.7;
const sources = new Map();

for (const script of document.querySelectorAll("script.narrow")) {
  const before = script.previousElementSibling; // the theme wraps a formula
  const formula = before?.matches("div.math") ? before : before?.querySelector("div.math");
  const text = [...(formula?.childNodes ?? [])].find((node) => node.data?.includes("\\["));
  if (!text) continue;
  const place = document.createElement("span");
  const wide = text.data;
  text.replaceWith(place);
  sources.set(place, { wide, narrow: `\\[${script.textContent.trim()}\\]` });
  place.textContent = sources.get(place)[narrow.matches ? "narrow" : "wide"];
}

const fit = () => {
  for (const shown of document.querySelectorAll("div.math mjx-container")) {
    shown.style.fontSize = "";
    const room = shown.closest("div.math").clientWidth;
    const taken = shown.querySelector("mjx-math").getBoundingClientRect().width;
    if (narrow.matches && room && taken > room)
      shown.style.setProperty(
        "font-size", `${100 * Math.max(SMALLEST, room / taken)}%`, "important");
    if (shown.scrollWidth > shown.clientWidth + 1) shown.tabIndex = 0;
  }
};

/* A formula within a line that is wider than the line scrolls by itself. */
const fitWithin = () => {
  for (const shown of document.querySelectorAll("article mjx-container:not([display])")) {
    const block = shown.closest("li, p, td, dd, figcaption");
    const wide = block && shown.getBoundingClientRect().width > block.clientWidth;
    shown.classList.toggle("wide", Boolean(wide));
    if (wide) shown.tabIndex = 0;
  }
};

const typeset = async () => {
  const places = [...sources.keys()];
  MathJax.typesetClear(places);
  for (const place of places)
    place.textContent = sources.get(place)[narrow.matches ? "narrow" : "wide"];
  await MathJax.typesetPromise(places);
  fit();
};

window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  fit();
  fitWithin();
  narrow.addEventListener("change", typeset);
});
