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

export async function load(subscriberId) {
  owner = subscriberId;
  decision = recall();
  if (!decision) {
    const answer = await post("/api/tools/list_offers", { arguments: { limit: MOST }, language: language() });
    const decisionId = answer.result?.decision_id ?? "";
    decision = { offers: (answer.result?.offers ?? []).map((one) => ({ ...one, decision_id: decisionId })) };
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
    answers(offer, name, by("offers"), (text, isDone) => {
      setText(by("offer-outcome"), text);
      if (isDone) takeAway(offer);
    }),
  );
}

// The two answers to an offer. `tell` gets what came of it, and whether the offer is answered with that;
// then the focus goes to `after`.
export function answers(offer, name, after, tell) {
  const button = (look, text, label, act) => {
    const made = h("button", { type: "button", class: look, "aria-label": label }, text);
    made.addEventListener("click", async () => {
      made.disabled = true;
      const [said, isDone] = await act(offer).catch((error) => [inWords(error), false]);
      tell(said, isDone);
      made.disabled = false;
      if (made.isConnected) made.focus();
      else after.focus();
    });
    return made;
  };
  return h(
    "div",
    { class: "row" },
    button("primary", t("accept"), t("acceptThis", { name }), accept),
    button("plain", t("decline"), t("declineThis", { name }), decline),
  );
}

async function accept(offer) {
  const first = await call("accept_offer", offer);
  if (!first.proposed) return outcome(first);
  if (!(await confirmed(first.proposed))) return [t("cancelled"), false];
  return outcome(await call("accept_offer", offer, first.proposed.confirmation_token));
}

async function decline(offer) {
  return outcome(await call("decline_offer", offer));
}

function outcome(answer) {
  return [answer.text ?? answer.refusal?.text ?? "", Boolean(answer.result)];
}

function call(tool, offer, token = "") {
  const names = { decision_id: offer.decision_id, offer_code: offer.offer_code };
  return post(`/api/tools/${tool}`, { arguments: names, confirmation_token: token, language: language() });
}

function takeAway(offer) {
  decision.offers = decision.offers.filter((one) => one.offer_code !== offer.offer_code);
  remember();
  render();
}
