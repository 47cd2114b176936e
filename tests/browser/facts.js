/* What a page shows, once its mathematics is typeset and everything that folds is unfolded. */
async () => {
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await document.fonts.ready;
  document.querySelectorAll("details").forEach((folded) => (folded.open = true));
  // Formulas and images that wait until they are scrolled to.
  await window.MathJax?.startup?.document?.lazyTypesetAll?.();
  const images = [...document.images];
  images.forEach((image) => (image.loading = "eager"));
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  await document.fonts.ready;

  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 80);
  const named = (element) => short(element.cloneNode(false).outerHTML);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Text that a reader sees; what is quoted as code may be TeX.
  const quoted = "code, pre, kbd, samp, script, style, noscript, template, textarea";
  const unseen = "script, style, noscript, template, mjx-assistive-mml";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const raw = [];
  const written = new Map(); // font family -> the characters set in it
  while (walker.nextNode()) {
    const text = walker.currentNode.data;
    const parent = walker.currentNode.parentElement;
    if (!text.trim() || parent.closest(unseen)) continue;
    if (!parent.closest(`${quoted}, mjx-container`) && /\$|\\[a-z]+|\\[()[\]]|[_^]\{/i.test(text))
      raw.push(short(text));
    const family = getComputedStyle(parent).fontFamily;
    if (!written.has(family)) written.set(family, new Set());
    for (const letter of text) if (letter > "~") written.get(family).add(letter);
  }

  // A character that no font has is drawn as the box that an unassigned one is drawn as.
  const canvas = new OffscreenCanvas(48, 48);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const drawn = (letter, family) => {
    pen.clearRect(0, 0, 48, 48);
    pen.font = `24px ${family}`;
    pen.fillText(letter, 8, 36);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  const missing = [];
  for (const [family, letters] of written) {
    const box = letters.size ? drawn("\u0378", family) : "";
    for (const letter of letters)
      if (!/[\p{Z}\p{Cc}\p{Cf}\p{M}]/u.test(letter) && drawn(letter, family) === box)
        missing.push(`${letter} (U+${letter.codePointAt(0).toString(16)})`);
  }
  // MathJax draws its letters by style rules, one for each.
  const seen = new Set();
  for (const letter of all("mjx-c")) {
    if (seen.has(letter.className)) continue;
    seen.add(letter.className);
    if (getComputedStyle(letter, "::before").content === "none")
      missing.push(`mathematics: ${letter.className}`);
  }
  for (const font of document.fonts)
    if (font.status === "error") missing.push(`font: ${font.family}`);

  const page = document.documentElement;
  const width = page.clientWidth;
  const scrolls = (element) =>
    element !== document.body && getComputedStyle(element).overflowX !== "visible";
  const inside = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement)
      if (scrolls(box) && box.getBoundingClientRect().right <= width + 1) return true;
    return false;
  };
  const right = (element) => element.getBoundingClientRect().right + window.scrollX;
  const beyond = all("body *").filter((element) => right(element) > width + 1);
  const wide = page.scrollWidth > width ? beyond : [];
  wide.sort((first, second) => inside(first) - inside(second)); // the likely cause before others

  return {
    untypeset: all(".math").filter((formula) => !formula.querySelector("mjx-container"))
      .map((formula) => short(formula.textContent)),
    raw,
    refused: all("mjx-merror, merror").map((formula) => short(formula.textContent)),
    missing,
    overflow: page.scrollWidth - width,
    wide: wide.slice(0, 5).map(named),
    images: images.map((image) => ({
      name: named(image),
      loaded: image.naturalWidth > 0,
      text: image.alt,
      decoration: image.getAttribute("role") === "presentation"
        || image.closest("[aria-hidden=true]") !== null,
    })),
    links: [...new Set(all("a[href], area[href]").map((link) => link.href))],
    formulas: all("div.math").length,
    buttons: all("div.math button.copy-latex").length,
  };
}
