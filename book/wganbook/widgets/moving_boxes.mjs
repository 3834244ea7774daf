// Piles of boxes that the reader moves: by mouse, by touch, or with the keyboard, where each
// place is a button that lifts a box and puts it down. The optimum was computed in Python.

import { svg, html } from "./nodes.mjs";

const total = numbers => numbers.reduce((sum, n) => sum + n, 0);
const counted = n => n === 1 ? "1 box" : `${n} boxes`;

// --- what a plan is worth: no drawing here ---------------------------------------------

const workOf = (puzzle, places) => total(places.map((place, box) => Math.abs(place - puzzle.starts[box])));

function surplusOf(puzzle, places) {
  return total(puzzle.target.map((wanted, place) =>
    Math.max(0, places.filter(p => p === place).length - wanted)));
}

// The plan as rows {from, to, boxes}, without the boxes that stay.
function routesOf(puzzle, places) {
  const routes = new Map();
  places.forEach((to, box) => {
    const from = puzzle.starts[box], key = from * 100 + to;
    if (from !== to) routes.set(key, { from, to, boxes: (routes.get(key)?.boxes ?? 0) + 1 });
  });
  return [...routes.keys()].sort((a, b) => a - b).map(key => routes.get(key));
}

// The places in a text such as 2.5.5, one for each box, or null.
function placesIn(puzzle, text) {
  const places = text.split(".").map(part => /^\d{1,3}$/.test(part) ? Number(part) : NaN);
  const fine = places.length === puzzle.starts.length && places.every(place => place < puzzle.target.length);
  return fine ? places : null;
}

// A stretch that boxes cross in both directions: on a line, the mark of a plan that can be better.
function crossedBothWays(puzzle, places) {
  for (let left = 0; left < puzzle.target.length - 1; left++) {
    const goRight = places.some((place, box) => puzzle.starts[box] <= left && place > left);
    const goLeft = places.some((place, box) => puzzle.starts[box] > left && place <= left);
    if (goRight && goLeft) return left;
  }
  return null;
}

function verdict(puzzle, places) {
  const work = workOf(puzzle, places), wrong = surplusOf(puzzle, places);
  if (wrong) return `Work so far ${work}. ${counted(wrong)} still to move.`;
  if (work === puzzle.least) return `Done, with work ${work}. No plan costs less.`;
  const left = crossedBothWays(puzzle, places);
  return `Done, with work ${work}; ${puzzle.least} is enough. Between places ${left} and ${left + 1} `
    + "boxes travel in both directions: exchange where they end.";
}

// --- drawing ---------------------------------------------------------------------------

function drawBoard(puzzle, root) {
  const board = html("div", { className: "wg-boxes" }, root);
  board.style.setProperty("--wg-places", puzzle.target.length);
  return { board, columns: puzzle.target.map((wanted, place) => {
    const column = html("div", { className: "wg-place" }, board);
    const stack = html("div", { className: "wg-stack" }, column);
    const holes = html("div", { className: "wg-holes" }, stack);
    for (let level = 0; level < wanted; level++) html("div", { className: "wg-hole" }, holes);
    const pile = html("div", { className: "wg-pile" }, stack);
    const button = html("button", { type: "button", textContent: place }, column);
    return { column, stack, pile, button };
  }) };
}

function drawPile(view, boxes, puzzle, place, held) {
  view.pile.replaceChildren(...boxes.map((box, level) => {
    const settled = level < puzzle.target[place] ? " settled" : "";
    const lifted = box === held ? " lifted" : "";
    const node = html("div", { className: `wg-box${settled}${lifted}`, textContent: puzzle.starts[box] });
    node.dataset.box = box;
    return node;
  }));
  const action = held === null ? "" : boxes.includes(held) ? ", box lifted" : ", put the box here";
  view.button.setAttribute("aria-label",
    `Place ${place}: ${counted(boxes.length)}, ${puzzle.target[place]} wanted${action}`);
  view.button.setAttribute("aria-pressed", boxes.includes(held));
}

// Arcs under the board. To the right they are solid, to the left dashed, and each leaves and
// enters its place on its own side.
function drawArcs(image, routes) {
  image.replaceChildren(...routes.map(({ from, to, boxes }) => {
    const side = Math.sign(to - from), depth = 2.2 + 1.9 * Math.abs(to - from);
    const x0 = 10 * from + 5 + 1.5 * side, x1 = 10 * to + 5 - 1.5 * side;
    const group = svg("g", { class: side > 0 ? "em" : "js" });
    svg("path", { class: "wg-arc", d: `M${x0} .3C${x0} ${depth} ${x1} ${depth} ${x1} 1.6`,
      style: `stroke-width:${1 + boxes}px` }, group);
    svg("path", { class: "wg-tip", d: `M${x1} .1l1 2h-2Z` }, group);
    return group;
  }));
}

function drawTable(body, routes, work) {
  const row = (cells, tag) => {
    const line = html("tr", {});
    for (const cell of cells) html(tag, { textContent: cell }, line);
    return line;
  };
  body.replaceChildren(
    ...routes.map(({ from, to, boxes }) => {
      const steps = Math.abs(to - from);
      return row([from, to, boxes, steps, boxes * steps], "td");
    }),
    row(["", "", "", "total", work], "td"));
}

function drawPlan(root) {
  const table = html("table", { className: "wg-plan" }, root);
  html("caption", { textContent: "Your plan" }, table);
  const head = html("tr", {}, html("thead", {}, table));
  for (const word of ["from", "to", "boxes", "steps", "work"]) {
    html("th", { scope: "col", textContent: word }, head);
  }
  return html("tbody", {}, table);
}

function drawReadout(list, label, role) {
  const box = html("div", { className: `wg-readout ${role}` }, list);
  html("dt", { textContent: label }, box);
  return html("dd", {}, box);
}

// --- dragging --------------------------------------------------------------------------

// Calls drop(box, place) after a drag and press(place, box) after a tap on a pile.
function letDrag(board, columns, { drop, press }) {
  let drag = null;
  const placeAt = x => columns.findIndex(({ column }) => {
    const { left, right } = column.getBoundingClientRect();
    return x >= left && x <= right;
  });
  const mark = place => columns.forEach(({ column }, p) => column.classList.toggle("over", p === place));
  const stop = () => {
    if (drag?.node) {
      drag.node.style.transform = "";
      drag.node.classList.remove("carried");
    }
    board.classList.remove("dragging");
    mark(null);
    drag = null;
  };
  board.addEventListener("pointerdown", event => {
    if (event.button || drag || !event.target.closest(".wg-stack")) return;
    const node = event.target.closest(".wg-box");
    drag = { node, id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
    if (!node) return;
    event.preventDefault();
    board.setPointerCapture(event.pointerId);
  });
  board.addEventListener("pointermove", event => {
    if (event.pointerId !== drag?.id || !drag.node) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    drag.moved ||= Math.hypot(dx, dy) > 5;
    if (!drag.moved) return;
    board.classList.add("dragging");
    drag.node.classList.add("carried");
    drag.node.style.transform = `translate(${dx}px, ${dy}px)`;
    mark(placeAt(event.clientX));
  });
  board.addEventListener("pointerup", event => {
    if (event.pointerId !== drag?.id) return;
    const { node, moved } = drag, place = placeAt(event.clientX);
    stop();
    if (place < 0) return;
    if (moved) drop(+node.dataset.box, place);
    else press(place, node ? +node.dataset.box : undefined);
  });
  board.addEventListener("pointercancel", stop);
  return stop;
}

// --- the widget ------------------------------------------------------------------------

function render({ model, el }) {
  const puzzle = model.get("puzzle"), last = puzzle.target.length - 1;
  const root = html("div", { className: "wg wg-moving" });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Moving boxes");
  root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would take the arrow and Enter keys
  html("p", { className: "wg-title", textContent: "Move the boxes into the outlines" }, root);
  html("p", { className: "wg-hint", textContent:
    "Drag a box; or press a place to lift its top box, and another to put it down. "
    + "The number on a box is the place it came from. Work counts boxes times steps." }, root);
  const { board, columns } = drawBoard(puzzle, root);
  const deepest = 4 + 1.45 * last;
  const arcs = svg("svg", { class: "wg-arcs", viewBox: `0 0 ${10 * (last + 1)} ${deepest}`, "aria-hidden": "true" }, root);
  const status = html("p", { className: "wg-status" }, root);
  status.setAttribute("role", "status");
  const list = html("dl", { className: "wg-readouts" }, root);
  const shown = {
    work: drawReadout(list, "work so far", "em"),
    wrong: drawReadout(list, "boxes to move", "js"),
    least: drawReadout(list, "least work", "good"),
  };
  const controls = html("div", { className: "wg-buttons" }, root);
  const show = html("button", { type: "button", textContent: "Show an optimal plan" }, controls);
  const again = html("button", { type: "button", textContent: "Start again" }, controls);
  const body = drawPlan(root);

  // Which box was moved last lies on top; which one is lifted is nobody else's business.
  let order = puzzle.starts.map((_, box) => box), held = null, revealed = false;
  const pileAt = place => order.filter(box => model.get("places")[box] === place);
  const rows = Math.max(...puzzle.source, ...puzzle.target) + 1;

  const draw = () => {
    const places = model.get("places"), piles = columns.map((_, place) => pileAt(place));
    const routes = routesOf(puzzle, places), work = workOf(puzzle, places), wrong = surplusOf(puzzle, places);
    board.style.setProperty("--wg-rows", Math.max(rows, ...piles.map(pile => pile.length + 1)));
    columns.forEach((view, place) => drawPile(view, piles[place], puzzle, place, held));
    drawArcs(arcs, routes);
    drawTable(body, routes, work);
    revealed ||= !wrong;
    shown.work.textContent = work;
    shown.wrong.textContent = wrong;
    shown.least.textContent = revealed ? puzzle.least : "?";
    Object.assign(root.dataset, { work, wrong });
  };
  const say = text => { status.textContent = text; };
  const put = places => { model.set("places", places); model.save_changes(); };  // draws, by the event
  const move = (box, to) => {
    const places = model.get("places"), from = places[box];
    held = null;
    order = [...order.filter(other => other !== box), box];
    if (from === to) draw();
    else put(places.map((place, other) => other === box ? to : place));
    const moved = from === to ? "Put back." : `From ${from} to ${to}.`;
    say(`${moved} ${verdict(puzzle, model.get("places"))}`);
  };
  const press = (place, box = pileAt(place).at(-1)) => {
    if (held !== null) move(held, place);
    else if (box === undefined) say(`Place ${place} has no box to lift.`);
    else {
      held = box;
      draw();
      say(`Box lifted from place ${place}. Press the place where it goes, or Escape.`);
    }
    columns[place].button.focus({ preventScroll: true });
  };

  const stopDrag = letDrag(board, columns, { drop: move, press });
  const goTo = { ArrowLeft: p => p - 1, ArrowRight: p => p + 1, Home: () => 0, End: () => last };
  columns.forEach(({ button }, place) => {
    button.addEventListener("click", () => press(place));
    button.addEventListener("keydown", event => {
      if (!goTo[event.key]) return;
      event.preventDefault();
      columns[Math.max(0, Math.min(last, goTo[event.key](place)))].button.focus();
    });
  });
  root.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    stopDrag();
    if (held !== null) say("Put back.");
    held = null;
    draw();
  });
  show.addEventListener("click", () => {
    held = null;
    revealed = true;
    put(puzzle.optimal);
    draw();
    say(`An optimal plan: work ${puzzle.least}. There may be others that cost the same.`);
  });
  again.addEventListener("click", () => {
    held = null;
    order = puzzle.starts.map((_, box) => box);
    put(puzzle.starts);
    draw();
    say(verdict(puzzle, puzzle.starts));
  });
  const follow = () => {
    draw();
    say(verdict(puzzle, model.get("places")));
  };
  model.on("change:places", follow);
  const { page } = model;  // without a kernel: the address of the page carries the places
  if (page) {
    const start = model.get("places").join(".");
    const note = page.address("moving boxes", root, text => {
      const places = placesIn(puzzle, text ?? start);
      if (!places) return "The address carries boxes that these piles do not have; they stay where they were.";
      return void put(places);
    });
    model.on("change:places", places => note(places.join(".") === start ? null : places.join(".")));
  }
  follow();
  el.append(root);
  return () => model.off("change:places", follow);
}

export default { render };
