// A critic on a line that the reader bends by hand: its value E_P f − E_Q f rises until the limit
// of the slope. The best one comes from the transport solver's potentials.

import { numberOf } from "./numbers.mjs";
import { solve } from "./exact_transport.mjs";
import { ARROWS, letDrag, makeBoard, makeParts, makeReadout, makeSwatch, makeTable, minus, rounded } from "./board.mjs";
import { svg, html } from "./nodes.mjs";

const LAST = 10, TOP = 5, STEP = 0.25, KNOTS = [...Array(LAST + 1).keys()];
const ROWS = { source: -5.9, target: -6.7 }, LETTERS = { source: "P", target: "Q" }, SIDES_OF_LINE = ["source", "target"];
const STEEP = 1 + 1e-9;

// --- what a critic is worth: no drawing here ----------------------------------------------------

const meanOf = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const valueOfCritic = ({ source, target, critic }) => meanOf(source.map(x => critic[x])) - meanOf(target.map(y => critic[y]));
const slopesOf = critic => critic.slice(1).map((value, k) => value - critic[k]);
const steepestOf = critic => Math.max(...slopesOf(critic).map(Math.abs));

// The critic with one value changed: the others follow as a chain does, no steeper than 1.
function pulled(critic, knot, value) {
  return critic.map((height, k) => {
    const slack = Math.abs(k - knot);
    return Math.min(value + slack, Math.max(value - slack, height));
  });
}

// From left to right, each step made no steeper than 1.
function flattened(critic) {
  const flat = [critic[0]];
  for (const height of critic.slice(1)) flat.push(Math.min(flat.at(-1) + 1, Math.max(flat.at(-1) - 1, height)));
  return flat;
}

// A Kantorovich potential at the knots, with its middle at 0, and EM.
function best({ source, target }) {
  const { cost, potentials } = solve(source, null, target, null);
  const critic = KNOTS.map(x => Math.min(...target.map((y, j) => Math.abs(x - y) - potentials.target[j])));
  const middle = (Math.max(...critic) + Math.min(...critic)) / 2;
  return { cost, critic: critic.map(height => height - middle) };
}

function stateIn(text) {
  const parts = text.split("_").map(part => part.split(","));
  if (parts.length !== 3 || parts.flat().some(part => !/^-?\d{1,2}(\.\d{1,2})?$/.test(part))) return null;
  const [source, target, critic] = parts.map(part => part.map(Number));
  const places = [...source, ...target].every(x => Number.isInteger(x) && x >= 0 && x <= LAST);
  const fine = places && source.length <= 6 && target.length <= 6
    && critic.length === KNOTS.length && critic.every(height => Math.abs(height) <= TOP);
  return fine ? { source, target, critic } : null;
}
const textOfState = ({ source, target, critic }) => [source, target, critic].map(part => part.join(",")).join("_");
const clamped = (value, low, high) => Math.min(high, Math.max(low, value));
const snapped = value => clamped(Math.round(value / STEP) * STEP, -TOP, TOP);

// --- the widget ---------------------------------------------------------------------------------

class CriticFigure {
  constructor(model, el) {
    this.model = model;
    this.held = true;     // whether the slope is held at 1
    this.shown = false;   // whether the best critic is drawn
    this.first = structuredClone(model.get("state"));
    this.root = html("div", { className: "wg wg-critic" }, el);
    makeParts(this.root, { title: "A critic bent by hand", hint:
      "Drag the knots of f up and down, or focus one and use the arrow keys: high over P, low over Q. "
      + "The points of P and Q below move sideways." });
    this.drawControls();
    const axes = {
      x: { low: -0.4, high: LAST + 0.4, ticks: [0, 2, 4, 6, 8, 10], label: "x (length)" },
      y: { low: -7.2, high: TOP + 0.4, ticks: [-5, -2.5, 0, 2.5, 5], label: "f (score)" },
    };
    this.board = makeBoard(this.root, { axes, width: 440, height: 400, title: "The critic over the line, and the points of P and Q" });
    this.drawLegend();
    this.status = html("p", { className: "wg-status" }, this.root);
    this.status.setAttribute("role", "status");
    const list = html("dl", { className: "wg-readouts" }, this.root);
    this.readouts = {
      value: makeReadout(list, "E f(x) − E f(y)", "em"),
      steepest: makeReadout(list, "steepest slope K", "js"),
      share: makeReadout(list, "so EM is at least", "ink"),
      best: makeReadout(list, "EM", "good"),
    };
    this.knots = KNOTS.map(k => this.makeKnot(k));
    this.dots = { source: [], target: [] };
    this.drawInputs();
    this.draw();
  }

  get state() { return this.model.get("state"); }
  say(text) { this.status.textContent = text; }

  put(state) {
    this.model.set("state", state);
    this.model.save_changes();
  }

  drawControls() {
    const bar = html("div", { className: "wg-buttons" }, this.root);
    const label = html("label", { className: "wg-check" }, bar);
    this.hold = html("input", { type: "checkbox", checked: true }, label);
    label.append(" hold the slope at 1");
    this.hold.addEventListener("change", () => {
      this.held = this.hold.checked;
      if (this.held) this.put({ ...this.state, critic: flattened(this.state.critic) });
      else this.draw();
      this.say(this.verdict());
    });
    const button = (textContent, act) => {
      const node = html("button", { type: "button", textContent }, bar);
      node.addEventListener("click", act);
      return node;
    };
    this.reveal = button("Show the best critic", () => { this.shown = !this.shown; this.draw(); });
    button("Flat again", () => { this.put({ ...this.state, critic: KNOTS.map(() => 0) }); this.say(this.verdict()); });
    button("Start again", () => {
      this.shown = false;
      this.held = this.hold.checked = true;
      this.put(structuredClone(this.first));
      this.say("As it was at the start.");
    });
  }

  drawLegend() {
    const list = html("ul", { className: "wg-legend" }, this.root);
    makeSwatch(list, "your critic f", image => svg("path", { class: "line em", d: "M0 6H26" }, image));
    makeSwatch(list, "steeper than 1", image => svg("path", { class: "line js", d: "M0 6H26" }, image));
    makeSwatch(list, "a best critic", image => svg("path", { class: "line good dashed", d: "M0 6H26" }, image));
    makeSwatch(list, "P", image => svg("circle", { class: "points p", cx: 13, cy: 6, r: 5 }, image));
    makeSwatch(list, "Q", image => svg("rect", { class: "bars q wg-square", x: 8, y: 1, width: 10, height: 10 }, image));
  }

  bend(knot, height) {
    const value = clamped(height, -TOP, TOP), { critic } = this.state;
    const bent = this.held ? pulled(critic, knot, value) : critic.map((old, k) => k === knot ? value : old);
    this.put({ ...this.state, critic: bent });
  }

  makeKnot(k) {
    const handle = html("button", { type: "button", className: "wg-handle wg-knot em" }, this.board.frame);
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-orientation", "vertical");
    handle.setAttribute("aria-label", `f at x = ${k}`);
    handle.setAttribute("aria-valuemin", -TOP);
    handle.setAttribute("aria-valuemax", TOP);
    letDrag(this.board, handle, { move: (x, y) => this.bend(k, snapped(y)), end: moved => moved && this.say(this.verdict()) });
    handle.addEventListener("keydown", event => {
      const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 4, PageDown: -4 }[event.key];
      const next = { ArrowLeft: k - 1, ArrowRight: k + 1, Home: 0, End: LAST }[event.key];
      if (by) this.bend(k, this.state.critic[k] + by * STEP);
      else if (next !== undefined) this.knots[clamped(next, 0, LAST)].focus({ preventScroll: true });
      else return;
      event.preventDefault();
      if (by) this.say(this.verdict());
    });
    return handle;
  }

  move(side, k, x) {
    const place = clamped(Math.round(x), 0, LAST);
    if (this.state[side][k] === place) return;
    const points = [...this.state[side]];
    points[k] = place;
    this.put({ ...this.state, [side]: points });
  }

  makeDot(side, k) {
    const handle = html("button", { type: "button", className: `wg-handle ${side === "source" ? "p" : "q"}` }, this.board.frame);
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", `${LETTERS[side]}${k + 1}`);
    handle.setAttribute("aria-valuemin", 0);
    handle.setAttribute("aria-valuemax", LAST);
    letDrag(this.board, handle, { move: x => this.move(side, k, x), end: moved => moved && this.say(this.verdict()) });
    handle.addEventListener("keydown", event => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      this.move(side, k, this.state[side][k] + arrow[0] + arrow[1]);
      this.say(this.verdict());
    });
    return handle;
  }

  drawInputs() {
    const fold = html("details", { className: "wg-typing" }, this.root);
    html("summary", { textContent: "Type the values" }, fold);
    const body = makeTable(fold, "The critic at its knots", ["x", "f(x)", "best f(x)"]);
    this.lines = KNOTS.map(k => {
      const line = html("tr", {}, body);
      html("th", { scope: "row", textContent: k }, line);
      const input = html("input", { type: "text", inputMode: "decimal", maxLength: 40, autocomplete: "off" }, html("td", {}, line));
      input.setAttribute("aria-label", `f at x = ${k}`);
      input.addEventListener("change", () => {
        try {
          const height = numberOf(input.value);
          if (!(Math.abs(height) <= TOP)) throw new Error(`a score lies between −${TOP} and ${TOP}`);
          this.bend(k, Math.round(height * 100) / 100);
          this.say(this.verdict());
        } catch (error) {
          this.say(`f(${k}) stays as it was: ${error.message}.`);
        }
        this.draw();
      });
      return { input, best: html("td", {}, line) };
    });
  }

  verdict() {
    const value = valueOfCritic(this.state), steepest = steepestOf(this.state.critic), { cost } = best(this.state);
    if (steepest > STEEP) {
      return `Steeper than 1: the value ${rounded(value, 2)} proves no more than ${rounded(value / steepest, 2)}, the value divided by K.`;
    }
    return value >= cost - 1e-9 ? `${rounded(value, 2)}: no critic with slopes of at most 1 reaches more. That is EM.`
      : `${rounded(value, 2)}. No slope is above 1, so EM is at least that.`;
  }

  drawCritic(critic, optimum) {
    const { board } = this, { x, y, drawing } = board;
    const path = heights => `M${heights.map((height, k) => `${x(k)} ${y(height)}`).join("L")}`;
    drawing.replaceChildren();
    svg("line", { class: "tick", x1: x(-0.4), x2: x(LAST + 0.4), y1: y(-5.4), y2: y(-5.4) }, drawing);
    slopesOf(critic).forEach((slope, k) => {
      const role = Math.abs(slope) <= STEEP ? "em" : "js";
      svg("path", { class: `line ${role}`, d: `M${x(k)} ${y(critic[k])}L${x(k + 1)} ${y(critic[k + 1])}` }, drawing);
    });
    if (this.shown) svg("path", { class: "line good dashed", d: path(optimum) }, drawing);
    critic.forEach((height, k) => svg("circle", { class: "points em", cx: x(k), cy: y(height), r: 4.5 }, drawing));
  }

  drawPoints() {
    const { board, state } = this, { x, y, drawing } = board;
    for (const side of SIDES_OF_LINE) {
      const role = side === "source" ? "p" : "q", points = state[side], handles = this.dots[side];
      while (handles.length > points.length) handles.pop().remove();
      while (handles.length < points.length) handles.push(this.makeDot(side, handles.length));
      svg("text", { class: "end", x: x(-0.4) - 8, y: y(ROWS[side]) + 4 }, drawing).textContent = LETTERS[side];
      points.forEach((place, k) => {
        const before = points.slice(0, k).filter(other => other === place).length;
        const px = x(place) + 5 * before, py = y(ROWS[side]);
        if (role === "p") svg("circle", { class: "points p", cx: px, cy: py, r: 6 }, drawing);
        else svg("rect", { class: "bars q wg-square", x: px - 5.5, y: py - 5.5, width: 11, height: 11 }, drawing);
        board.put(handles[k], place, ROWS[side]);
        handles[k].setAttribute("aria-valuenow", place);
      });
    }
  }

  draw() {
    const { critic } = this.state, optimum = best(this.state);
    const value = valueOfCritic(this.state), steepest = steepestOf(critic), reached = value >= optimum.cost - 1e-9 && steepest <= STEEP;
    this.drawCritic(critic, optimum.critic);
    this.drawPoints();
    critic.forEach((height, k) => {
      this.board.put(this.knots[k], k, height);
      this.knots[k].setAttribute("aria-valuenow", height);
      this.knots[k].setAttribute("aria-valuetext", minus(height));
      this.lines[k].input.value = minus(height);
      this.lines[k].best.textContent = this.shown ? rounded(optimum.critic[k], 2) : "?";
    });
    const seen = this.shown || reached;
    this.readouts.value.value.textContent = rounded(value, 2);
    this.readouts.steepest.value.textContent = rounded(steepest, 2);
    this.readouts.share.value.textContent = rounded(value / Math.max(1, steepest), 2);
    this.readouts.best.value.textContent = seen ? rounded(optimum.cost, 2) : "?";
    this.reveal.textContent = this.shown ? "Hide the best critic" : "Show the best critic";
    Object.assign(this.root.dataset, { value, em: optimum.cost, steepest });
  }
}

function render({ model, el }) {
  const figure = new CriticFigure(model, el);
  const follow = () => figure.draw();
  model.on("change:state", follow);
  const { page } = model;  // without a kernel: the address of the page carries critic and points
  if (page) {
    const start = textOfState(model.get("state"));
    const note = page.address("hand critic", figure.root, text => {
      const state = stateIn(text ?? start);
      if (!state) return "The address carries a critic that cannot be read; it stays as it was.";
      if (steepestOf(state.critic) > STEEP) figure.held = figure.hold.checked = false;
      return void figure.put(state);
    });
    model.on("change:state", state => note(textOfState(state) === start ? null : textOfState(state)));
  }
  return () => model.off("change:state", follow);
}

export default { render };
