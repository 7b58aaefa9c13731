import { s } from "./dom.js";

/** What is believed, drawn behind the slider; hatched where the slider goes beyond it. */
export function outline(a, id) {
  const width = 300, height = 28, span = a.high - a.low || 1;
  const x = (v) => ((Math.min(Math.max(v, a.low), a.high) - a.low) / span) * width;
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  if (a.outline.length) {
    const pattern = s("pattern", { id: `hatch-${id}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: "#c3cad1", "stroke-width": 2 }));
    svg.append(s("defs", {}, pattern));
    const [from, to] = [x(a.outline[0][0]), x(a.outline.at(-1)[0])];
    for (const [left, right] of [[0, from], [to, width]]) {
      if (right - left > 1) svg.append(s("rect", { x: left, y: 8, width: right - left, height: height - 8, fill: `url(#hatch-${id})` }));
    }
    const points = a.outline.map(([v, y]) => `${x(v).toFixed(1)},${(height - y * (height - 3)).toFixed(1)}`).join(" ");
    svg.append(s("polygon", { points: `${from.toFixed(1)},${height} ${points} ${to.toFixed(1)},${height}`, fill: "#0b5c8a", opacity: 0.22 }));
  }
  svg.append(s("line", { x1: x(a.base), x2: x(a.base), y1: 2, y2: height, stroke: "#1b1f24", "stroke-width": 1.5 }));
  return svg;
}
