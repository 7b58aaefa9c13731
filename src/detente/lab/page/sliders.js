// The assumptions: sliders with what is believed behind them, switches of mechanisms, levers.

import { byId, h, link } from "./dom.js";
import { outline } from "./outline.js";
import { digits, S } from "./strings.js";
import { store, valueOf } from "./store.js";

const rows = new Map(); // by name, every row that shows the assumption (one may be shown twice)

/** Build the column for the case. */
export function build() {
  const { about } = store;
  rows.clear();
  const groups = new Map([["", []], ...about.mechanisms.map((m) => [m.name, []]), ["quantities", []]]);
  for (const a of Object.values(about.assumptions)) groups.get(a.group)?.push(a);
  const first = about.first.map((name) => about.assumptions[name]).filter(Boolean);
  byId("assumptions").setAttribute("aria-label", S.assumptions);
  byId("assumptions").replaceChildren(
    h("h2", {}, first.length ? S.first : S.assumptions),
    first.length ? h("p", { class: "soft" }, S.firstSays) : null,
    ...first.map((a) => row(a, "first")),
    h("details", { class: "group", id: "all", open: !first.length }, h("summary", {}, S.all(Object.keys(about.assumptions).length)),
      ...[...groups].filter(([name, inside]) => inside.length || isMechanism(name)).map(([name, inside]) => group(name, inside))),
    about.levers.length ? h("details", { class: "group" }, h("summary", {}, S.levers(about.levers.length)), h("p", { class: "soft" }, S.leversSays), ...about.levers.map(lever)) : null,
  );
  show();
}

const isMechanism = (name) => store.about.mechanisms.some((m) => m.name === name);

function group(name, inside) {
  const mechanism = store.about.mechanisms.find((m) => m.name === name);
  const title = mechanism ? S.mechanism(name) : name === "" ? S.setting : S.quantities;
  const learned = mechanism?.experience && store.about.experience.find((e) => e.about === mechanism.experience);
  const said = [inside.length ? S.count(inside.length) : null, learned ? S.episodes(learned.episodes.length) : null].filter(Boolean).join(", ");
  const id = `off-${name}`;
  return h("div", { class: "group", "data-group": name },
    mechanism
      ? h("div", { class: "switch" }, h("input", { type: "checkbox", id, checked: true, change: (e) => toggle("off", name, !e.target.checked) }),
        h("label", { for: id }, title, h("small", {}, mechanism.meaning)))
      : null,
    h("details", {}, h("summary", {}, mechanism ? said : `${title}: ${said}`, mechanism ? h("span", { class: "unseen" }, ` (${title})`) : null),
      ...inside.map((a) => row(a, "all")),
      learned ? h("ul", { class: "soft" }, learned.episodes.map((e) => h("li", {}, S.episode(e)))) : null));
}

function lever(l) {
  const id = `lever-${l.id}`;
  return h("div", { class: "lever" },
    h("input", { type: "checkbox", id, change: (e) => toggle("levers", l.id, e.target.checked) }),
    h("label", { for: id }, l.says, h("small", {}, `${l.id} (${l.who})`)));
}

function toggle(kind, name, on) {
  store.change((next) => { next[kind] = on ? [...new Set([...next[kind], name])].sort() : next[kind].filter((n) => n !== name); }, "rest", `${kind} ${name}`);
}

function row(a, where) {
  const id = `${where}-${a.name}`;
  const output = h("output", { for: id });
  const reset = h("button", { type: "button", class: "link", hidden: true, "aria-label": S.resetLabel(a.meaning), click: () => back(a) }, S.resetOne);
  const about = h("div", { class: "about", id: `${id}-about`, hidden: true });
  const source = h("button", { type: "button", class: "link", "aria-expanded": "false", "aria-controls": about.id, "aria-label": S.sourceLabel(a.meaning), click: () => {
    about.hidden = !about.hidden;
    source.setAttribute("aria-expanded", String(!about.hidden));
    if (!about.childNodes.length) about.append(...sourced(a));
  } }, S.source);
  let input;
  if (a.labels.length) {
    input = h("select", { id, change: () => set(a, a.labels.indexOf(input.value), "rest") }, a.labels.map((l) => h("option", { value: l }, l)));
  } else {
    input = h("input", { id, type: "range", min: String(a.low), max: String(a.high), step: String(a.step),
      input: () => set(a, Number(input.value), "drag"), change: () => set(a, Number(input.value), "rest") });
    input.addEventListener("dblclick", () => back(a));
  }
  const node = h("div", { class: "slider", "data-name": a.name },
    h("div", { class: "head" }, h("label", { for: id }, a.meaning), output),
    a.labels.length ? input : h("div", { class: "track" }, outline(a, id), input),
    h("div", { class: "foot" }, h("span", {}, a.unit), source, reset), about);
  const listed = rows.get(a.name) ?? [];
  listed.push({ node, input, output, reset });
  rows.set(a.name, listed);
  return node;
}

function sourced(a) {
  const where = a.learned ? S.learned(a.learned) : a.source === "model default" ? S.modelDefault : a.assumed ? S.assumed : null;
  return [
    h("p", {}, S.belief(a.belief)),
    a.why ? h("p", {}, a.why) : null,
    h("p", {}, where ?? link(a.url, a.source)),
    h("p", {}, h("code", {}, a.name)),
  ].filter(Boolean);
}

function set(a, value, kind) {
  store.change((next) => { next.values[a.name] = a.labels.length ? a.labels[value] : value; }, kind, `value ${a.name}`);
}

function back(a) { store.change((next) => { delete next.values[a.name]; }); }

/** Bring sliders and switches in line with the scenario. */
export function show() {
  const { about, scenario } = store;
  for (const [name, listed] of rows) {
    const a = about.assumptions[name], value = valueOf(scenario, a), moved = name in scenario.values;
    const said = a.labels.length ? a.labels[value] : digits(value, a.step);
    for (const r of listed) {
      if (a.labels.length) r.input.value = a.labels[value];
      else if (document.activeElement !== r.input || Number(r.input.value) !== value) r.input.value = String(value);
      if (!a.labels.length) r.input.setAttribute("aria-valuetext", S.valueText(said, a.unit));
      r.output.textContent = said;
      r.node.classList.toggle("moved", moved);
      r.reset.hidden = !moved;
    }
  }
  for (const m of about.mechanisms) {
    const input = byId(`off-${m.name}`);
    if (!input) continue;
    input.checked = !scenario.off.includes(m.name);
    input.closest(".group").classList.toggle("off", !input.checked);
  }
  for (const l of about.levers) { const input = byId(`lever-${l.id}`); if (input) input.checked = scenario.levers.includes(l.id); }
}
