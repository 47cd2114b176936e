/* A button on every displayed formula that copies its LaTeX source.

   MathJax replaces the source by the typeset formula as soon as it runs, and it is deferred; so
   this script is deferred too and stands before it. */
"use strict";

const source = (formula) => {
  const copy = formula.cloneNode(true);
  copy.querySelectorAll(".eqno").forEach((number) => number.remove());
  return copy.textContent
    .trim()
    .replace(/^\\\[([\s\S]*)\\\]$/, "$1")
    .trim()
    .replace(/^\\begin\{split\}([\s\S]*)\\end\{split\}$/, "$1")
    .trim();
};

const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or no secure context: select the text and copy it the old way.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
};

for (const formula of document.querySelectorAll("div.math")) {
  const text = source(formula);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-latex";
  button.textContent = "LaTeX";
  button.title = "Copy this formula's LaTeX source";
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text)) ? "Copied" : "Not copied";
    setTimeout(() => (button.textContent = "LaTeX"), 1500);
  });
  formula.append(button);
}
