// Draws a Scene (wganbook/scene.py) as SVG and moves it with a slider. Everything shown was
// computed in Python: this module only draws. It runs unchanged in JupyterLab, in Colab and,
// through the small host script of the book, on a page without a kernel.

import { svg, html } from "./nodes.mjs";
import { unpackScene } from "./packing.mjs";
import { makePrediction } from "./predict.mjs";

const MARGIN = { left: 60, right: 12, top: 8, bottom: 44 };
const WIDTH = 360, HEIGHT = 280;
const DIGIT = 8;  // at least the width of one, in the sans-serif fonts that readers have

// Middle tones that show on light and on dark ground alike.
const FIELD = { above: [40, 130, 200], below: [205, 105, 40] };

const at = (data, i) => data.frames ? data.frames[i] : data.fixed;
const moves = mark => Object.values(mark).some(value => value?.frames);

// The longest tick and the axis's name stand side by side: past five digits they need more room.
function leftOf({ y }) {
  return Math.max(MARGIN.left, 22 + DIGIT * Math.max(...y.ticks.map((_, k) => tickText(y, k).length)));
}

// Maps data to pixels; with `equal`, one unit is as long across as it is up.
function scales(panel) {
  const before = leftOf(panel);
  let width = WIDTH - before - MARGIN.right, height = HEIGHT - MARGIN.top - MARGIN.bottom;
  const spanX = panel.x.high - panel.x.low, spanY = panel.y.high - panel.y.low;
  if (panel.equal) {
    const unit = Math.min(width / spanX, height / spanY);
    width = unit * spanX;
    height = unit * spanY;
  }
  return {
    width, height, before,
    x: v => (v - panel.x.low) / spanX * width,
    y: v => height - (v - panel.y.low) / spanY * height,
    w: v => v / spanX * width,
    h: v => v / spanY * height,
  };
}

function tracePath(xs, ys, s) {
  let path = "", pen = "M";
  xs.forEach((x, k) => {
    if (x === null || ys[k] === null) { pen = "M"; return; }
    path += `${pen}${s.x(x).toFixed(1)} ${s.y(ys[k]).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function areaPath(xs, lows, highs, s) {
  const point = (x, y) => `${s.x(x).toFixed(1)} ${s.y(y).toFixed(1)}`;
  const there = xs.map((x, k) => point(x, highs[k]));
  const back = xs.map((x, k) => point(x, lows[k])).reverse();
  return `M${there.join("L")}L${back.join("L")}Z`;
}

// One function a kind of mark: creates its nodes, returns what puts them at position i.
const DRAW = {
  line(mark, s, group) {
    const path = svg("path", { class: `line ${mark.role}${mark.dashed ? " dashed" : ""}` }, group);
    return i => path.setAttribute("d", tracePath(at(mark.x, i), at(mark.y, i), s));
  },
  area(mark, s, group) {
    const path = svg("path", { class: `area ${mark.role}` }, group);
    return i => path.setAttribute("d", areaPath(at(mark.x, i), at(mark.low, i), at(mark.high, i), s));
  },
  bars(mark, s, group) {
    const width = s.w(mark.width);
    const nodes = at(mark.x, 0).map(() => svg("rect", { class: `bars ${mark.role}`, width }, group));
    return i => {
      const xs = at(mark.x, i), heights = at(mark.height, i);
      nodes.forEach((node, k) => {
        node.setAttribute("x", s.x(xs[k]) - width / 2);
        node.setAttribute("y", s.y(Math.max(0, heights[k])));
        node.setAttribute("height", s.h(Math.abs(heights[k])));
      });
    };
  },
  points(mark, s, group) {
    const nodes = at(mark.x, 0).map(() => svg("circle", { class: `points ${mark.role}`, r: mark.size }, group));
    return i => {
      const xs = at(mark.x, i), ys = at(mark.y, i);
      nodes.forEach((node, k) => {
        const hidden = xs[k] === null || ys[k] === null;
        node.setAttribute("display", hidden ? "none" : "inline");
        if (hidden) return;
        node.setAttribute("cx", s.x(xs[k]));
        node.setAttribute("cy", s.y(ys[k]));
      });
    };
  },
  segments(mark, s, group) {
    const nodes = at(mark.x0, 0).map(() => svg("line", { class: `segments ${mark.role}` }, group));
    return i => {
      const [x0, y0, x1, y1] = ["x0", "y0", "x1", "y1"].map(key => at(mark[key], i));
      const widths = mark.width && at(mark.width, i);
      nodes.forEach((node, k) => {
        node.setAttribute("x1", s.x(x0[k]));
        node.setAttribute("y1", s.y(y0[k]));
        node.setAttribute("x2", s.x(x1[k]));
        node.setAttribute("y2", s.y(y1[k]));
        if (widths) node.setAttribute("style", `stroke-width:${widths[k]}`);
      });
    };
  },
  // A coarse grid of signed levels, painted into a canvas of one pixel a cell and stretched.
  field(mark, s, group) {
    const canvas = document.createElement("canvas");
    canvas.width = mark.columns;
    canvas.height = mark.rows;
    const brush = canvas.getContext("2d"), pixels = brush.createImageData(mark.columns, mark.rows);
    const image = svg("image", {
      class: "field", preserveAspectRatio: "none", x: s.x(mark.x0), y: s.y(mark.y1),
      width: s.w(mark.x1 - mark.x0), height: s.h(mark.y1 - mark.y0),
    }, group);
    return i => {
      at(mark.image, i).forEach((value, k) => {
        const row = mark.rows - 1 - Math.floor(k / mark.columns);  // the first row is the lowest
        const place = 4 * (row * mark.columns + k % mark.columns);
        if (mark.grey) pixels.data.fill(Math.round(value * 255 / mark.levels), place, place + 3);
        else pixels.data.set(value > 0 ? FIELD.above : FIELD.below, place);
        pixels.data[place + 3] = mark.grey ? 255 : 1.5 * 127 / mark.levels * Math.abs(value);
      });
      brush.putImageData(pixels, 0, 0);
      image.setAttribute("href", canvas.toDataURL());
    };
  },
  cells(mark, s, group) {
    const width = s.w(mark.width), height = s.h(mark.height);
    const nodes = at(mark.x, 0).map(() => svg("rect", { class: `cells ${mark.role}`, width, height }, group));
    return i => {
      const xs = at(mark.x, i), ys = at(mark.y, i), values = at(mark.value, i);
      nodes.forEach((node, k) => {
        node.setAttribute("x", s.x(xs[k]) - width / 2);
        node.setAttribute("y", s.y(ys[k]) - height / 2);
        node.setAttribute("fill-opacity", values[k]);
      });
    };
  },
};

function tickText(axis, k) {
  return axis.tick_labels.length ? axis.tick_labels[k] : String(axis.ticks[k]).replace("-", "−");
}

function drawAxes(panel, s, plot) {
  svg("rect", { class: "frame", width: s.width, height: s.height }, plot);
  panel.x.ticks.forEach((tick, k) => {
    const x = s.x(tick);
    svg("line", { class: "tick", x1: x, x2: x, y1: s.height, y2: s.height + 4 }, plot);
    svg("text", { class: "mid", x, y: s.height + 17 }, plot).textContent = tickText(panel.x, k);
  });
  panel.y.ticks.forEach((tick, k) => {
    const y = s.y(tick);
    svg("line", { class: "tick", x1: -4, x2: 0, y1: y, y2: y }, plot);
    svg("text", { class: "end", x: -8, y: y + 4 }, plot).textContent = tickText(panel.y, k);
  });
  svg("text", { class: "mid", x: s.width / 2, y: s.height + 35 }, plot).textContent = panel.x.label;
  const turned = `translate(${13 - s.before} ${s.height / 2}) rotate(-90)`;
  svg("text", { class: "mid", transform: turned }, plot).textContent = panel.y.label;
}

// Returns the list, and the entry of each mark that has a label.
function drawLegend(panel, figure) {
  const list = html("ul", { className: "wg-legend" });
  if (panel.marks.some(mark => mark.label)) figure.append(list);
  const items = panel.marks.map(mark => {
    if (!mark.label) return null;
    const item = html("li", {}, list);
    const swatch = svg("svg", { class: "wg-swatch", viewBox: "0 0 26 12", "aria-hidden": "true" }, item);
    const style = `${mark.kind} ${mark.role}${mark.dashed ? " dashed" : ""}`;
    if (mark.kind === "points") svg("circle", { class: style, cx: 13, cy: 6, r: 4 }, swatch);
    else if (mark.kind === "line") svg("path", { class: style, d: "M0 6H26" }, swatch);
    else if (mark.kind === "segments") svg("line", { class: style, x1: 2, x2: 24, y1: 6, y2: 6 }, swatch);
    else svg("rect", { class: style, x: 1, y: 1, width: 24, height: 10 }, swatch);
    item.append(mark.label);
    return item;
  });
  return { legend: list, items };
}

// Draws what stays and returns the updates of what moves, and the parts that may be covered.
function drawPanel(panel, parent) {
  const figure = html("figure", { className: "wg-panel" }, parent);
  html("figcaption", { textContent: panel.title }, figure);
  const s = scales(panel), left = (WIDTH - s.before - MARGIN.right - s.width) / 2 + s.before;
  const bottom = MARGIN.top + s.height + MARGIN.bottom;
  const image = svg("svg", { viewBox: `0 0 ${WIDTH} ${bottom}`, role: "img", "aria-label": panel.title }, figure);
  const plot = svg("g", { transform: `translate(${left} ${MARGIN.top})` }, image);
  drawAxes(panel, s, plot);
  const clipped = svg("svg", { width: s.width, height: s.height, overflow: "hidden" }, plot);
  const updates = [], groups = panel.marks.map(mark => {
    const group = svg("g", {}, clipped), update = DRAW[mark.kind](mark, s, group);
    if (moves(mark)) updates.push(update);
    else update(0);
    return group;
  });
  return { updates, groups, figure, image, plot, scale: s, ...drawLegend(panel, figure) };
}

function drawControl(scene, count, root) {
  const bar = html("div", { className: "wg-control" }, root);
  const id = `wg-${Math.random().toString(36).slice(2)}`;
  html("label", { htmlFor: id, textContent: scene.slider.symbol, title: scene.slider.name }, bar);
  const input = html("input", { type: "range", id, min: 0, max: count - 1, step: 1 }, bar);
  input.setAttribute("aria-label", scene.slider.name);
  input.dataset.lmSuppressShortcuts = "true";  // JupyterLab would keep the arrow keys to itself
  const shown = html("output", { htmlFor: id }, bar);
  shown.setAttribute("aria-hidden", "true");  // aria-valuetext says it, with the values
  const button = scene.slider.play ? html("button", { type: "button", textContent: "Play" }, bar) : null;
  return { input, shown, button };
}

function drawReadouts(scene, root) {
  const list = html("dl", { className: "wg-readouts" }, root);
  const words = scene.readouts.flatMap(readout => readout.texts).flatMap(text => text.split(" "));
  list.style.setProperty("--wg-digits", Math.max(0, ...words.map(word => word.length)));
  return scene.readouts.map(readout => {
    const box = html("div", { className: `wg-readout ${readout.role}` }, list);
    html("dt", { textContent: readout.label }, box);
    return html("dd", {}, box);
  });
}

// A page carries its table beside the widget; where a kernel runs, the widget brings it along.
function drawTable(scene, count, root) {
  const fold = html("details", { className: "wg-table" }, root);
  html("summary", { textContent: "Values as a table" }, fold);
  const table = html("table", { className: "wg-values" }, fold);
  html("caption", { textContent: scene.title }, table);
  const row = (cells, tag) => {
    const line = html("tr", {}, table);
    for (const textContent of cells) html(tag, { textContent }, line);
  };
  row([scene.slider.symbol, ...scene.readouts.map(readout => readout.label)], "th");
  const steps = Math.min(8, count - 1);
  for (let k = 0; k <= steps; k++) {
    const i = steps ? Math.round(k * (count - 1) / steps) : 0;
    row([scene.slider.texts[i], ...scene.readouts.map(readout => readout.texts[i])], "td");
  }
}

const placeInWords = ({ slider }, i) => `${slider.symbol} ${slider.texts[i].replace("−", "minus ")}`;

function render({ model, el }) {
  const scene = unpackScene(model.get("scene")), count = scene.slider.texts.length;
  const root = html("div", { className: "wg" });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", scene.title);
  html("p", { className: "wg-title", textContent: scene.title }, root);
  const { input, shown, button } = drawControl(scene, count, root);
  const panels = html("div", { className: "wg-panels" }, root);
  const drawn = scene.panels.map(panel => drawPanel(panel, panels));
  const updates = drawn.flatMap(panel => panel.updates);
  const boxes = drawReadouts(scene, root);
  if (!model.page) drawTable(scene, count, root);
  const prediction = model.get("predict")?.kind ? makePrediction(model, scene, root, drawn, boxes) : null;

  const draw = () => {
    const i = Math.max(0, Math.min(count - 1, model.get("index")));
    for (const update of updates) update(i);
    scene.readouts.forEach((readout, k) => { boxes[k].textContent = readout.texts[i]; });
    input.value = i;
    const open = prediction?.isOpen() ?? true;
    input.setAttribute("aria-valuetext", open ? scene.sentences[i] : placeInWords(scene, i));
    shown.textContent = scene.slider.texts[i];
    root.dataset.index = i;
  };
  const go = i => { model.set("index", i); model.save_changes(); };
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "Play"; };
  input.addEventListener("input", () => { if (timer) stop(); go(+input.value); });
  // A page is a tenth of the way in whole positions, so that one down undoes one up; browsers
  // round a tenth both ways upwards.
  input.addEventListener("keydown", event => {
    const way = { PageUp: 1, PageDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    if (timer) stop();
    const page = Math.max(1, Math.round((count - 1) / 10));
    go(Math.min(count - 1, Math.max(0, +input.value + way * page)));
  });
  button?.addEventListener("click", () => {
    if (timer) return stop();
    if (model.get("index") >= count - 1) go(0);
    button.textContent = "Pause";
    // Readers who ask their system for less motion get a few still pictures in place of a film.
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const stride = calm ? Math.ceil(count / 8) : 1;
    timer = setInterval(() => {
      go(Math.min(model.get("index") + stride, count - 1));
      if (model.get("index") >= count - 1) stop();
    }, calm ? 1000 : 90);
  });
  const guessed = () => { prediction?.update(); draw(); };
  model.on("change:index", draw);
  model.on("change:guess", guessed);
  draw();
  el.append(root);
  const { page } = model;  // without a kernel: the address of the page carries the position
  if (page) {
    const start = model.get("index");
    const note = page.address(scene.title, root, text => {
      if (text === null) return void go(start);
      if (/^\d{1,6}$/.test(text) && +text < count) return void go(+text);
      return `The address asks of “${scene.title}” for a position that it does not have; it stays where it was.`;
    });
    model.on("change:index", i => note(i === start ? null : i));
  }
  return () => { clearInterval(timer); model.off("change:index", draw); model.off("change:guess", guessed); };
}

export default { render };
