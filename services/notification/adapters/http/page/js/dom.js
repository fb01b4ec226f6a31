// Small helpers for elements. Nothing here takes markup: texts are texts.

export const by = (id) => document.getElementById(id);

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  return dress(element, attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function dress(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((one) => one !== null && one !== undefined));
  return element;
}

export function show(element, visible) {
  element.hidden = !visible;
}

export function setText(element, text) {
  // A live region speaks when it is touched, changed or not.
  if (element.textContent !== text) element.textContent = text;
}

export function announce(text) {
  by("announcer").textContent = text;
}

// Text with its web addresses as links.
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/g).map((part, place) =>
    place % 2 ? h("a", { href: part, rel: "noopener noreferrer", target: "_blank" }, part) : part,
  );
}
