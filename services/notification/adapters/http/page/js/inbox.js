// The inbox: newest first, read and dismissed here, new ones as they arrive.

import { get, inWords, post } from "./api.js";
import { announce, by, h, setText, show } from "./dom.js";
import { ago, clock, day } from "./format.js";
import { onLanguage, t } from "./i18n.js";
import { answers } from "./offers.js";

const PAGE = 200;
const AT_ONCE = 6;
const REDRAW = 30_000;

const entries = new Map();
let visible = AT_ONCE;

export function start() {
  by("read-all").addEventListener("click", () => mark([...unread()], "read"));
  by("older").addEventListener("click", () => {
    visible += 20;
    render();
  });
  onLanguage(render);
  setInterval(render, REDRAW);
}

// Everything there is; returns the cursor after which the stream goes on.
export async function load() {
  let cursor = 0;
  for (;;) {
    const page = await get("/api/inbox", { after: cursor, size: PAGE });
    page.notifications.forEach(keep);
    cursor = page.next_cursor;
    if (page.notifications.length < PAGE) break;
  }
  render();
  return cursor;
}

// One from the stream. Told twice it is one entry; of those with one collapse key only the newest stays.
export function arrive(entry) {
  const isNew = !entries.has(entry.notification_id);
  keep(entry);
  if (!isNew) return;
  if (!entry.hidden) announce(t("arrived", entry));
  render(entry.notification_id);
}

export function forget() {
  entries.clear();
  visible = AT_ONCE;
  render();
}

function keep(entry) {
  if (entry.collapse_key) {
    for (const [id, other] of entries) {
      if (other.collapse_key === entry.collapse_key && other.cursor < entry.cursor) entries.delete(id);
    }
  }
  if (!entry.hidden) entries.set(entry.notification_id, { ...entries.get(entry.notification_id), ...entry });
}

function unread() {
  return [...entries.values()].filter((one) => !one.read).map((one) => one.notification_id);
}

async function mark(ids, how) {
  if (!ids.length) return;
  try {
    await post("/api/inbox/marks", { notification_ids: ids, mark: how });
  } catch (error) {
    announce(inWords(error));
    return;
  }
  for (const id of ids) {
    if (how === "dismissed") entries.delete(id);
    else if (entries.has(id)) entries.get(id).read = true;
  }
  render();
}

function render(newId = "") {
  const sorted = [...entries.values()].sort((a, b) => b.cursor - a.cursor);
  const list = by("entries");
  const there = new Map([...list.children].map((one) => [one.dataset.id, one]));
  const wanted = sorted.slice(0, visible).map((entry) => {
    const element = there.get(entry.notification_id) ?? newEntry(entry, entry.notification_id === newId);
    dress(element, entry);
    return element;
  });
  place(list, wanted);
  show(by("inbox-empty"), !sorted.length);
  show(by("older"), sorted.length > visible);
  renderCount(unread().length);
}

// Moves no element that is where it belongs: whoever is on one of its buttons stays there.
function place(list, wanted) {
  const keepers = new Set(wanted);
  for (const one of [...list.children]) if (!keepers.has(one)) one.remove();
  wanted.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  });
}

function newEntry(entry, isNew) {
  return h(
    "li",
    { class: `entry${isNew ? " is-new" : ""}`, "data-id": entry.notification_id },
    h("h3", {}, h("span", { class: "entry-level" }), h("span"), h("span", { class: "visually-hidden" })),
    h("p", { class: "entry-body" }),
    h("div", { class: "entry-offer" }),
    h(
      "div",
      { class: "entry-foot" },
      h("time", { datetime: entry.occurred_at }),
      h("button", { type: "button", class: "quiet", onclick: (event) => leave(event, entry, "read") }),
      h("button", { type: "button", class: "quiet", onclick: (event) => leave(event, entry, "dismissed") }),
    ),
  );
}

function dress(element, entry) {
  const [title, body, offer, foot] = element.children;
  const [level, words, state] = title.children;
  const [time, read, dismiss] = foot.children;
  element.classList.toggle("is-unread", !entry.read);
  element.lang = entry.language;
  show(level, entry.severity !== "info");
  level.className = `entry-level is-${entry.severity}`;
  level.lang = document.documentElement.lang;
  setText(level, entry.severity === "info" ? "" : t(entry.severity));
  setText(words, entry.title);
  setText(state, entry.read ? "" : ` (${t("unread")})`);
  setText(body, entry.body);
  dressOffer(offer, entry);
  setText(time, ago(entry.occurred_at));
  time.title = `${day(entry.occurred_at)}, ${clock(entry.occurred_at)}`;
  show(read, !entry.read);
  for (const [button, action] of [[read, t("markRead")], [dismiss, t("dismiss")]]) {
    setText(button, action);
    button.lang = document.documentElement.lang;
    button.setAttribute("aria-label", t("about", { action, title: entry.title }));
  }
}

// An offer that was sent can be answered where it is read, by the decision that it came with.
function dressOffer(element, entry) {
  const { decision_id, offer_code, expires_at } = entry.data;
  const isOpen = decision_id && offer_code && !entry.outcome && !(new Date(expires_at) < new Date());
  const key = `${document.documentElement.lang} ${isOpen ? "open" : ""} ${entry.outcome ?? ""}`;
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.lang = document.documentElement.lang;
  const tell = (text, isDone) => {
    announce(text);
    const kept = entries.get(entry.notification_id);
    if (!isDone || !kept) return;
    kept.outcome = text;
    render();
    if (!kept.read) mark([entry.notification_id], "read");
  };
  if (isOpen) element.replaceChildren(answers({ decision_id, offer_code }, entry.title, by("inbox"), tell));
  else element.replaceChildren(...(entry.outcome ? [h("p", { class: "outcome" }, entry.outcome)] : []));
}

// The button goes away with what it did; the focus moves to what comes next.
async function leave(event, entry, how) {
  const element = event.currentTarget.closest("li");
  const next = element.nextElementSibling ?? element.previousElementSibling;
  await mark([entry.notification_id], how);
  if (document.activeElement && document.activeElement !== document.body) return;
  const target = how === "read" ? element.querySelector(".entry-foot button:not([hidden])") : next?.querySelector("button:not([hidden])");
  (target ?? by("inbox")).focus();
}

function renderCount(count) {
  for (const badge of [by("badge"), by("unread")]) {
    show(badge, count > 0);
    badge.replaceChildren(
      h("span", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)),
      h("span", { class: "visually-hidden" }, t("unreadCount", { count })),
    );
  }
  show(by("read-all"), count > 1);
  document.title = count ? `(${count}) Tidemark` : "Tidemark";
}
