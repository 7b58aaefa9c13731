// Figure cards. What is drawn comes from the server: a Vega-Lite specification, or SVG drawn by hand.

import { byId, h, save } from "./dom.js";
import { S } from "./strings.js";

const cards = new Map();
const unseen = new Map(); // changes of figures out of sight, made when they come into sight
const drawing = new Map();

const shape = (figure) => JSON.stringify(figure.spec ?? null);

function card(figure, where, { wide = false, before = null } = {}) {
  let found = cards.get(figure.name);
  if (!found) {
    const title = h("h3", { id: `title-${figure.name}` });
    const sub = h("p", { class: "sub" });
    // What draws puts roles of its own on what it draws in; the name and description are on the box around it.
    const canvas = h("div", { "aria-hidden": "true" });
    const plot = h("div", { class: "plot", id: `plot-${figure.name}`, role: "img" }, canvas);
    const note = h("span", { class: "updating" });
    const words = h("div", {});
    const more = h("details", { toggle: () => more.open && fill(figure.name) }, h("summary", {}, S.table, h("span", { class: "unseen" }, ` (${figure.title})`)), words);
    const node = h("figure", { class: wide ? "card wide" : "card", id: `figure-${figure.name}`, "aria-labelledby": title.id }, title, sub, plot, note, more);
    found = { node, title, sub, plot, canvas, note, words, more, view: null, shape: "", width: 0, figure };
    cards.set(figure.name, found);
    if (before) where.insertBefore(node, before); else where.append(node);
  }
  return found;
}

/** Draw a figure, new or changed. */
export async function draw(figure, where, options) {
  const found = card(figure, where, options);
  found.figure = figure;
  unseen.delete(figure.name);
  found.title.textContent = figure.title;
  found.sub.replaceChildren(...figure.subtitle.flatMap((line, i) => (i ? [h("br"), line] : [line])));
  found.plot.setAttribute("aria-label", `${figure.title}. ${figure.description}`);
  stale(figure.name, false);
  if (found.more.open) fill(figure.name);
  if (figure.svg) {
    const paint = () => found.canvas.replaceChildren(drawn(figure.svg));
    if (!found.canvas.childNodes.length || inSight(found)) paint(); else unseen.set(figure.name, paint);
    return;
  }
  // One drawing of a card at a time; of several that wait only the newest counts.
  if (drawing.get(figure.name)) { drawing.set(figure.name, "again"); return; }
  drawing.set(figure.name, "once");
  try {
    do {
      drawing.set(figure.name, "once");
      await chart(found);
    } while (drawing.get(figure.name) === "again");
  } finally { drawing.delete(figure.name); }
}

function drawn(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return document.importNode(parsed, true);
}

async function chart(found) {
  const figure = found.figure;
  const width = Math.max(240, Math.min(found.plot.clientWidth || 400, 640));
  if (found.view && found.shape === shape(figure) && refill(found.view, figure.datasets)) {
    if (width !== found.width) { found.width = width; found.view.width(width); }
    await found.view.runAsync();
    return;
  }
  if (found.view) { found.view.finalize(); found.view = null; }
  found.shape = shape(figure);
  found.width = width;
  const spec = structuredClone(figure.spec);
  if (spec.width) spec.width = width;
  spec.datasets = structuredClone(figure.datasets);
  const result = await window.vegaEmbed(found.canvas, spec, {
    ast: true, actions: false, renderer: "canvas", defaultStyle: false, tooltip: false, hover: false,
  });
  found.view = result.view;
}

/** New rows in a drawing that stays; false if it has a dataset under another name, and must be drawn anew. */
function refill(view, datasets) {
  try {
    for (const [name, rows] of Object.entries(datasets)) view.data(name, rows);
    return true;
  } catch { return false; }
}

/** Change one dataset of a figure that is drawn already, as while a slider moves; out of sight it waits. */
export function change(name, dataset, rows) {
  const found = cards.get(name);
  if (!found?.view || drawing.get(name)) return;
  const paint = () => {
    try { found.view.data(dataset, rows); found.view.runAsync(); } catch { /* this figure has no such dataset */ }
  };
  unseen.delete(name);
  if (inSight(found)) paint(); else unseen.set(name, paint);
}

function inSight(found) {
  const box = found.plot.getBoundingClientRect();
  return box.bottom > -200 && box.top < window.innerHeight + 200;
}

let scrolled = 0;
window.addEventListener("scroll", () => {
  cancelAnimationFrame(scrolled);
  scrolled = requestAnimationFrame(() => {
    for (const [name, paint] of [...unseen]) {
      if (!cards.has(name)) unseen.delete(name);
      else if (inSight(cards.get(name))) { unseen.delete(name); paint(); }
    }
  });
}, { passive: true });

/** Say that a figure is older than what is set. */
export function stale(name, yes) {
  const found = cards.get(name);
  if (!found) return;
  found.plot.classList.toggle("stale", yes);
  found.note.textContent = yes ? S.updating : "";
}

export const staleAll = (names) => { for (const [name] of cards) if (!names.includes(name)) stale(name, true); };

/** Figures that a new case does not have. */
export function clear() {
  for (const found of cards.values()) { found.view?.finalize(); found.node.remove(); }
  cards.clear();
  unseen.clear();
}

function fill(name) {
  const found = cards.get(name);
  const { figure } = found;
  const tables = figure.tables.map((t) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t.caption },
    h("table", {}, h("caption", { class: "unseen" }, t.caption),
      h("thead", {}, h("tr", {}, t.headings.map((head, i) => h("th", { scope: "col", class: t.kinds[i] === "text" ? "" : "n" }, head || h("span", { class: "unseen" }, t.caption))))),
      h("tbody", {}, t.cells.slice(0, 400).map((row) => h("tr", {}, row.map((cell, i) => h("td", { class: t.kinds[i] === "text" ? "" : "n" }, cell))))))));
  const buttons = figure.tables.map((t) => h("button", { type: "button", click: () => save(`${name}.csv`, "text/csv", t.csv), "aria-label": S.figureOf(S.csv, t.caption) }, S.csv));
  buttons.push(h("button", { type: "button", click: () => vector(found), "aria-label": S.figureOf(S.svg, figure.title) }, S.svg));
  found.words.replaceChildren(h("p", { class: "sub" }, figure.description), ...tables, h("div", { class: "row" }, buttons));
}

async function vector(found) {
  const text = found.figure.svg ?? (await found.view.toSVG());
  save(`${found.figure.name}.svg`, "image/svg+xml", text);
}

/** Where in the data a click on a figure was; null if beside its axes. */
export function place(name, event) {
  const view = cards.get(name)?.view;
  const canvas = cards.get(name)?.plot.querySelector("canvas");
  if (!view || !canvas) return null;
  const box = canvas.getBoundingClientRect();
  const [left, top] = view.origin(), pad = view.padding();
  const px = event.clientX - box.left - left - pad.left, py = event.clientY - box.top - top - pad.top;
  const x = view.scale("x"), y = view.scale("y");
  const found = { x: x.invert(px), y: y.invert(py) };
  const inside = (v, [a, b]) => v >= Math.min(a, b) && v <= Math.max(a, b);
  return inside(found.x, x.domain()) && inside(found.y, y.domain()) ? found : null;
}

let resize = 0;
window.addEventListener("resize", () => {
  clearTimeout(resize);
  resize = setTimeout(() => { for (const [, found] of cards) if (found.view) draw(found.figure, found.node.parentNode); }, 150);
});

export const has = (name) => cards.has(name);
export const node = (name) => cards.get(name)?.node ?? byId(`figure-${name}`);
