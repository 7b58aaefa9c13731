// Snapshots A, B, C: what was seen, kept in this page, side by side with what is seen now.

import { byId, h } from "./dom.js";
import { percent, S, signed, spaced } from "./strings.js";
import { store, valueOf } from "./store.js";

let now = {};
let parts = null;
const shelf = () => `detente-snapshots-${store.about.digest}`;

function kept() {
  try { return JSON.parse(sessionStorage.getItem(shelf()) ?? "{}"); } catch { return {}; }
}

/** Note what is seen now, and show the table. */
export function note(facts) { now = { ...now, ...facts }; show(); }

export function show() {
  const snapshots = kept();
  const letters = S.letters.filter((l) => snapshots[l]);
  const columns = [...letters.map((l) => [l, snapshots[l]]), [S.now, { ...now, scenario: store.scenario }]];
  const cells = {
    answer: (f) => (f.zone === undefined || f.zone === null ? "–" : f.zone > 0 ? S.verdict.deal : S.verdict.none),
    zone: (f) => signed(f.zone),
    share: (f) => (f.deal ? `${percent(f.deal.share)} (${f.deal.draws})` : "–"),
    changed: (f) => told(f.scenario),
  };
  if (!parts?.keeps.isConnected) {
    parts = { keeps: h("div", { class: "row" }, S.letters.map((l) => h("button", { type: "button", click: () => keep(l) }, S.keep(l)))), backs: h("div", { class: "row" }), table: h("div", {}), letters: "" };
    byId("snapshots").replaceChildren(
      h("div", { class: "section" }, h("h2", {}, S.snapshots), h("p", { class: "soft" }, S.snapshotsSays)), parts.keeps, parts.backs, parts.table);
  }
  // Buttons stay where they are while numbers come in: one that is replaced under a finger loses its click.
  if (parts.letters !== letters.join()) {
    parts.letters = letters.join();
    parts.backs.replaceChildren(...letters.map((l) => h("button", { type: "button", click: () => store.go(kept()[l].scenario) }, S.restore(l))));
  }
  parts.table.replaceChildren(letters.length === 0 ? h("p", { class: "soft" }, S.nothingKept) : h("div", { class: "compare", tabindex: "0", role: "region", "aria-label": S.snapshots },
    h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), columns.map(([l]) => h("th", { scope: "col" }, l)))),
      h("tbody", {}, Object.entries(cells).map(([key, cell]) => h("tr", {}, h("th", { scope: "row" }, S.compareRows[key]), columns.map(([, f]) => h("td", {}, cell(f)))))))));
}

function keep(letter) {
  const all = kept();
  all[letter] = { ...now, scenario: structuredClone(store.scenario) };
  try { sessionStorage.setItem(shelf(), JSON.stringify(all)); } catch { /* no room: nothing is kept */ }
  show();
}

/** A scenario in words. */
export function told(scenario) {
  const { about } = store;
  const parts = Object.keys(scenario.values).filter((n) => about.assumptions[n]).map((n) => {
    const a = about.assumptions[n];
    return `${spaced(n)} ${a.labels.length ? a.labels[valueOf(scenario, a)] : valueOf(scenario, a)}`;
  });
  return [...parts, ...scenario.off.map(S.off), ...scenario.levers.map(S.lever)].join("; ") || S.asWritten;
}
