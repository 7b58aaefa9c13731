// Asking the laboratory. Of points one question is in flight, and of the waiting ones only the newest is kept.

const client = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
let turn = 0;
let resting = new AbortController();

export class Refused extends Error {
  constructor(status, problem) { super(problem); this.status = status; }
}

async function answered(response) {
  if (response.ok) return response;
  let problem = response.statusText;
  try { problem = (await response.json()).problem ?? problem; } catch { /* no words: the status says it */ }
  throw new Refused(response.status, problem);
}

export async function get(path) { return (await answered(await fetch(path))).json(); }

export async function send(path, body, options = {}) {
  const text = typeof body === "string";
  const response = await fetch(path, {
    method: "POST", body: text ? body : JSON.stringify(body),
    headers: { "content-type": text ? "text/yaml" : "application/json" }, ...options,
  });
  return answered(response);
}

/** A new turn: whatever was asked in the background before is given up, here and on the server. */
export function newTurn() {
  turn += 1;
  resting.abort();
  resting = new AbortController();
  return turn;
}

export const isNow = (number) => number === turn;

/** A question of the background, given up when a new turn begins. */
export async function background(path, body) {
  return (await send(path, { ...body, client, turn }, { signal: resting.signal })).json();
}

/** Points: ask as often as one likes; `got(answer, body)` for each that was sent. */
export function points(got, failed) {
  let flying = false, next = null;
  async function fly() {
    flying = true;
    while (next) {
      const body = next;
      next = null;
      try { got(await (await send("/api/point", { ...body, client, turn })).json(), body); }
      catch (problem) { if (problem.status !== 409) failed(problem); }
    }
    flying = false;
  }
  return (body) => { next = body; if (!flying) fly(); };
}
