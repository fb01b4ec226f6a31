// The page's language: the one chosen here, else the browser's.

import { WORDS } from "./words.js";

const KEPT = "tidemark-language";
const listeners = [];
let current = initial();

function initial() {
  const wished = [recall(), ...(navigator.languages ?? [navigator.language])];
  return wished.map((one) => String(one ?? "").slice(0, 2).toLowerCase()).find((one) => one in WORDS) ?? "en";
}

function recall() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function language() {
  return current;
}

// For figures and dates: the browser's own variety of the language (`en-GB`), where it has one.
export function locale() {
  return (navigator.languages ?? []).find((one) => one.toLowerCase().startsWith(current)) ?? current;
}

export function t(key, values = {}) {
  let text = WORDS[current][key];
  if (typeof text === "object") {
    text = text[new Intl.PluralRules(current).select(values.count)] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function onLanguage(listener) {
  listeners.push(listener);
  listener();
}

export function choose(chosen) {
  current = chosen;
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // Then it lasts as long as the page does.
  }
  apply();
}

export function start() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => choose(button.dataset.language));
  }
  apply();
}

function apply() {
  document.documentElement.lang = current;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
  for (const one of document.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === current));
  }
  for (const listener of listeners) listener();
}
