// Workshop: two groups set their beliefs; where they differ, and which disagreement decides.

import { background } from "./ask.js";
import { byId, h } from "./dom.js";
import { digits, S, signed, spaced } from "./strings.js";
import { empty, same, store } from "./store.js";

const W = S.workshopMode;
let names = [...W.names];
let found = null;

export function enter() {
  found = null;
  store.scenario = structuredClone(store.groups[store.group]);
  show();
}

function choose(i) {
  store.group = i;
  store.scenario = structuredClone(store.groups[i]);
  store.remember();
  store.tell("rest");
  byId(`group-${i}`)?.focus();
}

/** Ask what the disagreements account for; part of what happens at rest. */
export async function compare() {
  const [first, second] = store.groups;
  found = same(first, second) ? null : await background("/api/differ", { case: store.imported, first, second });
  show();
}

export function show() {
  byId("mode").replaceChildren(h("div", { class: "panel" },
    h("h2", {}, S.workshop), h("p", { class: "soft" }, W.says),
    h("div", { class: "row" }, h("span", {}, W.edits),
      names.map((name, i) => h("button", { type: "button", id: `group-${i}`, "aria-pressed": String(store.group === i), click: () => choose(i) }, name)),
      names.map((name, i) => h("input", { type: "text", value: name, maxlength: "24", size: "12", "aria-label": W.nameLabel(i), change: (e) => { names[i] = e.target.value.trim() || W.names[i]; show(); } })),
      h("button", { type: "button", click: () => { store.groups = [empty(), empty()]; store.go(empty()); } }, W.clear)),
    ...table()));
}

function table() {
  if (!found || !found.topics.length) return [h("p", {}, W.none)];
  const known = found.topics.filter((t) => t.share !== null);
  const ordered = [...found.topics].sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
  const top = Math.max(...known.map((t) => Math.abs(t.share)), 1e-9);
  const differ = (found.first > 0) !== (found.second > 0);
  const turns = (z, of) => z !== null && (z > 0) !== (of > 0);
  const alone = ordered.filter((t) => differ && turns(t.first_gives_way, found.first) && turns(t.second_gives_way, found.second));
  const value = (t, which) => {
    if (t.kind === "off") return t[which] ? W.switchedOff : W.on;
    if (t.kind === "levers") return t[which] ? W.pulled : W.notPulled;
    const a = store.about.assumptions[t.name];
    return a.labels.length ? a.labels[t[which]] : digits(t[which], a.step);
  };
  const lines = [W.verdict(names[0], found.first, names[1], found.second), differ ? W.disagree(ordered[0].name) : W.agree];
  if (differ) lines.push(alone.length ? W.alone(alone.map((t) => t.name)) : W.noneAlone);
  return [
    h("p", { class: "question", id: "differ" }, lines.join(" ")),
    h("div", { class: "compare", tabindex: "0", role: "region", "aria-label": S.workshop }, h("table", {},
      h("thead", {}, h("tr", {}, W.heads(...names).map((head, i) => h(head ? "th" : "td", head ? { scope: "col", class: i > 2 && i < 6 ? "n" : "" } : {}, head)))),
      h("tbody", {}, ordered.map((t) => h("tr", {},
        h("th", { scope: "row" }, spaced(t.name)), h("td", {}, value(t, "first")), h("td", {}, value(t, "second")),
        h("td", { class: "n" }, signed(t.share), diverge(t.share, top)),
        h("td", { class: "n" }, signed(t.first_gives_way)), h("td", { class: "n" }, signed(t.second_gives_way)),
        h("td", {}, alone.includes(t) ? W.decides : "")))))),
    found.exact ? null : h("p", { class: "soft" }, W.sampled),
  ].filter(Boolean);
}

function diverge(share, top) {
  const box = h("div", { class: "diverge", "aria-hidden": "true" }), bar = h("i", { class: share < 0 ? "down" : "" });
  const half = (50 * Math.abs(share ?? 0)) / top;
  bar.style.left = `${share < 0 ? 50 - half : 50}%`;
  bar.style.width = `${half}%`;
  box.append(bar);
  return box;
}
