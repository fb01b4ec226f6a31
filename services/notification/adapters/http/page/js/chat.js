// The conversation: with the assistant, with people once it was handed over, and how it was in the end.

import { get, inWords, newId, post } from "./api.js";
import * as drawing from "./chat-view.js";
import { by, setText, show } from "./dom.js";
import { language, onLanguage, t } from "./i18n.js";

const nothing = () => ({
  id: "",
  state: "assistant",
  messages: [],
  pending: "",
  answered: new Map(), // proposals, by token
  isOver: false,
});
const GONE = ["CONVERSATION_UNKNOWN", "CONVERSATION_CLOSED"];
let talk = nothing();
let owner = "";
let isBusy = false;
let isBehind = false;

export function start() {
  by("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = by("say-text");
    const text = field.value.trim();
    if (!text || isBusy) return;
    field.value = "";
    say({ text });
  });
  by("say-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      by("say").requestSubmit();
    } else if (event.key === "Escape") {
      event.target.value = "";
    }
  });
  by("chat-end").addEventListener("click", () => {
    askForRating();
    by("rating").querySelector("input").focus();
  });
  by("rating").addEventListener("submit", rate);
  onLanguage(render);
}

// Takes up the conversation of this tab, if there is one.
export async function load(subscriberId) {
  owner = subscriberId;
  talk = nothing();
  talk.id = recall();
  render();
  if (talk.id) await catchUp();
}

export function forget() {
  talk = nothing();
  show(by("rating"), false);
  keepId("");
}

// What was said while nobody listened.
export async function catchUp() {
  if (!talk.id || talk.isOver) return;
  const after = talk.messages.at(-1)?.sequence ?? 0;
  isBehind = true;
  try {
    takeIn(await get(`/api/conversations/${encodeURIComponent(talk.id)}`, { after_sequence: after }));
    isBehind = false;
  } catch (error) {
    if (error.reason !== "CONVERSATION_UNKNOWN") throw error;
    isBehind = false;
    talk = nothing();
    keepId("");
    render();
  }
}

// The line is there: what could not be read before may be now.
export function beat() {
  if (isBehind) catchUp().catch(() => {});
}

// Something from the stream: mine as I wrote it, the assistant's, or a person's answer.
export async function hear(message) {
  if (!talk.id && message.author === "agent") {
    talk.id = message.conversation_id;
    keepId(talk.id);
  }
  if (message.conversation_id !== talk.id || talk.isOver) return;
  const last = talk.messages.at(-1)?.sequence ?? 0;
  if (message.sequence > last + 1) return catchUp();
  add([message]);
  render();
  // A person's answer may have been the last one: who answers now?
  if (message.author === "agent") await catchUp();
}

async function say({ text = "", confirm = "" }) {
  if (talk.isOver) talk = nothing();
  isBusy = true;
  talk.pending = text;
  show(by("say-mistake"), false);
  setText(by("rating-outcome"), "");
  render();
  const request = { text, confirm, conversation_id: talk.id, request_id: newId(), language: language() };
  try {
    takeIn(await said(request));
  } catch (error) {
    setText(by("say-mistake"), inWords(error));
    show(by("say-mistake"), true);
    if (!by("say-text").value) by("say-text").value = text;
    if (confirm) talk.answered.delete(confirm);
  } finally {
    isBusy = false;
    talk.pending = "";
    render();
  }
}

// Where the conversation is no more, what is said begins a new one.
async function said(request) {
  try {
    return await post("/api/conversations", request);
  } catch (error) {
    if (!request.text || !GONE.includes(error.reason)) throw error;
    talk = { ...nothing(), pending: talk.pending };
    return post("/api/conversations", { ...request, conversation_id: "", request_id: newId() });
  }
}

function takeIn(heard) {
  const wasWithPeople = talk.state === "handed-over";
  talk.id = heard.conversation_id;
  talk.state = heard.state;
  keepId(talk.id);
  add(heard.messages);
  render();
  const isEnd = heard.state === "closed" || (wasWithPeople && heard.state !== "handed-over");
  if (isEnd) askForRating();
}

// In their order, each once.
function add(messages) {
  const known = new Set(talk.messages.map((one) => one.sequence));
  talk.messages.push(...messages.filter((one) => !known.has(one.sequence)));
  talk.messages.sort((a, b) => a.sequence - b.sequence);
  if (messages.some((one) => one.author === "customer" && one.text === talk.pending)) talk.pending = "";
}

function render() {
  if (drawing.asksForScore(talk) && by("rating").hidden && !talk.isOver) askForRating();
  drawing.render(talk, isBusy, {
    say: (text) => !isBusy && say({ text }).then(() => by("say-text").focus()),
    confirm: (proposed) => {
      talk.answered.set(proposed.confirmation_token, "confirmed");
      say({ confirm: proposed.confirmation_token }).then(() => by("say-text").focus());
    },
    cancel: (proposed) => {
      talk.answered.set(proposed.confirmation_token, "cancelled");
      say({ text: t("no") }).then(() => by("say-text").focus());
    },
  });
}

function askForRating() {
  drawing.scores();
  show(by("rating"), true);
  show(by("chat-end"), false);
}

async function rate(event) {
  event.preventDefault();
  const score = Number(new FormData(by("rating")).get("score"));
  if (!score) {
    setText(by("rating-outcome"), t("rateMissing"));
    return;
  }
  try {
    const comment = by("rating-comment").value.trim();
    await post(`/api/conversations/${encodeURIComponent(talk.id)}/rating`, { score, comment });
  } catch (error) {
    setText(by("rating-outcome"), inWords(error));
    return;
  }
  by("rating").reset();
  // Rated, it is over, and what is said next begins another; one that people still work on goes on.
  talk.isOver = talk.state !== "handed-over";
  if (talk.isOver) keepId("");
  show(by("rating"), false);
  render();
  setText(by("rating-outcome"), t("rateThanks"));
  by("say-text").focus();
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem("conversation") ?? "null");
    return kept?.owner === owner ? kept.id : "";
  } catch {
    return "";
  }
}

function keepId(id) {
  try {
    sessionStorage.setItem("conversation", JSON.stringify({ owner, id }));
  } catch {
    // Then it ends with the page.
  }
}
