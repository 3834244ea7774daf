// Two sets of points in the plane that the reader drags; the optimal plan follows, solved here.
// In the second mode the reader draws a plan, and the optimum stays covered until it is whole.

import { numberOf } from "./numbers.mjs";
import { solve } from "./exact_transport.mjs";
import { ARROWS, fillTable, letDrag, makeBoard, makeParts, makeReadout, makeSwatch, makeTable, rounded } from "./board.mjs";
import { svg, html } from "./nodes.mjs";

const SIDE = 10, MOST_POINTS = 8, MOST_WEIGHT = 9, STEP = 0.25;
const SIDES = ["source", "target"], NAMES = { source: "P", target: "Q" }, ROLES = { source: "p", target: "q" };

// --- what plans are worth: no drawing here ----------------------------------------------------

const sumOf = points => points.reduce((sum, point) => sum + point[2], 0);
const distanceOf = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);

// Whole units: a point of weight w holds w times the other side's total, so both sides agree.
function unitsOf({ source, target }) {
  const a = sumOf(source), b = sumOf(target);
  return { source: source.map(p => p[2] * b), target: target.map(q => q[2] * a), all: a * b };
}

function optimumOf(points) {
  const units = unitsOf(points), place = ([x, y]) => [x, y];
  const { cost, plan } = solve(points.source.map(place), units.source, points.target.map(place), units.target);
  const routes = plan.from.map((i, k) => ({ i, j: plan.to[k], units: plan.mass[k] }));
  return { cost: cost / units.all, routes, all: units.all };
}

// What the reader's routes leave: at each point, in units.
function leftOver(points, routes) {
  const { source, target, all } = unitsOf(points);
  for (const { i, j, units } of routes) { source[i] -= units; target[j] -= units; }
  return { source, target, all, open: source.reduce((sum, units) => sum + units, 0) };
}

function costOf(points, routes, all) {
  return routes.reduce((sum, { i, j, units }) =>
    sum + units * distanceOf(points.source[i], points.target[j]), 0) / all;
}

// The points of a text such as 1,2,3;4,5,1_7,8,2 (x, y, weight; P before Q), or null.
function pointsIn(text) {
  const sides = text.split("_").map(side => side.split(";").map(point => point.split(",").map(part =>
    /^\d{1,2}(\.\d{1,2})?$/.test(part) ? Number(part) : NaN)));
  const fine = sides.length === 2 && sides.every(side => side.length <= MOST_POINTS && side.every(point =>
    point.length === 3 && point[0] <= SIDE && point[1] <= SIDE
    && Number.isInteger(point[2]) && point[2] >= 1 && point[2] <= MOST_WEIGHT));
  return fine ? { source: sides[0], target: sides[1] } : null;
}
const textOf = points => SIDES.map(side => points[side].map(point => point.join(",")).join(";")).join("_");

const within = value => Math.min(SIDE, Math.max(0, Math.round(value * 100) / 100));

// --- drawing ----------------------------------------------------------------------------------

function drawMarker(side, size, parent, x = 0, y = 0) {
  if (side === "source") return svg("circle", { class: "points p", cx: x, cy: y, r: size }, parent);
  const half = size * 0.9;
  return svg("rect", { class: "bars q wg-square", x: x - half, y: y - half, width: 2 * half, height: 2 * half }, parent);
}

function drawRoutes(board, points, routes, all, role) {
  for (const { i, j, units } of routes) {
    const p = points.source[i], q = points.target[j];
    svg("line", { class: `wg-route ${role}`, x1: board.x(p[0]), y1: board.y(p[1]),
      x2: board.x(q[0]), y2: board.y(q[1]), style: `stroke-width:${(1.2 + 9 * units / all).toFixed(2)}px` }, board.drawing);
  }
}

function drawLegend(root) {
  const list = html("ul", { className: "wg-legend" }, root);
  makeSwatch(list, "P: earth", image => drawMarker("source", 5, image, 13, 6));
  makeSwatch(list, "Q: holes", image => drawMarker("target", 5, image, 13, 6));
  makeSwatch(list, "an optimal plan", image => svg("path", { class: "wg-route good", d: "M0 6H26", style: "stroke-width:3px" }, image));
  makeSwatch(list, "your plan", image => svg("path", { class: "wg-route own", d: "M0 6H26", style: "stroke-width:3px" }, image));
}

// A table of inputs, one row a point. Calls changed(side, k, field, text).
function drawInputs(root, changed) {
  const fold = html("details", { className: "wg-typing" }, root);
  html("summary", { textContent: "Type the points" }, fold);
  const body = makeTable(fold, "Points: place and weight", ["point", "x", "y", "weight"]);
  return points => {
    const rows = SIDES.flatMap(side => points[side].map((point, k) => ({ side, k, point })));
    if (body.children.length !== rows.length || [...body.children].some((row, r) => row.dataset.side !== rows[r].side)) {
      body.replaceChildren(...rows.map(({ side, k }) => {
        const line = html("tr", {});
        line.dataset.side = side;
        html("th", { scope: "row", textContent: `${NAMES[side]}${k + 1}` }, line);
        ["x", "y", "weight"].forEach((word, field) => {
          const input = html("input", { type: "text", inputMode: "decimal", maxLength: 40, autocomplete: "off" }, html("td", {}, line));
          input.setAttribute("aria-label", `${NAMES[side]}${k + 1}, ${word}`);
          input.addEventListener("change", () => changed(side, k, field, input));
        });
        return line;
      }));
    }
    rows.forEach(({ point }, r) => {
      [...body.children[r].querySelectorAll("input")].forEach((input, field) => { input.value = point[field]; });
    });
  };
}

// --- the widget -------------------------------------------------------------------------------

class Figure {
  constructor(model, el) {
    this.model = model;
    this.routes = [];      // the reader's plan
    this.drawing = false;  // which mode
    this.shown = true;     // whether the optimum is uncovered
    this.picked = null;    // the point of P from which a route is being drawn
    this.first = structuredClone(model.get("points"));
    this.root = html("div", { className: "wg wg-points" }, el);
    makeParts(this.root, { title: "Points and their optimal plan", hint:
      "Drag a point, or focus it and use the arrow keys; plus and minus change its weight. "
      + "Each side’s weights are divided by their sum. “Draw a plan” lets you send the mass yourself." });
    this.drawControls();
    const axis = label => ({ low: 0, high: SIDE, ticks: [0, 2, 4, 6, 8, 10], label });
    this.board = makeBoard(this.root, { axes: { x: axis("x (length)"), y: axis("y (length)") }, width: 420, height: 414, title: "Points of P and of Q, with the plan" });
    drawLegend(this.root);
    this.status = html("p", { className: "wg-status" }, this.root);
    this.status.setAttribute("role", "status");
    const list = html("dl", { className: "wg-readouts" }, this.root);
    this.readouts = {
      best: makeReadout(list, "EM, the least cost", "good"),
      own: makeReadout(list, "cost of your plan", "ink"),
      open: makeReadout(list, "mass still to send", "js"),
    };
    this.table = makeTable(this.root, "The plan", ["from", "to", "mass", "distance", "cost"]);
    this.fillInputs = drawInputs(this.root, (...change) => this.typed(...change));
    this.handles = { source: [], target: [] };
    this.draw();
  }

  get points() { return this.model.get("points"); }
  say(text) { this.status.textContent = text; }

  drawControls() {
    const bar = html("div", { className: "wg-buttons" }, this.root);
    const button = (textContent, act) => {
      const node = html("button", { type: "button", textContent }, bar);
      node.addEventListener("click", act);
      return node;
    };
    this.mode = button("Draw a plan", () => this.turn(!this.drawing));
    this.reveal = button("Show the optimum", () => { this.shown = true; this.draw(); this.say(this.verdict()); });
    this.clear = button("Clear your plan", () => { this.routes = []; this.shown = false; this.draw(); this.say("Your plan is empty."); });
    for (const side of SIDES) button(`Add to ${NAMES[side]}`, () => this.add(side));
    button("Start again", () => { this.turn(false); this.put(structuredClone(this.first)); this.say("As it was at the start."); });
  }

  turn(drawing) {
    Object.assign(this, { drawing, routes: [], picked: null, shown: !drawing });
    this.draw();
    this.say(drawing ? "Press a point of P, then a point of Q: as much as fits is sent. The optimum is covered meanwhile." : "");
  }

  put(points) {
    this.model.set("points", points);
    this.model.save_changes();
  }

  change(side, k, change) {
    const points = structuredClone(this.points);
    Object.assign(points[side][k], change);
    this.routes = [];
    this.put(points);
  }

  add(side) {
    const points = structuredClone(this.points), count = points[side].length;
    if (count === MOST_POINTS) return this.say(`${NAMES[side]} has ${MOST_POINTS} points, which is as many as fit.`);
    points[side].push([side === "source" ? 1 : 9, within(1 + 1.1 * count), 1]);
    this.routes = [];
    this.put(points);
    this.handles[side].at(-1).focus({ preventScroll: true });
    return this.say(`${NAMES[side]}${count + 1} added. Delete removes the point in focus.`);
  }

  remove(side, k) {
    const points = structuredClone(this.points);
    if (points[side].length === 1) return this.say(`${NAMES[side]} needs one point at least.`);
    points[side].splice(k, 1);
    this.routes = [];
    this.put(points);
    this.handles[side][Math.max(0, k - 1)].focus({ preventScroll: true });
    return this.say(`A point of ${NAMES[side]} is gone.`);
  }

  typed(side, k, field, input) {
    try {
      const value = numberOf(input.value), weight = field === 2;
      if (weight && !(Number.isInteger(value) && value >= 1 && value <= MOST_WEIGHT)) throw new Error(`a weight is a whole number from 1 to ${MOST_WEIGHT}`);
      if (!weight && !(value >= 0 && value <= SIDE)) throw new Error(`a place lies between 0 and ${SIDE}`);
      this.change(side, k, { [field]: weight ? value : within(value) });
      this.say(this.verdict());
    } catch (error) {
      this.say(`${NAMES[side]}${k + 1} stays as it was: ${error.message}.`);
      this.fillInputs(this.points);
    }
  }

  // One press on a point while a plan is drawn.
  press(side, k) {
    if (!this.drawing) return;
    if (side === "source") {
      this.picked = this.picked === k ? null : k;
      this.say(this.picked === null ? "Put down." : `From P${k + 1}. Now press a point of Q.`);
    } else if (this.picked === null) this.say("Begin with a point of P.");
    else this.send(this.picked, k);
    this.draw();
  }

  send(i, j) {
    const left = leftOver(this.points, this.routes), units = Math.min(left.source[i], left.target[j]);
    this.picked = null;
    const known = this.routes.find(route => route.i === i && route.j === j);
    if (units) {
      if (known) known.units += units;
      else this.routes.push({ i, j, units });
    } else if (known) this.routes = this.routes.filter(route => route !== known);
    const done = `${rounded(units / left.all, 3)} from P${i + 1} to Q${j + 1}. `;
    const none = left.source[i] ? `Q${j + 1} is full. ` : `P${i + 1} is empty. `;
    if (!leftOver(this.points, this.routes).open) this.shown = true;
    this.say((units ? done : known ? "That route is taken back. " : none) + this.verdict());
  }

  verdict() {
    const best = optimumOf(this.points), left = leftOver(this.points, this.routes);
    if (!this.drawing) return `EM is ${rounded(best.cost, 3)}.`;
    if (left.open) return `${rounded(left.open / left.all, 3)} is still to send.`;
    const own = costOf(this.points, this.routes, left.all);
    return own <= best.cost * (1 + 1e-9) + 1e-12 ? `Done: your plan costs ${rounded(own, 3)}, and no plan costs less.`
      : `Done: your plan costs ${rounded(own, 3)}; the optimum costs ${rounded(best.cost, 3)}.`;
  }

  // As many handles as points, each with its listeners once.
  syncHandles() {
    for (const side of SIDES) {
      const handles = this.handles[side];
      while (handles.length > this.points[side].length) handles.pop().remove();
      while (handles.length < this.points[side].length) handles.push(this.makeHandle(side, handles.length));
    }
  }

  makeHandle(side, k) {
    const handle = html("button", { type: "button", className: `wg-handle ${ROLES[side]}` }, this.board.frame);
    letDrag(this.board, handle, {
      move: (x, y) => {
        if (this.drawing) { this.picked = side === "source" ? k : this.picked; this.draw([x, y]); }
        else this.change(side, k, { 0: within(x), 1: within(y) });
      },
      end: (moved, event) => this.drop(side, k, moved, event),
    });
    handle.addEventListener("click", event => {
      if (event.detail && handle.dataset.dragged === "true") return;
      this.press(side, k);
    });
    handle.addEventListener("keydown", event => this.key(side, k, event));
    return handle;
  }

  drop(side, k, moved, event) {
    if (!moved) return;
    if (!this.drawing) return void this.say(this.verdict());
    const [x, y] = event ? this.board.at(event) : [NaN, NaN];
    const near = this.points.target.findIndex(q => Math.hypot(q[0] - x, q[1] - y) < 0.7);
    if (side === "source" && near >= 0) this.send(k, near);
    this.picked = null;
    this.draw();
  }

  key(side, k, event) {
    const point = this.points[side][k], by = event.shiftKey ? 1 : STEP, arrow = ARROWS[event.key];
    const heavier = { "+": 1, "-": -1, "=": 1, "−": -1 }[event.key];
    if (arrow && !this.drawing) this.change(side, k, { 0: within(point[0] + by * arrow[0]), 1: within(point[1] + by * arrow[1]) });
    else if (heavier) this.change(side, k, { 2: Math.min(MOST_WEIGHT, Math.max(1, point[2] + heavier)) });
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(side, k);
    else if (event.key === "Escape") { this.picked = null; this.draw(); }
    else return;
    event.preventDefault();
    if (arrow || heavier) this.say(this.verdict());
  }

  draw(pointer = null) {
    const { points, board } = this, best = optimumOf(points), left = leftOver(points, this.routes);
    board.drawing.replaceChildren();
    if (this.shown) drawRoutes(board, points, best.routes, best.all, "good");
    drawRoutes(board, points, this.routes, best.all, "own");
    if (pointer && this.picked !== null) {
      const p = points.source[this.picked];
      svg("line", { class: "wg-route own", x1: board.x(p[0]), y1: board.y(p[1]), x2: board.x(pointer[0]), y2: board.y(pointer[1]), style: "stroke-width:2px" }, board.drawing);
    }
    this.syncHandles();
    for (const side of SIDES) this.drawSide(side, left);
    this.readouts.best.value.textContent = this.shown ? rounded(best.cost, 3) : "?";
    this.readouts.own.value.textContent = this.drawing ? rounded(costOf(points, this.routes, left.all), 3) : "–";
    this.readouts.open.value.textContent = this.drawing ? rounded(left.open / left.all, 3) : "–";
    this.mode.textContent = this.drawing ? "Move the points" : "Draw a plan";
    this.reveal.hidden = this.shown;
    this.clear.hidden = !this.drawing;
    const routes = this.drawing && !(this.shown && left.open) ? this.routes : best.routes;
    this.fillPlan(points, routes, best.all);
    this.fillInputs(points);
    Object.assign(this.root.dataset, { cost: best.cost, mode: this.drawing ? "draw" : "move" });
  }

  drawSide(side, left) {
    const { points, board } = this, total = sumOf(points[side]);
    points[side].forEach(([x, y, weight], k) => {
      drawMarker(side, 3.5 + 16 * Math.sqrt(weight / total / 3), board.drawing, board.x(x), board.y(y));
      svg("text", { class: "wg-name", x: board.x(x) + 10, y: board.y(y) - 8 }, board.drawing).textContent = `${NAMES[side]}${k + 1}`;
      const handle = this.handles[side][k], open = rounded(left[side][k] / left.all, 3);
      board.put(handle, x, y);
      handle.classList.toggle("picked", side === "source" && this.picked === k);
      handle.setAttribute("aria-label", `${NAMES[side]}${k + 1} at ${x}, ${y}, weight ${weight} of ${total}`
        + (this.drawing ? `, ${open} ${side === "source" ? "to send" : "to fill"}` : ""));
    });
  }

  fillPlan(points, routes, all) {
    const rows = [...routes].sort((r, s) => r.i - s.i || r.j - s.j).map(({ i, j, units }) => {
      const mass = units / all, far = distanceOf(points.source[i], points.target[j]);
      return [`P${i + 1}`, `Q${j + 1}`, rounded(mass, 3), rounded(far, 3), rounded(mass * far, 3)];
    });
    this.table.parentNode.caption.textContent = routes === this.routes ? "Your plan" : "An optimal plan";
    fillTable(this.table, [...rows, ["", "", "", "total", rounded(costOf(points, routes, all), 3)]]);
  }
}

function render({ model, el }) {
  const figure = new Figure(model, el);
  const follow = () => figure.draw();
  model.on("change:points", follow);
  const { page } = model;  // without a kernel: the address of the page carries the points
  if (page) {
    const start = textOf(model.get("points"));
    const note = page.address("moving points", figure.root, text => {
      const points = pointsIn(text ?? start);
      if (!points) return "The address carries points that cannot be read; they stay where they were.";
      figure.routes = [];
      return void figure.put(points);
    });
    model.on("change:points", points => note(textOf(points) === start ? null : textOf(points)));
  }
  return () => model.off("change:points", follow);
}

export default { render };
