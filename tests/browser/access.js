/* Apply rules of axe to the page, if any are given, and that of contrast.

   Contrast is measured on a few elements of each kind: those of one colour and size on the same
   grounds differ in nothing that it depends on, and tables have thousands. Formulas have the colour
   of their text and thousands of elements; meanwhile they are taken out. */
async (rules) => {
  const most = 3;
  const grounds = new Map();
  const ground = (element) => {
    if (element === null) return "";
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity].join();
      grounds.set(element, `${ground(element.parentElement)}/${own}`);
    }
    return grounds.get(element);
  };
  const counts = new Map();
  const samples = [...document.body.querySelectorAll("*")].filter((element) => {
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    if (!texts.some((node) => node.data.trim()) || !element.checkVisibility()) return false;
    if (element.closest("mjx-container")) return false;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const kind = [color, fontSize, fontWeight, ground(element)].join();
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts.get(kind) <= most;
  });

  const apply = async (include, runOnly) =>
    (await axe.run({ include }, { runOnly, preload: false, resultTypes: ["violations"] })).violations;
  const found = rules.length ? await apply([document], rules) : [];
  const formulas = [...document.querySelectorAll("mjx-container")];
  const letters = formulas.map((formula) => [...formula.childNodes]);
  formulas.forEach((formula) => formula.replaceChildren());
  if (samples.length) found.push(...(await apply(samples, ["color-contrast"])));
  formulas.forEach((formula, number) => formula.replaceChildren(...letters[number]));
  return found.flatMap((rule) =>
    rule.nodes.map((node) => [rule.id, node.html, node.failureSummary].join(": ")),
  );
}
