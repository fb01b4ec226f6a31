// Calls of the JSON endpoints. What the service refuses is a Refusal with its reason.

import { t } from "./i18n.js";

let subscriber = "";

export class Refusal extends Error {
  constructor(status, { reason, message }) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function actFor(subscriberId) {
  subscriber = subscriberId;
}

export function eventsAddress(after) {
  return address("/events", after === null ? {} : { after });
}

export const get = (path, query) => call("GET", address(path, query));
export const post = (path, body) => call("POST", address(path), body);
export const put = (path, body) => call("PUT", address(path), body);

export const session = {
  show: () => call("GET", "/session"),
  begin: (token) => call("POST", "/session", { token }),
  end: () => call("DELETE", "/session"),
};

// What to say of an error in words.
export function inWords(error) {
  return error instanceof Refusal ? t("failed", { message: error.message }) : t("unreachable");
}

// In a page without TLS there is no crypto.randomUUID.
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function address(path, query = {}) {
  return `${path}?${new URLSearchParams({ subscriber_id: subscriber, ...query })}`;
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: { "X-Tidemark": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  const answer = await response.json().catch(() => ({ reason: "UNKNOWN", message: response.statusText }));
  if (!response.ok) {
    if (response.status === 401) document.dispatchEvent(new Event("signed-out"));
    throw new Refusal(response.status, answer);
  }
  return answer;
}
