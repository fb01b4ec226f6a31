// Signs in, finds out whose page it is, loads it, and lets the stream keep it fresh.

import * as account from "./account.js";
import { actFor, get, inWords, session } from "./api.js";
import * as bills from "./bills.js";
import * as chat from "./chat.js";
import { announce, by, h, setText, show } from "./dom.js";
import { clock } from "./format.js";
import * as i18n from "./i18n.js";
import { t } from "./i18n.js";
import * as inbox from "./inbox.js";
import { Live } from "./live.js";
import * as offers from "./offers.js";
import * as settings from "./settings.js";
import * as usage from "./usage.js";

const AGAIN = 4_000;

let who = null;
let subscriber = "";
let gate = "";
let state = "connecting";
let freshAt = Date.now();
let waiting = null;
let trying = null;

const live = new Live({
  state: (now) => {
    if (now === "away" && state === "live") freshAt = Date.now();
    state = now;
    renderStatus();
  },
  hello: () => chat.catchUp().catch(() => {}),
  balance: (balance) => {
    account.update(balance);
    lookAgain();
  },
  notification: (entry) => inbox.arrive(entry),
  said: (message) => chat.hear(message).catch(() => {}),
  beat: () => chat.beat(),
});

async function begin() {
  i18n.start();
  for (const part of [account, usage, bills, inbox, offers, chat, settings]) part.start();
  i18n.onLanguage(() => {
    renderStatus();
    renderGreeting();
    if (gate) renderGate();
  });
  by("gate-form").addEventListener("submit", enter);
  by("sign-out").addEventListener("click", signOut);
  by("line").addEventListener("change", () => open(by("line").value));
  document.addEventListener("signed-out", () => who && close("gateEnded"));
  addEventListener("hashchange", () => withFragment());
  await withFragment();
}

// `#token=...` signs in, `#subscriber=...` says whose page; a token stays in no address and no history.
async function withFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token) {
    const rest = fragment.get("subscriber") ? `#subscriber=${encodeURIComponent(fragment.get("subscriber"))}` : "";
    history.replaceState(null, "", location.pathname + rest);
  } else if (who && !fragment.get("subscriber")) {
    return; // a place on the page
  }
  await signIn(token, fragment.get("subscriber") ?? "");
}

async function signIn(token, wished) {
  clearTimeout(trying);
  try {
    who = token ? await session.begin(token) : await session.show();
  } catch (error) {
    who = null;
    openGate("gateText", token || error.status !== 401 ? inWords(error) : "");
    tryAgain(error, () => signIn(token, wished));
    return;
  }
  show(by("sign-out"), who.can_sign_out);
  const mine = wished || (who.may_choose ? "" : who.subscribers[0]);
  if (mine) await open(mine);
  else openGate("gateChooseText", "");
}

// What was not refused but never arrived is worth another attempt, without anybody asking for it.
function tryAgain(error, attempt) {
  clearTimeout(trying);
  if (error.status === undefined) trying = setTimeout(attempt, AGAIN);
}

async function open(subscriberId) {
  clearTimeout(trying);
  leave();
  subscriber = subscriberId;
  actFor(subscriberId);
  let cursor;
  try {
    // The line first: everything else is refused for a wrong one too.
    account.update(await get("/api/balance"));
    cursor = await inbox.load();
  } catch (error) {
    openGate(who?.may_choose ? "gateChooseText" : "gateText", error.status === 404 ? t("gateUnknown") : inWords(error));
    tryAgain(error, () => open(subscriberId));
    return;
  }
  gate = "";
  show(by("gate"), false);
  show(by("home"), true);
  show(by("places"), true);
  show(by("status"), true);
  renderLines();
  renderGreeting();
  live.start(cursor);
  // Each of these may fail without the others: the page is of use all the same.
  const parts = [usage.load(), bills.load(), offers.load(subscriberId), chat.load(subscriberId), settings.load()];
  await Promise.allSettled(parts);
}

// Usage and bills move with the balance; asked for now and then, however often that moves.
function lookAgain() {
  waiting ??= setTimeout(() => {
    waiting = null;
    Promise.allSettled([usage.load(), bills.load()]); // what fails is asked again with the next movement
  }, AGAIN);
}

function leave() {
  live.stop();
  clearTimeout(waiting);
  waiting = null;
  for (const part of [account, usage, bills, inbox, settings]) part.forget();
}

function close(why) {
  leave();
  offers.forget();
  chat.forget();
  who = null;
  for (const one of ["home", "places", "status", "sign-out"]) show(by(one), false);
  openGate(why, "");
}

async function signOut() {
  try {
    await session.end();
  } catch (error) {
    announce(inWords(error));
    return;
  }
  close("gateText");
}

function openGate(why, mistake) {
  gate = why;
  leave();
  show(by("home"), false);
  show(by("places"), false);
  show(by("gate"), true);
  renderGate();
  setText(by("gate-mistake"), mistake);
  show(by("gate-mistake"), Boolean(mistake));
}

function renderGate() {
  const chooses = gate === "gateChooseText";
  setText(by("gate-title"), t(chooses ? "gateChoose" : "gateTitle"));
  setText(by("gate-text"), t(gate));
  setText(by("gate-label"), t(chooses ? "gateSubscriber" : "gateCode"));
  setText(by("gate-button"), t(chooses ? "gateShow" : "gateGo"));
  by("gate-input").type = chooses ? "text" : "password";
}

async function enter(event) {
  event.preventDefault();
  const given = by("gate-input").value.trim();
  if (!given) {
    by("gate-input").focus();
    return;
  }
  by("gate-input").value = "";
  if (gate !== "gateChooseText") {
    await signIn(given, "");
  } else {
    history.replaceState(null, "", `#subscriber=${encodeURIComponent(given)}`);
    await open(given);
  }
  if (!gate) by("content").focus();
}

function renderLines() {
  const lines = who.subscribers;
  const select = by("line");
  show(select, lines.length > 1);
  show(by("line-name"), lines.length <= 1);
  select.replaceChildren(...lines.map((one) => h("option", { value: one, selected: one === subscriber }, one)));
  setText(by("line-name"), subscriber);
}

function renderGreeting() {
  const hour = new Date().getHours();
  setText(by("greeting"), t(hour < 5 ? "evening" : hour < 11 ? "morning" : hour < 18 ? "day" : "evening"));
}

function renderStatus() {
  const status = by("status");
  status.classList.toggle("is-live", state === "live");
  status.classList.toggle("is-away", state !== "live");
  setText(by("status-text"), t(state));
  setText(by("offline"), t("awayLong", { time: clock(freshAt) }));
  show(by("offline"), state === "away");
}

begin();
