// How the conversation looks.

import { by, h, linked, setText, show } from "./dom.js";
import { clock, isPriced, price } from "./format.js";
import { t } from "./i18n.js";

const STARTERS = ["starter1", "starter2", "starter3"];

export function render(talk, isBusy, act) {
  const log = by("log");
  const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const wanted = [welcome(), ...talk.messages.map((message) => said(message, talk, act))];
  if (talk.pending) wanted.push(bubble("customer", [talk.pending], "", " is-pending"));
  if (isBusy && talk.state === "assistant") wanted.push(typing());
  place(log, wanted);
  if (wasAtEnd) log.scrollTop = log.scrollHeight;
  renderSuggestions(talk, isBusy, act);
  renderState(talk);
}

// The assistant asks for a score by suggesting scores: that is what the form is for.
export function asksForScore(talk) {
  const suggested = talk.messages.at(-1)?.suggestions ?? [];
  return suggested.length > 1 && suggested.every((one) => /^[1-5]$/.test(one));
}

export function scores() {
  by("scores").replaceChildren(
    ...[1, 2, 3, 4, 5].map((score) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "score", value: score, "aria-label": t("rateScore", { score }) }),
        h("span", { "aria-hidden": "true" }, String(score)),
      ),
    ),
  );
}

// Only what is new is touched: a screen reader reads additions to a log, and must not hear all of it again.
function place(log, wanted) {
  wanted.forEach((element, index) => {
    const there = log.children[index];
    if (!there) log.append(element);
    else if (!there.isEqualNode(element)) there.replaceWith(element);
  });
  while (log.children.length > wanted.length) log.lastChild.remove();
}

function welcome() {
  return bubble("assistant", [t("chatWelcome")], "");
}

function typing() {
  const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  return bubble("assistant", [dots, h("span", { class: "visually-hidden" }, t("typing"))], "");
}

function said(message, talk, act) {
  const element = bubble(message.author, linked(message.text), message.said_at);
  element.dataset.sequence = message.sequence;
  if (message.proposed) element.append(proposal(message, talk, act));
  return element;
}

function bubble(author, content, at, more = "") {
  const who = { customer: t("you"), assistant: t("assistant"), agent: t("agent") }[author];
  return h(
    "div",
    { class: `said is-${author}${more}` },
    h("p", { class: "said-who" }, at ? `${who} · ${clock(at)}` : who),
    h("div", { class: "bubble" }, ...content),
  );
}

function proposal(message, talk, act) {
  const { proposed } = message;
  const priced = isPriced(proposed.price);
  const isLast = message.sequence === talk.messages.at(-1).sequence && !talk.isOver;
  const answer = talk.answered.get(proposed.confirmation_token);
  const box = h("div", { class: "proposal" }, h("p", { class: "price" }, price(proposed.price)));
  if (answer) {
    box.append(h("p", { class: "proposal-state" }, t(answer)));
  } else if (isLast && new Date(proposed.expires_at) > new Date()) {
    const yes = priced ? t("confirmPaid", { price: price(proposed.price) }) : t("confirm");
    // Listeners are not compared with what is there, and need not be: buttons of one message do the same.
    box.append(
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "primary", onclick: () => act.confirm(proposed) }, yes),
        h("button", { type: "button", class: "plain", onclick: () => act.cancel(proposed) }, t("cancel")),
      ),
    );
  }
  return box;
}

function renderSuggestions(talk, isBusy, act) {
  const last = talk.isOver ? null : talk.messages.at(-1);
  const texts = last ? (last.author === "assistant" ? last.suggestions : []) : STARTERS.map((one) => t(one));
  const isQuiet = isBusy || talk.state === "handed-over" || asksForScore(talk);
  const shown = isQuiet && !talk.isOver ? [] : texts;
  const group = by("suggestions");
  const key = JSON.stringify(shown);
  if (group.dataset.key === key) return;
  group.dataset.key = key;
  group.replaceChildren(
    ...shown.map((text) => h("button", { type: "button", onclick: () => act.say(text) }, text)),
  );
}

function renderState(talk) {
  const isHanded = talk.state === "handed-over";
  const answered = talk.messages.some((one) => one.author === "agent");
  setText(by("handed-over"), isHanded ? t(answered ? "taken" : "waiting") : "");
  show(by("handed-over"), isHanded);
  show(by("chat-end"), talk.messages.length > 1 && by("rating").hidden && !isHanded && !talk.isOver);
}
