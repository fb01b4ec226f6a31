// Amounts, units and times in the page's language. Amounts come as decimal text and are never made numbers.

import { locale, t } from "./i18n.js";

const OCTETS = [[1e12, "terabyte"], [1e9, "gigabyte"], [1e6, "megabyte"], [1e3, "kilobyte"], [1, "byte"]];

export function money({ amount, currency }) {
  return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(amount);
}

// `4.99 EUR` as tools write it; empty: it costs nothing.
export function price(text) {
  const found = /^(-?[\d.]+) ([A-Z]{3})$/.exec(text ?? "");
  if (!found) return text ? text : t("free");
  return /^[0.]*$/.test(found[1]) ? t("free") : money({ amount: found[1], currency: found[2] });
}

export function isPriced(text) {
  return price(text) !== t("free");
}

export function units(count, unit) {
  if (unit === "octets") {
    const [size, name] = OCTETS.find(([one]) => Math.abs(count) >= one) ?? OCTETS.at(-1);
    return measure(cut(count / size, count / size < 100 ? 1 : 0), name);
  }
  if (unit === "seconds") {
    const minutes = Math.floor(count / 60);
    if (minutes === 0) return measure(count, "second");
    if (minutes < 120) return measure(minutes, "minute");
    return `${measure(Math.floor(minutes / 60), "hour")} ${measure(minutes % 60, "minute")}`;
  }
  const figure = new Intl.NumberFormat(locale()).format(count);
  return unit === "events" ? t("events", { count, figure }) : `${figure} ${unit}`;
}

// Cut, never rounded up: what is shown as left is there.
function cut(value, digits) {
  const scale = 10 ** digits;
  return Math.trunc(value * scale) / scale;
}

function measure(value, unit) {
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(value);
}

export function clock(moment) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(new Date(moment));
}

export function day(moment, month = "long") {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month }).format(new Date(moment));
}

// `2026-11` as the month it is.
export function month(text) {
  const options = { month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(locale(), options).format(new Date(`${text}-01T00:00:00Z`));
}

export function ago(moment) {
  const minutes = Math.round((Date.now() - new Date(moment)) / 60_000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  if (minutes < 1) return relative.format(0, "second");
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 24 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return day(moment, "short");
}
