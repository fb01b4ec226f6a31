// Money and allowances, as they move.

import { by, h, setText, show } from "./dom.js";
import { day, money, units } from "./format.js";
import { onLanguage, t } from "./i18n.js";

const LOW_PERCENT = 20;
let shown = null;

export function start() {
  onLanguage(() => shown && render(shown));
}

export function update(balance) {
  // A balance that was asked for may come after a newer one of the stream.
  if (shown && shown.account_id === balance.account_id && balance.feature_seq < shown.feature_seq) return;
  shown = balance;
  render(balance);
}

export function forget() {
  shown = null;
  by("money").replaceChildren();
  by("meters").replaceChildren();
}

function render(balance) {
  const purses = balance.buckets.filter((one) => one.is_money);
  const meters = balance.buckets.filter((one) => !one.is_money);
  inPlace(by("money"), purses, newPurse, movePurse);
  inPlace(by("meters"), meters, newMeter, moveMeter);
  show(by("meters-empty"), !meters.length);
  if (!purses.length) by("money").replaceChildren(h("p", { class: "empty" }, t("moneyNone")));
}

// Elements stay where they are while their figures change: nothing flickers, and a reader keeps its place.
function inPlace(list, buckets, make, move) {
  const there = new Map([...list.children].map((one) => [one.dataset.bucket, one]));
  const wanted = buckets.map((bucket) => {
    const element = there.get(bucket.bucket_id) ?? make(bucket);
    move(element, bucket);
    return element;
  });
  const isSame = wanted.length === list.children.length && wanted.every((one, place) => list.children[place] === one);
  if (!isSame) list.replaceChildren(...wanted);
}

function newPurse(bucket) {
  return h(
    "div",
    { "data-bucket": bucket.bucket_id },
    h("p", { class: "money-amount" }),
    h("p", { class: "money-name" }),
  );
}

function movePurse(element, bucket) {
  const [amount, name] = element.children;
  const text = money(bucket.money);
  if (amount.textContent && amount.textContent !== text) flash(amount);
  setText(amount, text);
  const until = bucket.valid_until ? ` · ${t("until", { date: day(bucket.valid_until) })}` : "";
  setText(name, bucket.name + until);
}

function newMeter(bucket) {
  const id = `meter-${bucket.bucket_id.replace(/\W/g, "-")}`;
  return h(
    "li",
    { "data-bucket": bucket.bucket_id },
    h(
      "div",
      { class: "meter-head" },
      h("span", { class: "meter-name", id }),
      h("span", { class: "meter-left" }, h("strong"), " ", h("span")),
    ),
    h(
      "div",
      { class: "meter-track", role: "meter", "aria-labelledby": id, "aria-valuemin": "0" },
      h("div", { class: "meter-fill" }),
    ),
    h("p", { class: "meter-foot" }, h("span", { class: "meter-note" }), h("span")),
  );
}

function moveMeter(element, bucket) {
  const [head, track, foot] = element.children;
  const left = units(Math.max(0, bucket.left), bucket.unit);
  const known = bucket.given > 0;
  const given = units(bucket.given, bucket.unit);
  setText(head.firstChild, bucket.name);
  const [strong, rest] = head.lastChild.children;
  const words = known ? t("leftOf", { left: "|", given }) : t("left", { left: "|" });
  const [before, after] = words.split("|");
  setText(strong, `${before}${left}`);
  setText(rest, after.trim());
  const percent = known ? Math.min(100, bucket.left_percent) : 100;
  track.firstChild.style.setProperty("--left", `${percent}%`);
  track.setAttribute("aria-valuemax", known ? "100" : String(Math.max(1, bucket.left)));
  track.setAttribute("aria-valuenow", known ? String(percent) : String(bucket.left));
  track.setAttribute("aria-valuetext", known ? t("leftValue", { left, given, percent }) : left);
  const isOut = bucket.left <= 0;
  const isLow = !isOut && known && percent < LOW_PERCENT;
  element.classList.toggle("is-out", isOut);
  element.classList.toggle("is-low", isLow);
  const note = isOut ? t("out") : isLow ? t("low") : "";
  setText(foot.firstChild, note);
  const until = bucket.valid_until ? t("until", { date: day(bucket.valid_until) }) : "";
  setText(foot.lastChild, note && until ? ` · ${until}` : until);
}

function flash(element) {
  element.classList.remove("has-moved");
  void element.offsetWidth; // begins the animation anew
  element.classList.add("has-moved");
}
