// What is looked at in a page as it is shown. Evaluated in the browser: an object of functions.
(() => {
  const CONTROLS = [
    "a[href], button, input, select, textarea, summary, fieldset, nav, dialog, section",
    "[role=meter], [role=region], [role=log], [role=img], [role=group]",
  ].join();
  const isShown = (one) => one.getClientRects().length > 0;
  const some = (one) => one.outerHTML.slice(0, 120);

  function nameOf(one) {
    if (one.localName === "fieldset") return one.querySelector("legend")?.textContent;
    const ids = (one.getAttribute("aria-labelledby") ?? "").split(" ");
    const by = ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const labels = [...(one.labels ?? [])].map((label) => label.textContent).join(" ");
    const isField = one.matches("input, select, textarea");
    return (by || one.getAttribute("aria-label") || labels || (isField ? "" : one.textContent)).trim();
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }

  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));

  function ground(one) {
    if (!one) return [255, 255, 255];
    const own = rgba(getComputedStyle(one).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(one.parentElement));
  }

  function luminance(colour) {
    const linear = (one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((one) => linear(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function ratio(front, back) {
    const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  function opacity(one) {
    return one ? Number(getComputedStyle(one).opacity) * opacity(one.parentElement) : 1;
  }

  // WCAG 1.4.3 for one text; nothing where it passes.
  function faint(node) {
    const one = node.parentElement;
    const style = getComputedStyle(one);
    const back = ground(one);
    const paint = rgba(one instanceof SVGElement ? style.fill : style.color);
    const found = ratio(over([...paint.slice(0, 3), paint[3] * opacity(one)], back), back);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return found < (isLarge ? 3 : 4.5) ? `${found.toFixed(2)} ${node.textContent.trim().slice(0, 40)}` : "";
  }

  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const one = node.parentElement;
      const apart = one.closest(".visually-hidden, .skip, noscript, script, option, title, desc, :disabled");
      if (node.textContent.trim() && isShown(one) && !apart) found.push(node);
    }
    return found;
  }

  return {
    nameless: () => [...document.querySelectorAll(CONTROLS)].filter((one) => isShown(one) && !nameOf(one)).map(some),
    faint: () => texts().map(faint).filter(Boolean),
    texts: () => texts().length,
    doubled: () => {
      const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
      return ids.filter((id, place) => ids.indexOf(id) !== place);
    },
    // WCAG 2.5.8: targets of 24 pixels.
    small: () =>
      [...document.querySelectorAll("button, summary, select, nav a")]
        .filter((one) => isShown(one) && one.getBoundingClientRect().height < 24)
        .map(some),
    wide: () => {
      const width = document.documentElement.clientWidth;
      const apart = (one) => one.closest(".table-frame, .visually-hidden, .skip, svg");
      return [...document.body.querySelectorAll("*")]
        .filter((one) => isShown(one) && !apart(one) && one.getBoundingClientRect().right > width + 0.5)
        .map(some);
    },
    scrolls: () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  };
})()
