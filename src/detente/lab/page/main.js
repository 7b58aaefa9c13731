// The page: what is asked when, and what happens to the answers.

import { background, get, isNow, newTurn, points, send } from "./ask.js";
import * as answer from "./answer.js";
import { sentence } from "./sentence.js";
import { byId, h, later, save } from "./dom.js";
import * as figures from "./figures.js";
import * as run from "./run.js";
import * as sliders from "./sliders.js";
import * as snapshots from "./snapshots.js";
import { empty, same, store, valueOf } from "./store.js";
import { S, spaced } from "./strings.js";
import * as teach from "./teach.js";
import * as workshop from "./workshop.js";

const REST = 250; // milliseconds without a change after which the background is asked
const DRAWS = [64, 128];
const VERDICTS = [16, 64];
const LEVELS = [0, 1, 2];

const COLUMNS = [["phase", "worlds", "drivers", "mechanisms"], ["bargain", "year", "levers"]];

const body = (more = {}) => ({ ...store.scenario, case: store.imported, ...more });
const axes = { x: null, y: null };
let latest = null; // the newest point
let current = ""; // digest of the case that the laboratory has open
let timer = 0;
let saidFor = "";

// --- What is said to the reader

function notice(text) { byId("notice").textContent = text; }

function complain(problem) {
  if (problem?.name === "AbortError" || problem?.status === 409) return;
  if (problem?.status === 410) return reload();
  if (problem?.status) notice(problem.message);
  else lost();
}

let losing = false;
async function lost() {
  if (losing) return;
  losing = true;
  notice(S.lost);
  while (losing) {
    await later(2000);
    try {
      const status = await get("/api/status");
      if (status.step !== "ready") continue;
      losing = false;
      notice("");
      await reload();
    } catch { /* still away */ }
  }
}

// --- The two tiers

const ask = points((found, asked) => {
  latest = found;
  answer.point(found);
  drawAll(found.figures ?? []);
  if (!found.problem) {
    for (const name of store.about.shown) {
      const rows = found.outcomes[name]?.map((y, i) => ({ x: i + 1, y }));
      if (rows) figures.change(`path-${name}`, "case", rows);
    }
  }
  snapshots.note({ zone: found.problem ? null : found.decisive, deal: null });
  document.body.dataset.answered = JSON.stringify({ values: asked.values, off: asked.off, levers: asked.levers });
}, complain);

function moved(kind) {
  sliders.show();
  undoable();
  const turn = newTurn();
  markYou();
  figures.staleAll(["bargain", "year"]);
  answer.old();
  ask(body());
  clearTimeout(timer);
  timer = setTimeout(() => rest(turn), kind === "drag" ? REST : Math.min(REST, 120));
}

/** What is asked once a hand has let go: each a small question, given up when a slider moves. */
async function rest(turn) {
  const now = () => isNow(turn);
  document.body.dataset.rested = "";
  try {
    await step(now, "/api/spread", { upto: DRAWS[0] }, spread);
    speak();
    if (store.mode === "workshop") await workshop.compare();
    await refine(now, LEVELS[0]);
    await step(now, "/api/details", {}, (found) => { answer.details(found); drawAll(found.figures); });
    await step(now, "/api/swings", {}, (found) => { answer.swings(found.swings, latest?.decisive ?? null); drawAll(found.figures); });
    await refine(now, LEVELS[1]);
    await step(now, "/api/verdicts", { upto: VERDICTS[0] }, answer.verdicts);
    await step(now, "/api/spread", { upto: DRAWS[1] }, spread);
    for (const level of LEVELS.slice(2)) await refine(now, level);
    await step(now, "/api/verdicts", { upto: VERDICTS[1] }, answer.verdicts);
    if (now()) document.body.dataset.rested = "yes";
  } catch (problem) { complain(problem); }
}

async function step(now, path, more, then) {
  if (!now()) return;
  const found = await background(path, body(more));
  if (now() && !found.problem) then(found);
}

function spread(found) {
  answer.spread(found);
  drawAll(found.figures);
  snapshots.note({ deal: found.deal });
}

async function refine(now, level) {
  if (!now() || !axes.x || !axes.y) return;
  const ends = (name) => { const a = store.about.assumptions[name]; return [a.low, a.high]; };
  await step(now, "/api/diagram", { x: axes.x, y: axes.y, x_ends: ends(axes.x), y_ends: ends(axes.y), level }, (found) => drawAll(found.figures));
}

function drawAll(list) {
  for (const figure of list) figures.draw(figure, byId(`slot-${figure.name}`) ?? byId("paths"));
}

/** The verdict for those who hear it: once for each rest, and not again if it is the same. */
function speak() {
  if (!latest) return;
  const [, text] = sentence(latest, store.about);
  if (text !== saidFor) { saidFor = text; byId("live").textContent = text; }
}

// --- The phase diagram

function placeholders() {
  figures.clear();
  const { about } = store;
  const phase = h("div", { class: "axes", id: "axes", hidden: !about.decisive });
  byId("figures").replaceChildren(
    h("h2", { class: "unseen" }, S.figures),
    h("div", { id: "grid" }, ...COLUMNS.map((names, i) => h("div", { class: "column", id: `column-${i}` }, names.map((name) => h("div", { class: "slot", id: `slot-${name}` }))))), phase,
    h("div", { class: "section", hidden: !about.shown.length }, h("h2", {}, S.pathsTitle), h("p", { class: "soft" }, S.pathsSays)),
    h("div", { class: "cards", id: "paths" }));
  if (!about.decisive) { axes.x = axes.y = null; return; }
  const names = Object.values(about.assumptions).filter((a) => a.group !== "quantities" && !a.labels.length && a.high > a.low).map((a) => a.name);
  const usual = [...about.first.filter((n) => names.includes(n)), ...names];
  axes.x = usual[0] ?? null;
  axes.y = usual.find((n) => n !== axes.x) ?? null;
  const pick = (side, title) => h("label", {}, title, h("select", { id: `axis-${side}`, change: (e) => turnAxis(side, e.target.value) },
    names.map((n) => h("option", { value: n, selected: n === axes[side] }, spaced(n)))));
  phase.append(pick("x", S.horizontal), pick("y", S.vertical), h("span", { class: "soft" }, S.phaseHint));
}

function turnAxis(side, name) {
  const other = side === "x" ? "y" : "x";
  if (axes[other] === name) { axes[other] = axes[side]; byId(`axis-${other}`).value = axes[other]; }
  axes[side] = name;
  figures.stale("phase", true);
  rest(newTurn());
}

/** The diagram's own controls live in its card, once it is there. */
function adopt() {
  const card = figures.node("phase");
  if (card && byId("axes").parentNode !== card) {
    card.insertBefore(byId("axes"), card.querySelector("details"));
    card.querySelector(".plot").addEventListener("click", (event) => {
      const at = figures.place("phase", event);
      if (!at) return;
      store.change((next) => {
        for (const side of ["x", "y"]) {
          const a = store.about.assumptions[axes[side]];
          const value = Math.round((at[side] - a.low) / a.step) * a.step + a.low;
          next.values[a.name] = Number(Math.min(Math.max(value, a.low), a.high).toPrecision(6));
        }
      });
    });
  }
}
new MutationObserver(adopt).observe(byId("figures"), { childList: true, subtree: true });

function markYou() {
  if (!axes.x) return;
  const at = (side) => valueOf(store.scenario, store.about.assumptions[axes[side]]);
  figures.change("phase", "you", [{ x: at("x"), y: at("y"), says: "your case" }]);
}

// --- The top of the page

function top() {
  const { about } = store;
  document.title = S.title(about.title);
  byId("skip").textContent = S.skip;
  const file = h("input", { type: "file", accept: ".yaml,.yml", hidden: true, id: "file", "aria-label": S.import, change: () => bring(file) });
  byId("top").replaceChildren(
    h("h1", {}, about.title, " ", h("span", {}, about.question)),
    h("div", { class: "row", role: "group", "aria-label": S.modes }, ["explore", "teach", "workshop"].map((mode) =>
      h("button", { type: "button", "aria-pressed": String(store.mode === mode), disabled: mode === "teach" && !(about.mechanisms.length && about.decisive), click: () => enter(mode) }, S[mode]))),
    h("div", { class: "row" },
      h("button", { type: "button", id: "undo", click: () => history.back() }, S.undo),
      h("button", { type: "button", id: "reset", click: () => store.go(empty()) }, S.reset),
      h("button", { type: "button", id: "copy", click: copy }, S.copy),
      h("button", { type: "button", id: "import", click: () => file.click() }, S.import), file,
      h("button", { type: "button", id: "export", click: download }, S.export),
      h("button", { type: "button", id: "run", click: () => run.open(complain) }, S.run)));
  byId("foot").replaceChildren(h("p", { class: "soft" }, S.caveat), h("p", { class: "soft" }, S.foot(about)));
  undoable();
}

function undoable() {
  byId("undo").disabled = store.depth === 0;
  byId("reset").disabled = same(store.scenario, empty());
}

function enter(mode) {
  if (mode === store.mode) return;
  if (store.mode === "teach") teach.leave();
  if (mode === "workshop") store.groups[store.group] = structuredClone(store.scenario);
  store.mode = mode;
  store.remember();
  panel();
  if (mode === "teach") teach.enter(); else store.tell("rest");
}

function panel() {
  top();
  byId("mode").replaceChildren();
  if (store.mode === "teach") teach.show();
  if (store.mode === "workshop") workshop.enter();
}

async function copy() {
  let text = S.copied;
  try { await navigator.clipboard.writeText(location.href); } catch { text = S.notCopied; }
  byId("copy").textContent = text;
  await later(1500);
  byId("copy").textContent = S.copy;
}

async function download() {
  try {
    const response = await send("/api/export", body());
    save(`${store.about.id}-laboratory.yaml`, "text/yaml", await response.text());
  } catch (problem) { complain(problem); }
}

async function bring(file) {
  const [chosen] = file.files;
  if (!chosen) return;
  try {
    const { digest } = await (await send("/api/case", await chosen.text())).json();
    await load(digest);
    notice(S.imported);
  } catch (problem) { complain(problem); }
  file.value = "";
}

// --- Opening a case

async function ready(digest) {
  for (;;) {
    const status = await get(`/api/status?case=${encodeURIComponent(digest)}`);
    byId("wait-text").textContent = S.waiting[status.step] ?? S.waiting.connecting;
    if (status.step === "ready") { current = status.current; return; }
    if (status.step === "gone") throw Object.assign(new Error(S.waiting.gone), { status: 410 });
    if (status.step === "failed") throw new Error(status.problem ?? S.waiting.failed);
    await later(400);
  }
}

/** Open a case by its digest ("" is the one that the laboratory has open); a scenario of its text comes with it. */
async function load(digest, keep = null) {
  byId("bench").hidden = true;
  byId("wait").hidden = false;
  await ready(digest);
  const about = await get(`/api/case?case=${encodeURIComponent(digest)}`);
  store.about = about;
  store.imported = digest && digest !== current ? digest : "";
  if (keep !== null && location.hash.length > 1) {
    if (store.fromAddress()) notice(S.unknownLink);
  } else {
    store.scenario = { values: {}, off: about.off, levers: about.pulled };
    store.groups = [empty(), empty()];
    store.mode = "explore";
    store.remember();
  }
  shown();
}

function shown() {
  byId("wait").hidden = true;
  byId("bench").hidden = false;
  answer.forget();
  answer.build();
  placeholders();
  sliders.build();
  snapshots.show();
  panel();
  moved("rest");
}

/** Open the case again, after the server was away or its file has changed; what was set is kept. */
async function reload(words = "") {
  try {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("case") ?? "";
    const status = await get(`/api/status?case=${encodeURIComponent(wanted)}`);
    await load(status.step === "gone" ? "" : wanted, "address");
    if (words) notice(words);
  } catch (problem) { if (problem.status) notice(problem.message); else lost(); }
}

async function watch() {
  for (;;) {
    await later(3000);
    if (document.hidden || losing) continue;
    try {
      const status = await get("/api/status");
      if (status.problem) notice(S.fileProblem(status.problem));
      if (status.current !== current && !store.imported) await reload(S.changed);
    } catch (problem) { complain(problem); }
  }
}

window.addEventListener("popstate", () => {
  const lostWords = store.fromAddress();
  if (lostWords) notice(S.unknownLink);
  teach.forget();
  panel();
  moved("rest");
});
window.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input[type=text], textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing && store.depth > 0) { event.preventDefault(); history.back(); }
});
store.listen(moved);

byId("wait-text").textContent = S.waiting.connecting;
const wanted = new URLSearchParams(location.hash.slice(1)).get("case") ?? "";
try {
  await ready(wanted).catch((problem) => { if (problem.status !== 410) throw problem; });
  await load(wanted, "address").catch(() => load("", "address"));
} catch (problem) {
  byId("wait-text").textContent = problem.message;
  if (!problem.status) lost();
}
watch();
