// What was charged by month, newest first; the running one grows with usage.

import { get } from "./api.js";
import { by, h, show } from "./dom.js";
import { money, month } from "./format.js";
import { onLanguage, t } from "./i18n.js";

let bills = null;

export function start() {
  onLanguage(() => bills && render());
}

export async function load() {
  bills = (await get("/api/bills")).bills;
  render();
}

export function forget() {
  bills = null;
  show(by("bills"), false);
}

function render() {
  by("bill-list").replaceChildren(...bills.map(line));
  show(by("bills-empty"), !bills.length);
  show(by("bills"), true);
}

function line(bill) {
  const state = t(bill.closed ? "billClosed" : "billRunning");
  return h(
    "li",
    { class: "bill", "data-month": bill.month },
    h("span", { class: "bill-month" }, month(bill.month)),
    h("strong", {}, money(bill.total)),
    h("span", { class: "bill-note" }, `${t("billCharges", { count: bill.charges })}, ${state}`),
  );
}
