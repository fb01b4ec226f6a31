// What the customer wishes: the language of messages, quiet hours, offers as messages.

import { get, inWords, put } from "./api.js";
import { by, h, setText, show } from "./dom.js";
import { onLanguage, t } from "./i18n.js";

const LANGUAGES = { en: "English", de: "Deutsch" };

let isSaving = false;

export function start() {
  by("settings-form").addEventListener("submit", save);
  by("settings-form").addEventListener("input", () => tell("", ""));
  onLanguage(() => offerLanguages(by("wish-language").value));
}

export async function load() {
  render(await get("/api/preferences"));
}

export function forget() {
  show(by("settings"), false);
  tell("", "");
}

function render(wished) {
  const isQuiet = wished.quiet_from_minute !== wished.quiet_until_minute;
  offerLanguages(wished.language);
  by("quiet-from").value = isQuiet ? asTime(wished.quiet_from_minute) : "";
  by("quiet-until").value = isQuiet ? asTime(wished.quiet_until_minute) : "";
  by("consent").checked = wished.marketing_consent;
  show(by("settings"), true);
}

// One that is wished is there, whatever it is: saving must not change what nobody touched.
function offerLanguages(chosen) {
  const codes = [...new Set(["", ...Object.keys(LANGUAGES), chosen])];
  const options = codes.map((code) => h("option", { value: code }, code ? (LANGUAGES[code] ?? code) : t("wishUsual")));
  by("wish-language").replaceChildren(...options);
  by("wish-language").value = chosen;
}

async function save(event) {
  event.preventDefault();
  const [from, until] = [by("quiet-from"), by("quiet-until")];
  if (Boolean(from.value) !== Boolean(until.value)) {
    tell("", t("quietHalf"));
    (from.value ? until : from).focus();
    return;
  }
  if (isSaving) return;
  isSaving = true;
  try {
    // All is replaced, so the rest must be as it is now: the assistant may have changed it meanwhile.
    const now = await get("/api/preferences");
    const wished = {
      ...now,
      language: by("wish-language").value,
      quiet_from_minute: asMinute(from.value),
      quiet_until_minute: asMinute(until.value),
      marketing_consent: by("consent").checked,
      consent_evidence: "",
    };
    render(await put("/api/preferences", wished));
    tell(t("saved"), "");
  } catch (error) {
    tell("", inWords(error));
  } finally {
    isSaving = false;
  }
}

function tell(outcome, mistake) {
  setText(by("settings-outcome"), outcome);
  setText(by("settings-mistake"), mistake);
  show(by("settings-mistake"), Boolean(mistake));
}

function asTime(minute) {
  return [Math.floor(minute / 60), minute % 60].map((one) => String(one).padStart(2, "0")).join(":");
}

function asMinute(time) {
  const [hours, minutes] = (time || "0:0").split(":").map(Number);
  return hours * 60 + minutes;
}
