// The workshop: one or two trainings that the reader sets up, starts and watches. The page holds
// settings, buttons and pictures; a thread for each training does the work (workshop_worker.mjs).
import { html } from "./nodes.mjs";
import { reachOf } from "./workshop_data.mjs";
import { button, controls, nextId, save, short, tableRow } from "./workshop_parts.mjs";
import { checkPoints, fromFragment, isGan, MOST_POINTS, readPoints, Refused, toCsv, toFragment, toPython, writePoints } from "./workshop_state.mjs";
import { Side } from "./workshop_side.mjs";
import { pictureOf, placeOf } from "./workshop_view.mjs";

const LISTING = [
  [1, 0, "while θ has not converged"], [2, 1, "for t = 0, …, n_critic"], [3, 2, "sample a batch x from the data"],
  [4, 2, "sample a batch z from the prior"], [5, 2, "g_w ← gradient in w of mean f_w(x) − mean f_w(g_θ(z))"],
  [6, 2, "w ← w + α · RMSProp(w, g_w)"], [7, 2, "w ← clip(w, −c, c)"], [8, 1, "end for"],
  [9, 1, "sample a batch z from the prior"], [10, 1, "g_θ ← −gradient in θ of mean f_w(g_θ(z))"],
  [11, 1, "θ ← θ − α · RMSProp(θ, g_θ)"], [12, 0, "end while"],
];
const LINE_TEXTS = {
  rule: {
    sphere: "w ← w scaled to the sphere", penalty: "(no cut: line 5 has the penalty)", none: "(no rule, no cut)",
    one_sided: "(no cut: line 5 has the penalty)", at_real: "(no cut: line 5 has a penalty, at x alone)",
    per_coordinate: "(no cut: line 5 has a penalty on each coordinate)", clip_before: "(no cut: w was clipped in line 5)", spectral: "each layer of w ← divided by its norm above 1",
  },
  optimiser: { rmsprop: "RMSProp", adam: "Adam", sgd: "SGD" },
};

function listingText(number, text, run) {
  if (number === 7 && run.rule !== "clipping") return LINE_TEXTS.rule[run.rule];
  if (number === 5 && run.objective === "hinge") return "g_w ← −gradient in w of the hinge loss";
  if (number === 10 && run.objective === "sign_flip") return "g_θ ← +gradient in θ of mean f_w(g_θ(z))";
  if (run.objective === "sigmoid") text = text.replaceAll("f_w", "σ(f_w)").replaceAll("σ(f_w)(x)", "σ(f_w(x))").replaceAll("σ(f_w)(g_θ(z))", "σ(f_w(g_θ(z)))");
  if (number === 5 && isGan(run)) return "g_w ← −gradient in w of the discriminator's loss";
  if (number === 10 && isGan(run)) return "g_θ ← gradient in θ of the generator's loss";
  return text.replace("RMSProp", LINE_TEXTS.optimiser[run.optimiser]);
}

// --- the workshop ---------------------------------------------------------------------------------

const RATES = { "0": "as fast as it goes", "30": "30 steps a second", "5": "5 steps a second", "1": "1 step a second" };

class Shop {
  constructor(model, el) {
    Object.assign(this, { model, small: model.get("small"), name: model.get("name"), list: [], rate: 0, drawn: null, due: [] });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = html("div", { className: `wg wg-shop${this.small ? " wg-small" : ""}` }, el);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Workshop");
    this.root.dataset.lmSuppressShortcuts = "true";  // JupyterLab would take keys
    this.onPage = !model.widget_manager;  // in a notebook, the address belongs to the notebook
    this.setup = structuredClone(model.get("setup"));
    html("p", { className: "wg-title", textContent: "Workshop: train one yourself" }, this.root);
    this.buildData();
    this.buildBar();
    this.status = html("p", { className: "wg-status" }, this.root);
    this.status.setAttribute("role", "status");
    this.staying = html("p", { className: "wg-hint", hidden: true }, this.root);
    this.staying.textContent = "This browser starts no second thread here, as some do not for a page opened from a file. "
      + "The training runs in short turns on the page itself: same numbers, slower.";
    this.sides = html("div", { className: "wg-sides" }, this.root);
    this.buildListing();
    this.buildValues();
    this.buildTaking();
  }

  told(text) { this.status.textContent = text; }

  stays() { this.staying.hidden = false; }

  /** One drawing a frame: two trainings that draw in the same one would keep the page waiting. */
  soon(work) {
    this.due.push(work);
    if (this.due.length === 1) this.turn();
  }

  turn() {
    requestAnimationFrame(() => {
      this.due.shift()();
      if (this.due.length) this.turn();
    });
  }

  // Data and seed, which all trainings share.

  buildData() {
    const row = html("div", { className: "wg-fields" }, this.root);
    this.showData = controls(FIELDS.setup, row, () => this.setup, key => this.dataChanged(key));
    this.drawing = html("div", { className: "wg-drawing" }, this.root);
    html("p", { className: "wg-hint", textContent: "Draw on the picture with mouse or finger; or write the points, two numbers a line." }, this.drawing);
    const id = nextId();
    html("label", { htmlFor: id, textContent: "points" }, this.drawing);
    this.written = html("textarea", { id, rows: 4, spellcheck: false }, this.drawing);
    this.pointError = html("p", { className: "wg-error", hidden: true, id: `${id}-error` }, this.drawing);
    this.pointError.setAttribute("role", "alert");
    this.written.setAttribute("aria-describedby", this.pointError.id);
    const buttons = html("div", { className: "wg-buttons" }, this.drawing);
    button("Take these points", buttons, () =>
      this.takePoints(() => readPoints(this.written.value), "The last points stay."));
    button("Clear the points", buttons, () => {
      this.drawn = [];
      this.written.value = "";
      this.list.forEach(side => side.draw());
      this.told("Cleared. Draw at least two points; until then the last ones are trained on.");
    });
  }

  dataChanged(key) {
    if (key === "data" && this.setup.data === "points" && this.setup.points.length < 2) {
      this.setup.points = [[-1, 0], [1, 0]];
    }
    this.restart("Data changed: training starts again.");
  }

  /** New points, if they can be trained on. */
  takePoints(read, otherwise) {
    try {
      const points = checkPoints(read());
      this.complain("");
      this.setup.points = points;
      this.restart(`${points.length} points: training starts again.`);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      this.complain(`${refused.message}. ${otherwise}`);
    }
  }

  complain(text) {
    this.pointError.textContent = text;
    this.pointError.hidden = !text;
  }

  letDraw(canvas) {
    let id = null, last = null;
    const add = event => {
      const reach = reachOf(this.setup), [x, y] = placeOf(canvas, event, reach).map(value => Math.round(value * 1000) / 1000);
      if (Math.max(Math.abs(x), Math.abs(y)) > reach) return;
      if (last && Math.hypot(x - last[0], y - last[1]) < 0.05 * reach) return;
      const before = this.drawn ?? this.setup.points;
      if (before.length >= MOST_POINTS) return this.complain(`points: expected at most ${MOST_POINTS}, got one more`);
      last = [x, y];
      this.drawn = [...before, last];
      this.list.forEach(side => side.draw());
    };
    canvas.addEventListener("pointerdown", event => {
      if (this.setup.data !== "points" || event.button) return;
      event.preventDefault();
      this.pause();
      canvas.setPointerCapture(event.pointerId);
      [id, last] = [event.pointerId, null];
      add(event);
    });
    canvas.addEventListener("pointermove", event => { if (event.pointerId === id) add(event); });
    const end = event => {
      if (event.pointerId !== id) return;
      id = null;
      if (this.drawn) this.takePoints(() => this.drawn, "Draw another.");
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  }

  // Buttons.

  buildBar() {
    const bar = this.bar = html("div", { className: "wg-buttons wg-bar" }, this.root);
    this.playButton = button("Play", bar, () => this.playing ? this.pause() : this.play());
    button("Generator step", bar, () => this.each("generator"));
    button("Critic step", bar, () => this.each("critic"));
    button("Reset", bar, () => this.restart("Back at the start."));
    const id = nextId(), speed = html("label", { textContent: "speed ", htmlFor: id }, bar);
    const select = html("select", { id }, speed);
    for (const [value, text] of Object.entries(RATES)) html("option", { value, textContent: text }, select);
    select.value = "0";
    select.addEventListener("change", () => {
      this.rate = Number(select.value);
      this.list.filter(side => side.playing).forEach(side => side.play());
    });
    this.compare = button("", bar, () => {
      if (this.setup.runs.length > 1) this.setup.runs.pop();
      else this.setup.runs.push({ ...this.setup.runs[0] });
      this.restart(this.setup.runs.length > 1 ? "Two trainings under the same data and seed: now change one." : "One training.");
    });
    this.compare.hidden = this.small;
  }

  get playing() { return this.list.some(side => side.playing); }

  play() {
    for (const side of this.list) side.play();
    this.told("Training.");
    this.heard();
  }

  pause() {
    for (const side of this.list) side.thread.send("pause");  // whose last snapshot says that it stands
  }

  each(what) {
    for (const side of this.list) side.thread.send("step", { what });
    this.awaited = { what, answers: this.list.length };
  }

  /** What there is to say when a training has answered, or was told to play, pause or start anew. */
  heard(answered = false) {
    const playing = this.playing, was = this.playButton.textContent === "Pause";
    this.playButton.textContent = playing ? "Pause" : "Play";
    const done = answered && this.awaited && --this.awaited.answers === 0 ? this.awaited.what : null;
    if (done) this.awaited = null;
    if (playing || !this.list.every(side => side.shot)) return;
    this.showLine();
    this.showValues();
    if (done === "line" && !this.list[0].shot.failed) this.told(this.lineTold());
    else if (was || done) this.told(this.list.map(side => side.told()).join(" "));
  }

  restart(text) {
    this.drawn = this.awaited = null;  // points on the picture that are not trained on yet; a step's answer
    this.showData();
    this.drawing.hidden = this.setup.data !== "points";
    this.root.classList.toggle("wg-draws", this.setup.data === "points");
    this.written.value = writePoints(this.setup.points);
    this.compare.textContent = this.setup.runs.length > 1 ? "One training" : "Compare two";
    this.sides.dataset.count = this.setup.runs.length;
    while (this.list.length > this.setup.runs.length) this.list.pop().close();
    this.list.forEach(side => side.restart());
    while (this.list.length < this.setup.runs.length) this.list.push(new Side(this, this.list.length));
    if (text) this.told(text);
    this.publish();
    this.heard();
  }

  publish() {
    this.model.set("setup", structuredClone(this.setup));
    this.model.save_changes();
  }

  // Algorithm 1, line by line.

  buildListing() {
    const box = html("details", { className: "wg-listing" }, this.root);
    html("summary", { textContent: "Step through Algorithm 1, line by line" }, box);
    button("Next line", html("div", { className: "wg-buttons" }, box), () => this.each("line"));
    const list = html("ol", {}, box);
    this.lines = LISTING.map(([number, depth, text]) => {
      const line = html("li", { value: number }, list);
      line.style.setProperty("--wg-depth", depth);
      const code = html("code", { textContent: text }, line);
      return { number, text, line, code, numbers: html("span", { className: "wg-line-numbers" }, line) };
    });
  }

  showLine() {
    const { shot, run } = this.list[0];
    for (const { number, text, line, code, numbers } of this.lines) {
      const lit = shot?.line === number;
      if (lit) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
      code.textContent = listingText(number, text, run);
      numbers.textContent = lit ? shot.numbers : number === 2 && shot?.line >= 3 && shot.line <= 7 ? `t = ${shot.t}` : "";
    }
  }

  lineTold() {
    const { shot, run } = this.list[0], { number, text } = this.lines.find(({ number: at }) => at === shot.line);
    return `Line ${number} is done: ${listingText(number, text, run)}. ${shot.numbers}.`;
  }

  // What was seen, as a table; and things to take away.

  buildValues() {
    const box = html("details", { className: "wg-values-live" }, this.root);
    html("summary", { textContent: "What was measured, as a table" }, box);
    this.values = html("table", { className: "wg-plan" }, box);
  }

  showValues() {
    const head = ["run", "step", "exact EM", "estimate", "K", "modes"], rows = [];
    this.list.forEach((side, place) => {
      const { looks } = side.record, stride = Math.max(1, Math.ceil(looks.length / 12));
      looks.forEach(({ step, em, estimate, largest, modes }, i) => {
        if (i % stride && i < looks.length - 1) return;
        rows.push(["AB"[place], step, short(em), estimate === null ? "–" : short(estimate), short(largest), modes ? modes[0] : "–"]);
      });
    });
    this.values.replaceChildren(html("caption", { textContent: "Along the training" }), tableRow(head, "th"), ...rows.map(row => tableRow(row, "td")));
  }

  buildTaking() {
    const bar = html("div", { className: "wg-buttons" }, this.root);
    if (this.onPage) button("Copy a link", bar, () => this.link());
    button("Curves as CSV", bar, () => this.list.forEach((side, i) =>
      save(new Blob([toCsv(side.record)], { type: "text/csv" }), `workshop-${"ab"[i]}.csv`)));
    button("Picture as PNG", bar, async () => {
      const background = getComputedStyle(document.body).backgroundColor;
      const clear = background === "rgba(0, 0, 0, 0)" ? "white" : background;
      save(await pictureOf(this.list.flatMap(side => [side.plane, side.curves]), clear), "workshop.png");
    });
    button("As Python", bar, () => this.python());
    this.taken = html("div", { className: "wg-taken", hidden: true }, this.root);
  }

  async link() {
    const positions = location.hash.match(/~.*$/)?.[0] ?? "";  // of the page's figures
    const fragment = toFragment(this.setup, this.name) + positions, address = location.href.split("#")[0] + fragment;
    history.replaceState(history.state, "", fragment);
    this.offer("input", "Link to this training", address);
    try {
      await navigator.clipboard.writeText(address);
      this.told("The link is copied.");
    } catch {
      this.told("Copy the link from the field.");
    }
  }

  python() {
    const text = this.list.map((side, i) => toPython(this.setup, this.setup.runs[i], Math.max(1, side.shot?.step || 500))).join("\n\n");
    this.offer("textarea", "The same training with wganlib", text);
    this.told("The programme stands below the buttons.");
  }

  offer(tag, label, text) {
    const id = nextId();
    this.taken.replaceChildren();
    html("label", { htmlFor: id, textContent: label }, this.taken);
    const field = html(tag, { id, readOnly: true, value: text }, this.taken);
    if (tag === "textarea") field.rows = Math.min(30, text.split("\n").length);
    this.taken.hidden = false;
    field.focus({ preventScroll: true });
    field.select();
  }

  /** The settings of the page's address, if it has some. */
  readAddress() {
    try {
      const setup = fromFragment(location.hash, this.name);
      if (!setup) return false;
      this.setup = setup;
      return true;
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      this.told(`This link cannot be used. ${refused.message}. The settings from before stay.`);
      return false;
    }
  }
}

function render({ model, el }) {
  const shop = new Shop(model, el);
  const fresh = shop.onPage && shop.readAddress();
  shop.restart(fresh ? "Opened from the link: press Play." : "");
  if (fresh && shop.small) requestAnimationFrame(() => shop.root.scrollIntoView());  // it stands amid a chapter
  const redraw = () => shop.list.forEach(side => side.draw());
  const sizes = new ResizeObserver(redraw), themes = new MutationObserver(redraw);
  sizes.observe(shop.sides);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "theme"] });
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  let resume = false;
  const hide = () => {
    if (document.hidden && shop.playing) {
      resume = true;
      shop.pause();
    } else if (!document.hidden && resume) {
      resume = false;
      shop.play();
    }
  };
  const visit = () => { if (shop.onPage && shop.readAddress()) shop.restart("Opened from the link: press Play."); };
  const follow = () => {
    if (JSON.stringify(model.get("setup")) === JSON.stringify(shop.setup)) return;
    shop.setup = structuredClone(model.get("setup"));
    shop.restart("Settings changed: training starts again.");
  };
  document.addEventListener("visibilitychange", hide);
  addEventListener("hashchange", visit);
  model.on("change:setup", follow);
  return () => {
    sizes.disconnect();
    themes.disconnect();
    document.removeEventListener("visibilitychange", hide);
    removeEventListener("hashchange", visit);
    model.off("change:setup", follow);
    shop.list.forEach(side => side.close());
  };
}

export default { render };
