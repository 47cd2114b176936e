/* A field above the table of claims, and above the list of rules, that hides what does not match. */
"use strict";

const page = document.querySelector("article section#every-claim, article section#every-rule");

if (page) {
  const table = page.querySelector("table.docutils");
  const lines = [...(table ? table.tBodies[0].rows : page.querySelectorAll(":scope > p + p, :scope > p[id]"))];
  const texts = lines.map((line) => line.textContent.toLowerCase());
  const label = document.createElement("label");
  label.className = "filter";
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  const count = document.createElement("output");
  label.append("Show what contains", field, count);
  page.querySelector("p").after(label);

  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    lines.forEach((line, number) => {
      line.hidden = !words.every((word) => texts[number].includes(word));
      shown += !line.hidden;
    });
    count.textContent = `${shown} of ${lines.length}`;
  };
  field.addEventListener("input", show);
  show();
}
