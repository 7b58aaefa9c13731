// A full run: started, watched, stopped; its report opened.

import { get, send } from "./ask.js";
import { h, later } from "./dom.js";
import { S } from "./strings.js";
import { store } from "./store.js";

const R = S.runDialog;
let dialog = null;

/** Open the dialog. */
export async function open(complain) {
  const draws = h("select", { id: "run-draws" }, [64, 256, 2000].map((n) => h("option", { value: String(n), selected: n === 256 }, n.toLocaleString("en"))));
  const state = h("p", { role: "status", id: "run-state" });
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": R.title });
  const done = h("p", {});
  const start = h("button", { type: "button", class: "strong", click: async () => {
    try { await send("/api/run", { ...store.scenario, case: store.imported, draws: Number(draws.value) }); watch(); }
    catch (problem) { complain(problem); }
  } }, R.start);
  const stop = h("button", { type: "button", hidden: true, click: () => fetch("/api/run", { method: "DELETE" }) }, R.stop);
  dialog?.remove();
  dialog = h("dialog", { "aria-labelledby": "run-title" }, h("h2", { id: "run-title" }, R.title), h("p", { class: "soft" }, R.says),
    h("div", { class: "row" }, h("label", { for: "run-draws" }, R.draws), draws, start, stop), bar, state, done,
    h("div", { class: "row" }, h("button", { type: "button", click: () => dialog.close() }, R.close)));
  document.body.append(dialog);
  dialog.showModal();

  function show(run) {
    const going = run.state === "going";
    bar.hidden = !going;
    if (run.total) bar.value = run.done / run.total; else bar.removeAttribute("value");
    start.disabled = going;
    stop.hidden = !going;
    state.textContent = [R.states[run.state], going ? R.progress(run) : run.problem].filter(Boolean).join(": ");
    done.replaceChildren();
    if (run.state === "done") done.append(h("a", { class: "button", href: `/runs/${run.number}/report.html`, target: "_blank", rel: "noopener" }, R.report), h("span", { class: "soft" }, ` ${R.folder(run.folder)}`));
    return going;
  }

  async function watch() {
    const here = dialog;
    while (here === dialog) {
      try { if (!show(await get("/api/run"))) return; } catch (problem) { complain(problem); return; }
      await later(700);
    }
  }
  watch();
}
