// Every word of the page. Words of the case, of its model and of figures come from the server.

/** A number as the Python side says it: three decimals and a sign. */
export function signed(x) {
  if (x === null || x === undefined) return "–";
  if (Math.abs(x) < 0.0005) return "0.000";
  return `${x > 0 ? "+" : "−"}${Math.abs(x).toFixed(3)}`;
}

export const plain = (x) => (x === null || x === undefined ? "–" : Math.abs(x).toFixed(3));

/** A share as a whole per cent; never 0 % or 100 % for a share that is neither. */
export function percent(x) {
  if (x === null || x === undefined) return "–";
  if (x > 0 && x < 0.005) return "under 1 %";
  if (x >= 0.995 && x < 1) return "over 99 %";
  return `${Math.round(100 * x)} %`;
}

export function between(low, high) {
  const ends = [...new Set([percent(low), percent(high)])];
  return ends.join(" to ");
}

/** A value of a slider, with as many digits as its step. */
export function digits(x, step) {
  const places = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step || 1) - 1e-9)));
  return x.toFixed(places).replace("-", "−");
}

export const spaced = (name) => name.replaceAll("_", " ").replaceAll("-", " ");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const WORDS = {
  follows: "✓ follows", "mostly follows": "✓ mostly follows", depends: "◐ depends",
  "mostly fails": "✕ mostly fails", fails: "✕ fails", "no answer": "? no answer",
};

export const S = {
  skip: "Skip to the answer",
  laboratory: "Détente laboratory",
  title: (case_) => `${case_} – Détente laboratory`,
  waiting: {
    connecting: "Connecting to the laboratory …",
    reading: "Reading the case …",
    compiling: "Getting ready: compiling the game. The first time this takes up to a minute or two; afterwards it is kept.",
    looking: "Getting ready: looking for what moves the answer most …",
    failed: "The case cannot be solved.",
    gone: "This case is no longer on the desk of the laboratory.",
  },
  lost: "No connection to the laboratory. It is asked again every two seconds; what you set is kept.",
  changed: "The case file changed on disk; the page now shows the new one. What you set is kept where it still exists.",
  fileProblem: (text) => `The case file changed on disk and now has faults; the page stays with the earlier one.\n${text}`,
  unknownLink: "Parts of this link do not exist in this case and were left out.",
  explore: "Explore", teach: "Teach", workshop: "Workshop", modes: "Mode",
  undo: "Undo", reset: "As the case says", copy: "Copy link", copied: "Link copied",
  notCopied: "The link is in the address line.",
  import: "Open a case file", export: "Save as case file", run: "Full run",
  imported: "The case file that you opened is on the page. It is kept only as long as the laboratory runs.",
  assumptions: "Assumptions",
  first: "What moves the answer most",
  firstSays: "Three of the assumptions, those whose plausible ends change the answer most. Drag one.",
  all: (n) => `All ${n} assumptions, by mechanism`,
  setting: "The setting",
  quantities: "Quantities of the case's own claims",
  count: (n) => (n === 1 ? "1 assumption" : `${n} assumptions`),
  episodes: (n) => (n === 1 ? "1 episode" : `${n} episodes`),
  episode: (e) => `${e.year}, ${e.name}: ${e.kept ? "kept" : "not kept"}, weight ${e.weight}`,
  mechanism: (name) => capital(spaced(name)),
  source: "source", resetOne: "reset",
  resetLabel: (label) => `Reset: ${label}`,
  sourceLabel: (label) => `Source of: ${label}`,
  belief: (text) => `Believed: ${text}.`,
  assumed: "Assumed, without a source.",
  modelDefault: "The model's default; the case does not mention it.",
  learned: (about) => `Learned from experience (${about}); a value that you set takes the place of what was learned.`,
  valueText: (value, unit, label) => (label ? label : `${value} ${unit}`),
  levers: (n) => `Levers (${n})`,
  mechanisms: (n) => `Mechanisms at work (${n})`,
  leversSays: "What a player could do differently, each at full dose. No lever is a recommendation.",
  verdict: {
    deal: "a deal exists", none: "refusing is rational", unknown: "no answer",
    yes: (z, unit) => `At these assumptions the model finds a deal that leaves both sides better off: the side that gains less gains ${plain(z)} ${unit}.`,
    no: (z, unit) => `At these assumptions the model finds no deal that leaves both sides better off: the best one leaves a side ${plain(z)} ${unit} short.`,
    problem: (text) => `At these assumptions there is no answer: ${text}.`,
    noDeal: "This model does not ask for a deal; what it says is in the claims.",
    zone: (z, unit) => `Zone: ${signed(z)} ${unit}`,
    draws: (d) => `${percent(d.share)} of ${d.draws} draws of what you left open have a deal (95 % interval ${between(d.low, d.high)})`,
    flips: (n, of) => n === 0 ? `None of the ${of} uncertain assumptions flips this alone within what is believed of it` : `${n} of ${of} uncertain assumptions could flip this alone, within what is believed of them`,
  },
  updating: "updating …",
  figures: "Figures",
  pathsTitle: "How it unfolds",
  pathsSays: "Line: median; dark band: half of the draws; light band: 5 to 95 %; dashed: your point.",
  table: "Description, table, data",
  csv: "CSV", svg: "SVG",
  figureOf: (what, name) => `${what} of: ${name}`,
  horizontal: "Horizontal", vertical: "Vertical",
  phaseHint: "Click in the diagram to move your case there.",
  claimsTitle: "Claims",
  claimsSays: "At your point, and over draws of what you left open. Every claim is tested alike.",
  sides: { argument: "The argument", rival: "Rival readings" },
  holds: (m) => `Holds at your point (margin ${signed(m)})`,
  fails: (m) => `Fails at your point (margin ${signed(m)})`,
  undefined: "Has no truth value at your point",
  share: (c) => `holds in ${percent(c.share)} of ${c.draws} draws (${between(c.low, c.high)})`,
  notYet: "draws not asked yet",
  test: "Test", beside: "Beside it",
  snapshots: "Snapshots",
  snapshotsSays: "Keep what you see now as A, B or C, and compare.",
  keep: (letter) => `Keep as ${letter}`, restore: (letter) => `Back to ${letter}`, now: "Now", letters: ["A", "B", "C"],
  compareRows: { answer: "Answer", zone: "Zone", share: "Draws with a deal", changed: "What differs from the case" },
  asWritten: "nothing", nothingKept: "Nothing kept yet.",
  off: (name) => `${spaced(name)} off`, lever: (id) => `lever ${id}`,
  teachMode: {
    says: "Mechanisms enter one at a time. Before each, the class bets; then the answer is revealed.",
    start: "Start with no mechanism at work", end: "Leave",
    question: (name, meaning) => `Next enters ${spaced(name)}: ${meaning}. What will it do to the zone?`,
    bets: { up: "Widen it", same: "Hardly move it", down: "Narrow it" },
    more: (what) => `One more bet: ${what}`,
    reveal: "Reveal", next: "Next mechanism", again: "Start again",
    needBet: "Bet first: at least one hand.",
    revealed: (name, before, after, unit) => `${capital(spaced(name))} moves the zone from ${signed(before)} to ${signed(after)} ${unit}.`,
    flipped: { true: "Now a deal exists.", false: "Now refusing is rational." },
    score: (right, all) => `${right} of ${all} bets were right.`,
    done: (right, all) => `All mechanisms are at work: this is the case as it is. Over all rounds ${right} of ${all} bets were right.`,
    same: 0.005,
    sameSays: "Hardly: by less than 0.005 years of stake.",
    order: "Order of entry",
  },
  workshopMode: {
    says: "Each group sets its beliefs with the sliders. The table shows where they differ, and which disagreement decides.",
    names: ["Group 1", "Group 2"],
    nameLabel: (i) => `Name of group ${i + 1}`,
    edits: "The sliders now set the beliefs of",
    none: "The two groups believe the same. Choose a group, move its sliders, then choose the other.",
    heads: (one, two) => ["Disagreement", one, two, "Accounts for", `If ${one} gives way`, `If ${two} gives way`, ""],
    on: "at work", switchedOff: "off", pulled: "pulled", notPulled: "not pulled",
    decides: "decides alone",
    verdict: (one, z1, two, z2) => `${one}: zone ${signed(z1)}, ${z1 > 0 ? "a deal exists" : "refusing is rational"}. ${two}: zone ${signed(z2)}, ${z2 > 0 ? "a deal exists" : "refusing is rational"}.`,
    agree: "The groups disagree about assumptions and agree about the answer.",
    disagree: (name) => `They disagree about the answer; ${spaced(name)} accounts for most of the difference.`,
    alone: (names) => `Giving way on one point alone changes a group's answer: ${names.map(spaced).join(", ")}.`,
    noneAlone: "No single disagreement decides: it takes several together.",
    sampled: "Shares are worked out from drawn orders of the disagreements; with fewer of them they are exact.",
    clear: "Clear both",
  },
  runDialog: {
    title: "A full run",
    says: "Solves the case with the numbers that you set over everything that is left uncertain, with every mechanism and every lever tried in turn, and writes the report. Switches and levers that are on do not take part: the run tries each.",
    draws: "Draws", start: "Start", stop: "Stop", close: "Close",
    progress: (r) => r.total ? `${r.done.toLocaleString("en")} of ${r.total.toLocaleString("en")} solves` : "getting ready (compiles once)",
    states: { going: "Going on", done: "Done", failed: "Failed", stopped: "Stopped; what is solved is kept", none: "" },
    report: "Open the report", folder: (path) => `Run folder: ${path}`,
  },
  caveat: "This is what follows from the model and the ranges of the case; it predicts nothing and takes no side.",
  foot: (c) => `Case ${c.id}, as of ${c.as_of}, digest ${c.digest.slice(0, 12)}; model ${c.model.name}; Détente ${c.version}.`,
};
