// One training on the page: its pictures, numbers and settings, and the thread that does the work.
import { html } from "./nodes.mjs";
import { controls, nextId, short, tableRow } from "./workshop_parts.mjs";
import { estimateOf, isGan, PRESET_GROUPS, PRESETS, presetOf, sees } from "./workshop_state.mjs";
import { Thread } from "./workshop_thread.mjs";
import { coloursOf, drawCurves, drawPlane, drawWeights } from "./workshop_view.mjs";

const READOUTS = [
  ["steps", "generator steps", "ink"], ["em", "exact EM", "em"], ["calibrated", "estimate / K", "good"],
  ["estimate", "estimate", "good"], ["js", "JS estimate (nats)", "js"], ["slope", "K, steepest slope", "soft"],
  ["modes", "modes reached", "kl"],
];

const sameRun = (one, other) =>
  FIELDS.run.every(field => one[field.key] === other[field.key] || !sees(field, one));

export class Side {
  constructor(shop, place) {
    Object.assign(this, { shop, place, playing: false, shot: null });
    this.root = html("section", { className: "wg-side" }, shop.sides);
    this.heading = html("p", { className: "wg-side-title" }, this.root);
    this.build();
    this.thread = new Thread(message => this.hear(message), () => shop.stays());
    this.number = 0;  // of its runs: what the thread still says of an earlier one is late
    this.restart();
  }

  get setup() { return this.shop.setup; }
  get run() { return this.setup.runs[this.place]; }

  build() {
    const figure = html("div", { className: "wg-shop-pictures" }, this.root);
    const canvas = (name, className) => {
      const node = html("canvas", { className }, html("div", {}, figure));
      node.setAttribute("role", "img");
      node.setAttribute("aria-label", name);
      return node;
    };
    this.plane = canvas("Real and generated points", "wg-plane");
    this.curves = canvas("Curves along the training", "wg-curves");
    this.legend(this.plane, [["real", "○ real"], ["fake", "● generated"], ["", "→ the critic's slope"], ["", "blue ground: high scores"]]);
    this.curveLegend = this.legend(this.curves, []);
    const list = html("dl", { className: "wg-readouts" }, this.root);
    this.shown = Object.fromEntries(READOUTS.map(([key, label, role]) => {
      const box = html("div", { className: `wg-readout ${role}` }, list);
      html("dt", { textContent: label }, box);
      return [key, html("dd", { textContent: "–" }, box)];
    }));
    this.failure = html("p", { className: "wg-error", hidden: true }, this.root);
    this.failure.setAttribute("role", "alert");
    this.buildMethod();
    this.buildInside();
    this.shop.letDraw(this.plane);
  }

  legend(canvas, entries) {
    const list = html("p", { className: "wg-shop-legend" }, canvas.parentNode);
    this.fillLegend(list, entries);
    return list;
  }

  fillLegend(list, entries) {
    list.replaceChildren(...entries.map(([role, text]) => html("span", { className: role && `wg-role-${role}`, textContent: text })));
  }

  buildMethod() {
    const box = html("details", { className: "wg-method", open: !this.shop.small }, this.root);
    html("summary", { textContent: "Method" }, box);
    const start = html("div", { className: "wg-field" }, box), id = nextId();
    html("label", { htmlFor: id, textContent: "start from" }, start);
    this.preset = html("select", { id }, start);
    html("option", { value: "", textContent: "my own settings" }, this.preset);
    for (const [label, presets] of Object.entries(PRESET_GROUPS)) {
      const group = html("optgroup", { label }, this.preset);
      for (const name of Object.keys(presets)) html("option", { value: name, textContent: name }, group);
    }
    this.preset.addEventListener("change", () => {
      if (this.preset.value) Object.assign(this.run, presetOf(this.preset.value));
      this.changed();
    });
    const fields = html("div", { className: "wg-fields" }, box);
    this.showFields = controls(FIELDS.run, fields, () => this.run, () => this.changed());
  }

  buildInside() {
    const box = html("details", { className: "wg-inside" }, this.root);
    html("summary", { textContent: "Inside: gradients and weights" }, box);
    this.inside = box;
    const canvas = this.weights = html("canvas", { className: "wg-weights" }, box);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Histogram of the critic's weights");
    html("p", { className: "wg-shop-legend", textContent: "How many of the critic's parameters have which size" }, box);
    this.layers = html("table", { className: "wg-plan" }, box);
    box.addEventListener("toggle", () => this.draw());
  }

  changed() { this.shop.restart("Settings changed: training starts again."); }

  restart() {
    this.record = { rows: [], estimates: [], looks: [] };
    this.shot = null;
    this.showFields();
    this.preset.value = Object.keys(PRESETS).find(name => sameRun(presetOf(name), this.run)) ?? "";
    this.failure.hidden = true;
    this.heading.textContent = this.title();
    this.thread.send("setup", { id: ++this.number, setup: { ...this.setup, runs: undefined }, run: { ...this.run } });
    this.playing = false;
  }

  title() {
    const { objective, rule } = this.run, choices = key => FIELDS.run.find(field => field.key === key).choices;
    const letter = this.setup.runs.length > 1 ? `${"AB"[this.place]}: ` : "";
    return letter + choices("objective")[objective] + (rule === "none" ? ", no rule" : `, ${choices("rule")[rule]}`);
  }

  told() {
    const { step, criticSteps, full } = this.shot;
    return `${this.title()}: ${step} generator steps, ${criticSteps} critic steps.${full ? " A page remembers no more of them: press Reset." : ""}`;
  }

  play() {
    this.playing = true;
    this.thread.send("play", { rate: this.shop.rate });
  }

  hear(message) {
    this.thread.lives();
    if (message.type === "broken") {
      this.fail(`The training stopped: ${message.message}.`);
      return this.shop.heard(true);
    }
    if (message.id !== this.number) return;
    this.shot = message;
    this.playing = message.playing;
    for (const row of message.rows) {
      this.record.rows.push(row);
      this.record.estimates.push(estimateOf(this.run, row[0]));
    }
    const { step, em, largest, modes, estimate } = message;
    const { looks } = this.record;
    if (em !== null) {
      if (looks.at(-1)?.step === step) looks.pop();
      looks.push({ step, em, largest, modes, estimate });
    }
    // Who asked for less motion gets a picture a second while it trains.
    const later = this.shop.calm.matches && message.playing ? work => setTimeout(work, 1000) : work => this.shop.soon(work);
    later(() => {
      this.draw();
      this.thread.send("seen");
    });
    if (message.failed) this.fail(`It came apart. In run ${"AB"[this.place]}, ${message.failed.message}. Try a smaller rate or another rule, or press Reset.`);
    this.shop.heard(true);
  }

  fail(text) {
    this.failure.textContent = text;
    this.failure.hidden = false;
    this.playing = false;
  }

  draw() {
    const { shot, run } = this;
    if (!shot || !this.root.isConnected) return;
    const colours = coloursOf(this.shop.root), { looks, estimates } = this.record, gan = isGan(run);
    drawPlane(this.plane, shot, colours, this.setup.data === "points" ? this.shop.drawn ?? this.setup.points : null);
    const steps = looks.map(look => look.step);
    const found = gan ? { xs: estimates.map((_, i) => i + 1), ys: estimates, role: "js", dash: [8, 4] }
      : { xs: steps, ys: looks.map(look => look.estimate / look.largest), role: "estimate" };
    drawCurves(this.curves, [found, { xs: steps, ys: looks.map(look => look.em), role: "em" }], shot.step, colours, "");
    this.fillLegend(this.curveLegend, [["em", "— exact EM (units of the plane)"],
      gan ? ["js", "- - JS estimate (nats)"] : ["estimate", "— estimate / K (units of the plane)"]]);
    this.read(shot, gan);
    if (this.inside.open) this.drawInside(shot, colours);
    this.plane.setAttribute("aria-label", `Real and generated points after ${shot.step} generator steps`);
  }

  read(shot, gan) {
    const em = this.record.looks.at(-1)?.em;
    const texts = {
      steps: String(shot.step), em: short(em), slope: short(shot.largest),
      estimate: gan || shot.estimate === null ? "–" : short(shot.estimate),
      calibrated: gan || shot.estimate === null ? "–" : short(shot.estimate / shot.largest),
      js: gan && shot.estimate !== null ? short(shot.estimate) : "–",
      modes: shot.modes ? `${shot.modes[0]} of ${shot.modes[1]}` : "–",
    };
    for (const [key, text] of Object.entries(texts)) this.shown[key].textContent = text;
    const hide = { estimate: gan, calibrated: gan, js: !gan, modes: !shot.modes };
    for (const [key, hidden] of Object.entries(hide)) this.shown[key].parentNode.hidden = hidden;
    Object.assign(this.root.dataset, { step: shot.step, criticSteps: shot.criticSteps, playing: shot.playing, kernels: shot.kernels, thread: this.thread.onPage ? "page" : "worker" });
  }

  drawInside(shot, colours) {
    drawWeights(this.weights, shot.weights, colours);
    const { critic, generator } = shot.layers;
    this.layers.replaceChildren(
      html("caption", { textContent: "Length of each layer's gradient" }), tableRow(["layer", "critic", "generator"], "th"),
      ...critic.map((value, l) => tableRow([l + 1, short(value), short(generator[l])], "td")));
  }

  close() {
    this.thread.close();
    this.root.remove();
  }
}
