// A plot with handles that the reader drags: by mouse, by finger, or focused and with the arrow
// keys. Handles are buttons that lie above an SVG, so that screen readers and keys reach them.

import { svg, html } from "./nodes.mjs";

const PAD = { left: 46, right: 12, top: 10, bottom: 42 };

export const minus = text => String(text).replace("-", "−");
export const rounded = (value, digits) => minus(value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1"));

// axes: { x: { low, high, ticks, label }, y: … }, in a picture of a width and a height.
export function makeBoard(root, { axes, width, height, title }) {
  const wide = width - PAD.left - PAD.right, tall = height - PAD.top - PAD.bottom;
  const frame = html("div", { className: "wg-board wg-drag" }, root);
  const image = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, frame);
  const plot = svg("g", { transform: `translate(${PAD.left} ${PAD.top})` }, image);
  const x = value => (value - axes.x.low) / (axes.x.high - axes.x.low) * wide;
  const y = value => tall - (value - axes.y.low) / (axes.y.high - axes.y.low) * tall;
  svg("rect", { class: "frame", width: wide, height: tall }, plot);
  for (const tick of axes.x.ticks) {
    svg("line", { class: "tick", x1: x(tick), x2: x(tick), y1: tall, y2: tall + 4 }, plot);
    svg("text", { class: "mid", x: x(tick), y: tall + 17 }, plot).textContent = minus(tick);
  }
  for (const tick of axes.y.ticks) {
    svg("line", { class: "tick", x1: -4, x2: 0, y1: y(tick), y2: y(tick) }, plot);
    svg("text", { class: "end", x: -8, y: y(tick) + 4 }, plot).textContent = minus(tick);
  }
  svg("text", { class: "mid", x: wide / 2, y: tall + 35 }, plot).textContent = axes.x.label;
  const turned = `translate(-34 ${tall / 2}) rotate(-90)`;
  svg("text", { class: "mid", transform: turned }, plot).textContent = axes.y.label;
  const drawing = svg("g", {}, plot);
  const board = { frame, drawing, x, y, axes };
  board.put = (handle, px, py) => {
    handle.style.left = `${100 * (PAD.left + x(px)) / width}%`;
    handle.style.top = `${100 * (PAD.top + y(py)) / height}%`;
  };
  // Where an event is, in the units of the axes.
  board.at = event => {
    const box = image.getBoundingClientRect(), scale = width / box.width;
    const px = (event.clientX - box.left) * scale - PAD.left, py = (event.clientY - box.top) * scale - PAD.top;
    return [
      axes.x.low + px / wide * (axes.x.high - axes.x.low),
      axes.y.low + (tall - py) / tall * (axes.y.high - axes.y.low),
    ];
  };
  return board;
}

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Calls start(), move(x, y, event), then end(moved, event); a press without a move is a tap.
export function letDrag(board, handle, { start, move, end }) {
  let drag = null;
  handle.addEventListener("pointerdown", event => {
    if (event.button || drag) return;
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
    handle.setPointerCapture(event.pointerId);
    start?.();
  });
  handle.addEventListener("pointermove", event => {
    if (event.pointerId !== drag?.id) return;
    drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4;
    if (drag.moved) move(...board.at(event), event);
  });
  const stop = event => {
    if (event.pointerId !== drag?.id) return;
    const { moved } = drag;
    drag = null;
    handle.dataset.dragged = moved;  // the click that follows a drag presses nothing
    end?.(moved, event);
  };
  handle.addEventListener("pointerup", stop);
  handle.addEventListener("pointercancel", event => {
    if (event.pointerId === drag?.id) { drag = null; end?.(true, null); }
  });
}

// A button that says what happened; status is polite and says the end of a drag only.
export function makeParts(root, { title, hint }) {
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", title);
  root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would take the arrow and Enter keys
  html("p", { className: "wg-title", textContent: title }, root);
  html("p", { className: "wg-hint", textContent: hint }, root);
}

export function makeReadout(list, label, role) {
  const box = html("div", { className: `wg-readout ${role}` }, list);
  const name = html("dt", { textContent: label }, box);
  const value = html("dd", {}, box);
  return { name, value };
}

export function makeTable(root, caption, heads) {
  const table = html("table", { className: "wg-plan" }, root);
  html("caption", { textContent: caption }, table);
  const row = html("tr", {}, html("thead", {}, table));
  for (const word of heads) html("th", { scope: "col", textContent: word }, row);
  return html("tbody", {}, table);
}

export function fillTable(body, rows) {
  body.replaceChildren(...rows.map(cells => {
    const line = html("tr", {});
    for (const cell of cells) html("td", { textContent: cell }, line);
    return line;
  }));
}

export function makeSwatch(list, label, draw) {
  const item = html("li", {}, list);
  draw(svg("svg", { class: "wg-swatch", viewBox: "0 0 26 12", "aria-hidden": "true" }, item));
  item.append(label);
}
