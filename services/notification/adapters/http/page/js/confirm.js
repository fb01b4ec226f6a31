// Asks for a yes before anything is charged. The dialog keeps the focus, Escape is a no.

import { by, setText } from "./dom.js";
import { isPriced, price } from "./format.js";
import { t } from "./i18n.js";

// Resolves with true or false.
export function confirmed(proposed) {
  const dialog = by("confirm");
  const priced = isPriced(proposed.price);
  setText(by("confirm-text"), proposed.summary);
  setText(by("confirm-price"), priced ? t("costsNow", { price: price(proposed.price) }) : t("costsNothing"));
  setText(by("confirm-yes"), priced ? t("confirmPaid", { price: price(proposed.price) }) : t("confirm"));
  dialog.returnValue = "no";
  dialog.showModal();
  // Enter by habit must not buy: the way out has the focus.
  by("confirm-no").focus();
  return new Promise((resolve) => {
    by("confirm-yes").onclick = () => dialog.close("yes");
    by("confirm-no").onclick = () => dialog.close("no");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
