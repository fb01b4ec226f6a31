// Offers to accept or decline. Nothing is taken before its price was shown and confirmed.

import { inWords, post } from "./api.js";
import { confirmed } from "./confirm.js";
import { by, h, setText, show } from "./dom.js";
import { day, price } from "./format.js";
import { language, onLanguage, t } from "./i18n.js";

// Each asking is a decision that counts as a contact; opening the page again must not.
const KEPT_MINUTES = 15;
const MOST = 3;

let decision = null;
let owner = "";

export function start() {
  onLanguage(render);
}

export async function load(subscriberId, anew = false) {
  owner = subscriberId;
  decision = anew ? null : recall();
  if (!decision) {
    const answer = await post("/api/tools/list_offers", { arguments: { limit: MOST }, language: language() });
    decision = { decision_id: answer.result?.decision_id ?? "", offers: answer.result?.offers ?? [] };
    remember();
  }
  render();
}

export function forget() {
  decision = null;
  setText(by("offer-outcome"), "");
  try {
    sessionStorage.removeItem("offers");
  } catch {
    // Nothing was kept.
  }
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem("offers") ?? "null");
    const isFresh = kept && kept.owner === owner && Date.now() - kept.at < KEPT_MINUTES * 60_000;
    return isFresh && kept.language === language() ? kept.decision : null;
  } catch {
    return null;
  }
}

function remember() {
  try {
    sessionStorage.setItem("offers", JSON.stringify({ owner, at: Date.now(), language: language(), decision }));
  } catch {
    // Then the next visit asks again.
  }
}

function render() {
  const offers = (decision?.offers ?? []).filter((one) => !one.expires_at || new Date(one.expires_at) > new Date());
  const list = by("offer-list");
  list.replaceChildren(...offers.map(card));
  show(by("offers-empty"), Boolean(decision) && !offers.length);
}

function card(offer) {
  const name = offer.name || offer.offer_code;
  const reasons = offer.reasons.filter(Boolean);
  return h(
    "li",
    { class: "offer", "data-offer": offer.offer_code },
    h("h3", {}, name),
    offer.description ? h("p", { class: "offer-words" }, offer.description) : null,
    reasons.length ? h("p", { class: "offer-reason" }, t("because", { reason: reasons.join("; ") })) : null,
    h("p", { class: "price" }, price(offer.price)),
    offer.expires_at ? h("p", { class: "offer-words" }, t("expires", { date: day(offer.expires_at) })) : null,
    h(
      "div",
      { class: "row" },
      button("primary", t("accept"), t("acceptThis", { name }), () => accept(offer)),
      button("plain", t("decline"), t("declineThis", { name }), () => decline(offer)),
    ),
  );
}

function button(look, text, label, act) {
  const made = h("button", { type: "button", class: look, "aria-label": label }, text);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act();
    } catch (error) {
      setText(by("offer-outcome"), inWords(error));
    }
    made.disabled = false;
    if (made.isConnected) made.focus();
    else by("offers").focus();
  });
  return made;
}

async function accept(offer) {
  const first = await call("accept_offer", offer);
  if (!first.proposed) {
    tell(first, offer);
    return;
  }
  if (!(await confirmed(first.proposed))) {
    setText(by("offer-outcome"), t("cancelled"));
    return;
  }
  tell(await call("accept_offer", offer, first.proposed.confirmation_token), offer);
}

async function decline(offer) {
  tell(await call("decline_offer", offer), offer);
}

function call(tool, offer, token = "") {
  const names = { decision_id: decision.decision_id, offer_code: offer.offer_code };
  return post(`/api/tools/${tool}`, { arguments: names, confirmation_token: token, language: language() });
}

function tell(answer, offer) {
  setText(by("offer-outcome"), answer.text ?? answer.refusal?.text ?? "");
  if (!answer.result) return;
  decision.offers = decision.offers.filter((one) => one.offer_code !== offer.offer_code);
  remember();
  render();
}
