// Small helpers for building the page. Words of a case are only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes, listeners (functions under their event's name), children (nodes or text). */
export function h(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (key in node && typeof value !== "string") node[key] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An SVG element. */
export function s(tag, given = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** A link that leads nowhere but to the web: any other address is shown as text. */
export function link(url, text) {
  return /^https?:\/\//.test(url ?? "") ? h("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, text) : text;
}

/** Offer a file to be saved. */
export function save(name, kind, content) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: kind }));
  const a = h("a", { href: url, download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
