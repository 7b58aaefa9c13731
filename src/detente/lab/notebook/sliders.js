// The sliders of a notebook. One question is in flight; of those that wait only the newest counts.

import { h } from "./dom.js";
import { outline } from "./outline.js";
import { sentence } from "./sentence.js";
import { digits, S, spaced } from "./strings.js";

const REST = 250; // milliseconds after which a hand counts as at rest
let views = 0;

function render({ model, el }) {
  views += 1;
  const root = h("div", { class: "detente" });
  const said = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
  const answer = h("p", { class: "sentence" }), draws = h("p", { class: "soft" }), figures = h("div", { class: "figures" });
  const rows = new Map(), boxes = new Map();
  let wanted = plainly(model.get("scenario")), flying = false, waits = false, rest = 0;

  function build() {
    const about = model.get("about");
    if (!about.assumptions) return root.replaceChildren(h("p", { role: "status" }, S.waiting.compiling));
    rows.clear();
    boxes.clear();
    const shown = Object.values(about.assumptions).map((a) => row(a));
    const switches = [
      group(S.mechanisms(about.mechanisms.length), about.mechanisms.map((m) => box("off", m.name, spaced(m.name), m.meaning, true))),
      group(S.levers(about.levers.length), about.levers.map((l) => box("levers", l.id, l.says, l.who, false))),
    ];
    const again = h("button", { type: "button", click: () => change(() => { wanted = plainly({}); }) }, S.reset);
    root.replaceChildren(
      h("p", { class: "title" }, about.title), answer, draws, said,
      h("div", { class: "halves" }, h("div", {}, shown, switches, again), figures),
      h("p", { class: "soft" }, S.caveat));
    show();
    told();
    fly();
  }

  function group(title, inside) {
    return inside.length ? h("details", {}, h("summary", {}, title), inside) : null;
  }

  function row(a) {
    const id = `detente-${views}-${a.name}`, output = h("output", { for: id });
    const reset = h("button", { type: "button", class: "link", "aria-label": S.resetLabel(a.meaning), click: () => change(() => { delete wanted.values[a.name]; }) }, S.resetOne);
    let input;
    if (a.labels.length) {
      input = h("select", { id, change: () => change(() => { wanted.values[a.name] = input.value; }) }, a.labels.map((l) => h("option", { value: l }, l)));
    } else {
      input = h("input", { id, type: "range", min: String(a.low), max: String(a.high), step: String(a.step),
        input: () => change(() => { wanted.values[a.name] = Number(input.value); }) });
    }
    const node = h("div", { class: "slider" }, h("div", { class: "head" }, h("label", { for: id }, a.meaning), output),
      a.labels.length ? input : h("div", { class: "track" }, outline(a, id), input),
      h("div", { class: "foot" }, h("span", {}, a.unit), reset));
    rows.set(a, { node, input, output, reset });
    return node;
  }

  function box(kind, name, text, more, atWork) {
    const id = `detente-${views}-${kind}-${name}`;
    const input = h("input", { id, type: "checkbox", change: () => change(() => {
      const on = input.checked !== atWork;
      wanted[kind] = on ? [...wanted[kind], name].sort() : wanted[kind].filter((n) => n !== name);
    }) });
    boxes.set(input, () => wanted[kind].includes(name) !== atWork);
    return h("div", { class: "lever" }, input, h("label", { for: id }, text, h("small", {}, more)));
  }

  /** Bring sliders and switches in line with what is wanted. */
  function show() {
    for (const [a, r] of rows) {
      const set = wanted.values[a.name], value = set ?? (a.labels.length ? a.labels[a.base] : a.base);
      const words = a.labels.length ? (a.labels[value] ?? value) : digits(value, a.step);
      if (document.activeElement !== r.input || Number(r.input.value) !== value) r.input.value = a.labels.length ? words : String(value);
      if (!a.labels.length) r.input.setAttribute("aria-valuetext", S.valueText(words, a.unit));
      r.output.textContent = words;
      r.node.classList.toggle("moved", set !== undefined);
      r.reset.hidden = set === undefined;
    }
    for (const [input, checked] of boxes) input.checked = checked();
  }

  function change(edit) {
    edit();
    show();
    draws.textContent = S.updating;
    waits = true;
    fly();
  }

  function fly() {
    clearTimeout(rest);
    if (!flying && waits) {
      waits = false;
      const next = plainly(wanted);
      if (JSON.stringify(next) !== JSON.stringify(plainly(model.get("scenario")))) {
        flying = true;
        model.set("scenario", next);
        model.save_changes();
        return;
      }
    }
    if (!flying) rest = setTimeout(() => model.send({ kind: "draws" }), REST);
  }

  /** The answer to a point. */
  function told() {
    const found = model.get("found");
    if (found.number === undefined) return;
    const [kind, text] = sentence(found, model.get("about"));
    answer.replaceChildren(h("span", { class: `sign ${kind}` }, S.verdict[kind]), text);
    // Drawn by the package, which escapes every word of the case.
    figures.replaceChildren(...found.figures.map((f) => {
      const picture = h("div", {});
      picture.innerHTML = f.svg;
      return h("figure", {}, h("figcaption", {}, f.title), picture);
    }));
  }

  function drawn() {
    const { deal } = model.get("spread");
    draws.textContent = deal ? S.verdict.draws(deal) : "";
    const text = answer.lastChild?.textContent ?? "";
    if (said.textContent !== text) said.textContent = text;
  }

  const heard = {
    "change:about": build,
    "change:found": () => { flying = false; told(); fly(); },
    "change:spread": drawn,
    "change:scenario": () => {
      const given = plainly(model.get("scenario"));
      if (flying || JSON.stringify(given) === JSON.stringify(wanted)) return;
      wanted = given; // set in Python: the answer comes by itself
      show();
    },
  };
  for (const [what, listener] of Object.entries(heard)) model.on(what, listener);
  el.append(root);
  build();
  if (!model.get("about").assumptions) model.send({ kind: "begin" });
  return () => {
    clearTimeout(rest);
    for (const [what, listener] of Object.entries(heard)) model.off(what, listener);
  };
}

/** A scenario in one order, whole. */
function plainly(given) {
  const values = Object.fromEntries(Object.entries(given.values ?? {}).sort());
  return { values, off: [...(given.off ?? [])].sort(), levers: [...(given.levers ?? [])].sort() };
}

export default { render };
