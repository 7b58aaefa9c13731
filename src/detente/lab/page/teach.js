// Teach: mechanisms enter one at a time, and the class bets before each reveal.

import { send } from "./ask.js";
import { byId, h } from "./dom.js";
import { S, spaced } from "./strings.js";
import { store } from "./store.js";

const T = S.teachMode;
const KINDS = ["up", "same", "down"];
let game = null;
let kept = []; // switched off before the lesson

const order = () => store.about.mechanisms.map((m) => m.name);

/** How many mechanisms have entered, as the scenario has it: a link or the way back may lead into the middle. */
function entered() {
  const names = order(), { off } = store.scenario, k = names.length - off.length;
  return names.slice(k).every((n) => off.includes(n)) ? k : 0;
}

const fresh = () => ({ step: entered(), bets: { up: 0, same: 0, down: 0 }, shown: null, right: 0, all: 0, before: null });

export async function enter() {
  if (!game) kept = [...store.scenario.off];
  store.change((next) => { next.off = order(); });
  game = fresh();
  show();
}

/** End the lesson: what was switched off before it is switched off again, and nothing else. */
export function leave() {
  const before = kept;
  forget();
  store.change((next) => { next.off = before; });
}

/** Know of no lesson: the scenario came from elsewhere. */
export function forget() { game = null; kept = []; }

async function zone(off) {
  const { values, levers } = store.scenario;
  const answer = await (await send("/api/point", { values, levers, off, case: store.imported })).json();
  return answer.problem ? null : answer.decisive;
}

async function reveal() {
  const { bets } = game, names = order(), name = names[game.step];
  const before = await zone(names.slice(game.step)), after = await zone(names.slice(game.step + 1));
  const moved = before === null || after === null ? 0 : after - before;
  const truth = Math.abs(moved) < T.same ? "same" : moved > 0 ? "up" : "down";
  game.shown = { name, before, after, truth };
  game.right += bets[truth];
  game.all += bets.up + bets.same + bets.down;
  store.change((next) => { next.off = names.slice(game.step + 1); });
  show();
  byId("teach-result")?.focus();
}

function on() {
  game.step += 1;
  game.shown = null;
  game.bets = { up: 0, same: 0, down: 0 };
  show();
  byId("mode").querySelector("button")?.focus();
}

/** The panel. */
export function show() {
  const names = order();
  if (!game) game = fresh();
  else if (!game.shown) game.step = entered();
  const steps = h("ol", { class: "steps", "aria-label": T.order }, names.map((n, i) => h("li", { class: i < game.step ? "done" : i === game.step ? "here" : "", "aria-current": i === game.step ? "step" : false }, spaced(n))));
  const done = game.step >= names.length;
  const mechanism = store.about.mechanisms[game.step];
  const total = game.bets.up + game.bets.same + game.bets.down;
  byId("mode").replaceChildren(h("div", { class: "panel" },
    h("h2", {}, S.teach), h("p", { class: "soft" }, T.says), steps,
    done ? h("p", { class: "question" }, T.done(game.right, game.all)) : null,
    done ? h("button", { type: "button", class: "strong", click: enter }, T.again) : null,
    !done && !game.shown ? h("p", { class: "question" }, T.question(mechanism.name, mechanism.meaning)) : null,
    !done && !game.shown ? h("div", { class: "row" }, KINDS.map((kind) => h("span", { class: "row" },
      h("button", { type: "button", "aria-label": T.more(T.bets[kind]), click: (e) => bet(kind, e) }, T.bets[kind]),
      h("span", { class: "tally", id: `tally-${kind}` }, String(game.bets[kind]))))) : null,
    !done && !game.shown ? h("div", { class: "row" },
      h("button", { type: "button", class: "strong", id: "reveal", disabled: total === 0, click: reveal }, T.reveal),
      h("span", { class: "soft", id: "bet-first" }, total === 0 ? T.needBet : "")) : null,
    game.shown ? result() : null));
}

// Only the tally changes, so that focus stays on the button of whoever counts hands.
function bet(kind) {
  game.bets[kind] += 1;
  byId(`tally-${kind}`).textContent = String(game.bets[kind]);
  byId("reveal").disabled = false;
  byId("bet-first").textContent = "";
}

function result() {
  const { name, before, after, truth } = game.shown;
  const unit = store.about.outcomes[store.about.decisive].unit;
  const flipped = (before > 0) !== (after > 0) ? ` ${T.flipped[after > 0]}` : "";
  return h("div", { id: "teach-result", tabindex: "-1" },
    h("p", { class: "question" }, T.revealed(name, before, after, unit) + flipped),
    truth === "same" ? h("p", { class: "soft" }, T.sameSays) : null,
    h("p", {}, T.score(game.bets[truth], game.bets.up + game.bets.same + game.bets.down)),
    h("button", { type: "button", class: "strong", click: on }, T.next));
}
