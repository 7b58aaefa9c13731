// What the page shows: a case, a scenario, a mode. The scenario lives in the address, so that a link, a bookmark
// and the back button work. The server keeps nothing.

const RESERVED = ["off", "lever", "mode", "case", "group", "one", "two"];

export const empty = () => ({ values: {}, off: [], levers: [] });

export const same = (a, b) => write(a) === write(b);

/** A scenario as words for an address. */
export function write(scenario) {
  const parts = Object.keys(scenario.values).sort().map((n) => `${n}=${encodeURIComponent(scenario.values[n])}`);
  if (scenario.off.length) parts.push(`off=${[...scenario.off].sort().join(",")}`);
  if (scenario.levers.length) parts.push(`lever=${[...scenario.levers].sort().join(",")}`);
  return parts.join("&");
}

/** A scenario from such words; what the case does not know is left out. */
export function read(words, about) {
  const found = empty();
  let lost = false;
  for (const [key, value] of new URLSearchParams(words)) {
    if (key === "off" || key === "lever") {
      const known = key === "off" ? about.mechanisms.map((m) => m.name) : about.levers.map((l) => l.id);
      const listed = value.split(",").filter(Boolean);
      found[key === "off" ? "off" : "levers"] = listed.filter((n) => known.includes(n));
      lost ||= listed.some((n) => !known.includes(n));
    } else if (!RESERVED.includes(key)) {
      const a = Object.hasOwn(about.assumptions, key) ? about.assumptions[key] : null;
      const number = a?.labels.length ? a.labels.indexOf(value) : Number(value);
      if (a && value !== "" && Number.isFinite(number) && number >= (a.labels.length ? 0 : -1e12)) found.values[key] = a.labels.length ? value : number;
      else lost = true;
    }
  }
  return { scenario: found, lost };
}

/** What a scenario says of an assumption: a number. */
export function valueOf(scenario, a) {
  const set = scenario.values[a.name];
  if (set === undefined) return a.base;
  return a.labels.length ? a.labels.indexOf(set) : set;
}

/** The page's state, and who wants to know of changes. */
export const store = {
  about: null,
  scenario: empty(),
  mode: "explore",
  imported: "",
  groups: [empty(), empty()],
  group: 0,
  depth: 0,
  listeners: [],

  /** Be told of changes: "drag" while a hand is on a slider, "rest" when it has let go. */
  listen(listener) { this.listeners.push(listener); },
  tell(kind) { for (const listener of this.listeners) listener(kind); },

  /**
   * Change the scenario.
   * @param kind "drag" while a hand is on a slider, "rest" when it has let go.
   * @param what What is changed: changes of one thing in quick succession are one step back.
   */
  change(edit, kind = "rest", what = "") {
    const next = structuredClone(this.scenario);
    edit(next);
    this.scenario = next;
    if (this.mode === "workshop") this.groups[this.group] = structuredClone(next);
    this.remember(what);
    this.tell(kind);
  },

  /** Go to another scenario as a whole. */
  go(scenario) { this.change((next) => Object.assign(next, structuredClone(scenario))); },

  address() {
    const parts = [write(this.scenario)];
    if (this.mode !== "explore") parts.push(`mode=${this.mode}`);
    if (this.imported) parts.push(`case=${this.imported}`);
    if (this.mode === "workshop") {
      parts.push(`group=${this.group + 1}`);
      parts.push(`one=${encodeURIComponent(write(this.groups[0]))}`, `two=${encodeURIComponent(write(this.groups[1]))}`);
    }
    return `#${parts.filter(Boolean).join("&")}`;
  },

  burst: { what: "", at: 0, timer: 0 },

  /** Write the scenario into the address: a new step, or the same one while one thing keeps changing. Browsers
   *  bear a few such writes a second, so that those within a burst wait for its end. */
  remember(what = "") {
    const { burst } = this, now = performance.now();
    clearTimeout(burst.timer);
    if (what && what === burst.what && now - burst.at < 1000) {
      burst.timer = setTimeout(() => history.replaceState({ depth: this.depth }, "", this.address()), 200);
    } else if (this.address() !== (location.hash || "#")) {
      this.depth += 1;
      history.pushState({ depth: this.depth }, "", this.address());
    }
    Object.assign(burst, { what, at: now });
  },

  /** Take the scenario from the address. */
  fromAddress() {
    clearTimeout(this.burst.timer);
    this.burst.what = "";
    const words = location.hash.slice(1);
    const given = new URLSearchParams(words);
    const { scenario, lost } = read(words, this.about);
    this.scenario = scenario;
    this.mode = ["teach", "workshop"].includes(given.get("mode")) ? given.get("mode") : "explore";
    this.group = given.get("group") === "2" ? 1 : 0;
    this.groups = [given.get("one"), given.get("two")].map((w) => read(w ?? "", this.about).scenario);
    if (this.mode === "workshop") this.groups[this.group] = structuredClone(scenario);
    this.depth = history.state?.depth ?? 0;
    return lost;
  },
};
