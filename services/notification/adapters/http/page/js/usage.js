// What was used in the last 24 hours: a chart of its own, and the same as a table.

import { get } from "./api.js";
import { by, h, setText, show, svg } from "./dom.js";
import { clock, money, units } from "./format.js";
import { onLanguage, t } from "./i18n.js";

const SLICE = 30;
const SLOTS = 48;
const BOX = { height: 200, left: 54, right: 4, bottom: 26, top: 10 };
const WIDEST = 640;

let slices = [];
let loadedAt = 0;
let kind = null;

export function start() {
  onLanguage(() => loadedAt && render());
  // Drawn for the width there is, so that its words keep their size.
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 2) return;
    width = entry.contentRect.width;
    if (loadedAt) render();
  }).observe(by("chart"));
}

export async function load() {
  const answer = await get("/api/usage", { hours: 24, slice_minutes: SLICE });
  slices = answer.slices;
  loadedAt = Date.now();
  render();
}

export function forget() {
  slices = [];
  kind = null;
}

function kinds() {
  const found = [...new Set(slices.filter((one) => one.units > 0).map((one) => one.unit))];
  const known = ["octets", "seconds"];
  found.sort((a, b) => (known.indexOf(a) + 9) % 9 - (known.indexOf(b) + 9) % 9);
  return slices.some((one) => !/^-?[0.]+$/.test(one.cost.amount)) ? [...found, "cost"] : found;
}

function name(one) {
  return { octets: t("data"), seconds: t("calls"), cost: t("cost"), events: t("eventsKind") }[one] ?? one;
}

function written(value) {
  if (kind !== "cost") return units(value, kind);
  return money({ amount: (value / 1e6).toFixed(6), currency: slices[0].cost.currency });
}

// One value for each half hour; of money whole millionths, as far as a picture needs them.
function slots() {
  const size = SLICE * 60_000;
  const first = Math.floor(loadedAt / size) * size - (SLOTS - 1) * size;
  const values = Array.from({ length: SLOTS }, (_, place) => ({ at: first + place * size, value: 0 }));
  for (const one of slices) {
    const slot = values[Math.floor((new Date(one.begins_at) - first) / size)];
    if (!slot) continue;
    if (kind === "cost") slot.value += Math.round(Number(one.cost.amount) * 1e6);
    else if (one.unit === kind) slot.value += one.units;
  }
  return values;
}

function render() {
  const there = kinds();
  if (!there.includes(kind)) kind = there[0] ?? null;
  renderKinds(there);
  const values = kind ? slots() : [];
  const total = values.reduce((sum, one) => sum + one.value, 0);
  setText(by("usage-total"), kind ? t("total", { amount: written(total) }) : t("usageNone"));
  by("usage-total").classList.toggle("figure", Boolean(kind));
  by("chart").replaceChildren(...(kind ? [chart(values, total)] : []));
  by("usage-table").replaceChildren(...(kind ? [table(values)] : []));
  show(document.querySelector(".as-table"), Boolean(kind));
}

function renderKinds(there) {
  const group = by("usage-kinds");
  const key = there.map(name).join();
  show(group, there.length > 1);
  if (group.dataset.key === key) return;
  group.dataset.key = key;
  group.replaceChildren(group.firstElementChild);
  for (const one of there) {
    const radio = h("input", {
      type: "radio",
      name: "kind",
      value: one,
      onchange: () => {
        kind = one;
        render();
      },
    });
    radio.checked = one === kind;
    group.append(h("label", {}, radio, name(one)));
  }
}

function chart(values, total) {
  const most = values.reduce((best, one) => (one.value > best.value ? one : best));
  const top = roundTop(most.value || 1);
  const width = Math.max(240, by("chart").clientWidth || WIDEST);
  const inner = { width: width - BOX.left - BOX.right, height: BOX.height - BOX.top - BOX.bottom };
  const y = (value) => BOX.top + inner.height * (1 - value / top);
  const step = inner.width / SLOTS;
  const text = t("chartText", { total: written(total), most: written(most.value), time: clock(most.at) });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${width} ${BOX.height}`, role: "img", "aria-labelledby": "chart-name chart-text" },
    svg("title", { id: "chart-name" }, t("chartTitle", { kind: name(kind) })),
    svg("desc", { id: "chart-text" }, text),
  );
  for (const line of [0, top / 2, top]) {
    drawing.append(
      svg("line", { class: "grid", x1: BOX.left, x2: width, y1: y(line), y2: y(line) }),
      svg("text", { x: BOX.left - 8, y: y(line) + 4, "text-anchor": "end" }, line ? short(line) : "0"),
    );
  }
  values.forEach(({ at, value }, place) => {
    const x = BOX.left + place * step;
    if (new Date(at).getHours() % 6 === 0 && new Date(at).getMinutes() === 0) {
      drawing.append(svg("text", { x, y: BOX.height - 6, "text-anchor": "middle" }, clock(at)));
    }
    if (value <= 0) return;
    const height = Math.max(2, y(0) - y(value));
    const bar = { class: "bar-column", x: x + 1, y: y(0) - height, width: Math.max(2, step - (step > 8 ? 3 : 1.5)), height, rx: step > 8 ? 2.5 : 1.5 };
    drawing.append(svg("rect", bar, svg("title", {}, `${clock(at)} · ${written(value)}`)));
  });
  return drawing;
}

function short(value) {
  return kind === "cost" ? written(value) : units(value, kind);
}

// The next 1, 2 or 5 of its magnitude, so that the lines have round figures.
function roundTop(value) {
  const unit = kind === "seconds" && value >= 60 ? 60 : 1;
  const scale = 10 ** Math.floor(Math.log10(value / unit)) * unit;
  return scale * ([1, 2, 4, 5, 10].find((one) => one * scale >= value) ?? 10);
}

function table(values) {
  const rows = values.filter((one) => one.value > 0).reverse();
  return h(
    "table",
    {},
    h("caption", {}, t("chartTitle", { kind: name(kind) })),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("time")), h("th", { scope: "col" }, name(kind)))),
    h(
      "tbody",
      {},
      ...rows.map((one) => h("tr", {}, h("th", { scope: "row" }, clock(one.at)), h("td", {}, written(one.value)))),
    ),
  );
}
