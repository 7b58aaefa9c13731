// The answer: the sentence that stays in sight, and the claims.

import { byId, h } from "./dom.js";
import { sentence } from "./sentence.js";
import { S, WORDS } from "./strings.js";
import { store } from "./store.js";

const parts = {};

export function build() {
  parts.sentence = h("p", { class: "sentence", id: "sentence" });
  parts.facts = h("div", { class: "facts" });
  parts.zone = h("p", { id: "zone" });
  parts.draws = h("p", { id: "draws" });
  parts.flips = h("p", { id: "flips" });
  parts.facts.append(parts.zone, parts.draws, parts.flips);
  byId("verdict").replaceChildren(parts.sentence, parts.facts);
  byId("claims").replaceChildren();
}

const unit = () => store.about.outcomes[store.about.decisive]?.unit ?? "";

export function point(found) {
  const [kind, text] = sentence(found, store.about);
  parts.sentence.replaceChildren(h("span", { class: `sign ${kind}` }, S.verdict[kind]), text);
  parts.zone.textContent = found.problem || !store.about.decisive ? "" : S.verdict.zone(found.decisive, unit());
}

export function old() {
  for (const p of [parts.draws, parts.flips]) p.classList.add("aged");
  byId("claims").classList.add("aged");
}

export function spread(found) {
  parts.draws.textContent = found.deal ? S.verdict.draws(found.deal) : "";
  parts.draws.classList.remove("aged");
}

export function swings(rows, now) {
  const side = (z) => z > 0;
  const known = rows.filter((r) => r.at_low !== null && r.at_high !== null);
  const flip = known.filter((r) => side(r.at_low) !== side(now) || side(r.at_high) !== side(now));
  parts.flips.textContent = known.length && now !== null ? S.verdict.flips(flip.length, known.length) : "";
  parts.flips.classList.remove("aged");
}

let claims = {}, shares = {};

export function forget() { claims = {}; shares = {}; }

export function details(found) { claims = Object.fromEntries(found.claims.map((c) => [c.id, c])); shares = {}; showClaims(); }

export function verdicts(found) { shares = Object.fromEntries(found.claims.map((c) => [c.id, c])); showClaims(); }

function showClaims() {
  const { about } = store;
  const open = new Set([...document.querySelectorAll("#claims details[open]")].map((d) => d.dataset.claim));
  const focused = document.activeElement?.closest?.("#claims details")?.dataset.claim;
  const groups = ["argument", "rival"].map((side) => [side, about.claims.filter((c) => c.side === side)]).filter(([, list]) => list.length);
  byId("claims").classList.remove("aged");
  byId("claims").replaceChildren(
    h("div", { class: "section" }, h("h2", {}, S.claimsTitle), h("p", { class: "soft" }, S.claimsSays)),
    ...groups.flatMap(([side, list]) => [h("h3", { class: "section" }, S.sides[side]), h("div", { class: "claims" }, list.map((c) => card(c, open.has(c.id))))]));
  if (focused) document.querySelector(`#claims details[data-claim="${CSS.escape(focused)}"] summary`)?.focus();
}

function card(c, open) {
  const now = claims[c.id], share = shares[c.id];
  const word = share ? WORDS[share.word] : S.notYet;
  return h("article", { class: "claim", id: `claim-${c.id}` },
    h("p", { class: "badge" }, word, " ", h("span", { class: "soft" }, c.section)),
    h("blockquote", {}, c.says),
    share && share.share !== null ? h("div", { class: "bar", "aria-hidden": "true" }, fill(share.share), whisker(share)) : null,
    h("p", { class: "soft" }, share ? S.share(share) : null),
    h("p", { class: "soft point" }, told(now)),
    h("details", { "data-claim": c.id, open },
      h("summary", {}, S.test, h("span", { class: "unseen" }, ` (${c.id})`)),
      h("p", {}, h("code", {}, c.test)),
      c.beside.length ? h("p", { class: "soft" }, S.beside) : null,
      ...c.beside.map((b, i) => h("p", { class: "soft" }, `${b.says} ${told(now?.beside[i])}. `, h("code", {}, b.test)))));
}

function told(now) {
  if (!now) return "";
  if (now.holds === null) return S.undefined;
  return now.holds ? S.holds(now.margin) : S.fails(now.margin);
}

function fill(share) { const i = h("i"); i.style.width = `${100 * share}%`; return i; }

function whisker(c) {
  const b = h("b");
  b.style.left = `${100 * c.low}%`;
  b.style.width = `${100 * (c.high - c.low)}%`;
  return b;
}
