// The thread that trains. It takes messages, trains in short turns, so that a message never waits
// long, and sends what there is to see when the page has drawn the last of it.
import { Engine, floatsOfRun, LOOK, TrainingFailed } from "./workshop_engine.mjs";
import { DATA_SETS, reachOf } from "./workshop_data.mjs";
import { PlainKernels, VectorKernels } from "./workshop_kernels.mjs";
import { solve } from "./exact_transport.mjs";

const POINTS = 200, SIDE = 40, BINS = 24;
const TURN = 40;  // milliseconds of training between two looks at the messages
const MOST_STEPS = 50000;  // what a page remembers of a run

/** The engine's run out of the flat settings of the page. */
export function runOf(setup, run) {
  const rule = { name: run.rule, c: run.c, radius: run.radius, weight: run.weight, oneSided: false };
  if (run.rule === "one_sided") Object.assign(rule, { name: "penalty", oneSided: true });
  return {
    objective: run.objective, rule, batch: run.batch, nCritic: run.n_critic, width: run.width, depth: run.depth,
    activation: run.activation, seed: setup.seed,
    optimiser: { name: run.optimiser, lr: run.lr }, generatorOptimiser: { name: run.optimiser, lr: run.generator_lr },
  };
}

/** The first of the modules that this browser knows: with fused products, without; or null, as
    before 128-bit vectors. */
async function compiled(vectors) {
  for (const [fused, bytes] of [[true, vectors.fused], [false, vectors.plain]]) {
    if (!bytes || !WebAssembly.validate(bytes)) continue;
    try {
      return { fused, module: await WebAssembly.compile(bytes) };
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;  // valid, and yet not to be had here
    }
  }
  return null;
}

/** @param precision "float32" or "float64"
 *  @param vectors {fused, plain}: bytes of the WebAssembly modules, any of which may be null */
export async function makeEngine(setup, run, precision, vectors) {
  const settings = runOf(setup, run), draw = DATA_SETS[setup.data].draw(setup);
  const fits = precision === "float32" && run.objective !== "batch_norm";
  const found = fits ? await compiled(vectors) : null;
  const kernels = found
    ? new VectorKernels(found.module, floatsOfRun(settings), found.fused) : new PlainKernels(precision);
  return new Engine(settings, draw, kernels);
}

function coverage(points, centres, radius) {
  const counts = new Int32Array(centres.length);
  for (let i = 0; i < points.length; i += 2) {
    const apart = centres.map(([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y));
    const nearest = apart.indexOf(Math.min(...apart));
    if (apart[nearest] <= radius) counts[nearest]++;
  }
  const enough = 0.2 * points.length / 2 / centres.length;
  return counts.filter(count => count > 0 && count >= enough).length;
}

function histogram(values) {
  let reach = 0;
  for (const value of values) reach = Math.max(reach, Math.abs(value));
  const counts = new Array(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value / reach + 1) / 2 * BINS))]++;
  return { reach, counts };
}

/** What there is to see of an engine. */
export function snapshotOf(engine, setup, { exact }) {
  const { centres, near } = DATA_SETS[setup.data], reach = reachOf(setup), seen = engine.evaluate(POINTS);
  const em = exact ? solve(seen.real, null, seen.fake, null, { dimension: 2 }).cost : null;
  return {
    step: engine.done, criticSteps: engine.criticSteps, line: engine.line, t: engine.t, ...seen, reach, em,
    field: engine.field(reach, SIDE), side: SIDE, estimate: engine.criticSteps || engine.done ? engine.estimate() : null,
    modes: centres ? [coverage(seen.fake, centres(setup), near), centres(setup).length] : null,
    layers: engine.layerNorms(), weights: histogram(engine.critic.flat), kernels: engine.kernels.name,
    row: engine.row,
  };
}

// --- the numbers of a line, for those who step through -----------------------------------------

const short = value => String(+value.toPrecision(3)).replace("-", "−");
const meanOf = (values, width) => "(" + Array.from({ length: width }, (_, c) => {
  let sum = 0;
  for (let i = c; i < values.length; i += width) sum += values[i];
  return short(sum / values.length * width);
}).join(", ") + ")";
const sizeOf = values => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

function ruleNumbers(engine, run) {
  const { flat } = engine.critic;
  if (run.rule === "clip_before") return `${flat.filter(w => Math.abs(w) > Math.fround(run.c)).length} of ${flat.length} parameters lie outside of the box`;
  if (run.rule === "clipping") {
    const at = Math.fround(run.c), held = flat.filter(w => Math.abs(w) >= at).length;
    return `${held} of ${flat.length} parameters lie at the edge of the box`;
  }
  if (engine.rule.mixes) return `no cut here: the penalty, ${short(engine.penalty)}, was in the loss of line 5`;
  if (run.rule === "none") return "no rule: nothing is cut";
  return `the norm of all parameters is now ${short(sizeOf(flat))}`;
}

/** A sentence about the line that has just been done. */
export function numbersOf(engine, run) {
  const { line, batch: m, critic, generator } = engine;
  if (line === 3) return `${m} real points, mean ${meanOf(engine.real, 2)}`;
  if (line === 4 || line === 9) return `${m} draws of noise, mean ${meanOf(engine.z, engine.noise)}`;
  if (line === 5) {
    return `critic's loss ${short(engine.criticLoss)}, gradient of length ${short(sizeOf(critic.gradient))}`;
  }
  if (line === 6) return `${critic.flat.length} parameters moved, now of length ${short(sizeOf(critic.flat))}`;
  if (line === 7) return ruleNumbers(engine, run);
  if (line === 10) {
    return `generator's loss ${short(engine.generatorLoss)}, gradient of length ${short(sizeOf(generator.gradient))}`;
  }
  if (line === 11) return `${generator.flat.length} parameters moved, now of length ${short(sizeOf(generator.flat))}`;
  return "";
}

// --- the loop ------------------------------------------------------------------------------

class Loop {
  constructor(send, turn) { Object.assign(this, { send, turn, playing: false, seen: true, rows: [], ticking: false }); }

  async setup({ id, setup, run, vectors, play, rate }) {
    this.playing = false;
    this.current = setup;
    this.settings = run;
    this.engine = await makeEngine(setup, run, "float32", vectors);
    Object.assign(this, { id, rows: [], failed: null, rate, cost: 0, lastExact: -Infinity, cpu: 0 });
    this.show();
    if (play) this.play({ rate });
  }

  play({ rate }) {
    Object.assign(this, { rate, playing: !this.failed, started: performance.now(), from: this.engine.done });
    if (this.playing && !this.ticking) this.tick();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.show();
  }

  /** What: "line", "critic" or "generator". */
  step({ what }) {
    this.playing = false;
    if (!this.failed && this.engine.done < MOST_STEPS) this.attempt(() => {
      if (what === "line") this.engine.next();
      else if (what === "critic") this.engine.criticStep();
      else this.engine.step();
      if (this.engine.line === 11) this.rows.push(this.engine.row);
    });
    this.show();
  }

  attempt(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TrainingFailed)) throw error;
      this.playing = false;
      this.failed = { message: error.message, step: error.step, kept: error.kept };
    }
  }

  tick() {
    this.ticking = this.playing;
    if (!this.playing) return;
    const start = performance.now(), due = this.rate ? this.from + Math.ceil((start - this.started) / 1000 * this.rate) : Infinity;
    this.attempt(() => {
      while (performance.now() - start < this.turn && this.engine.done < Math.min(due, MOST_STEPS)) this.rows.push(this.engine.step());
    });
    if (this.engine.done >= MOST_STEPS) this.playing = false;
    if (this.seen || !this.playing) this.show();
    this.ticking = this.playing;
    if (this.playing) setTimeout(() => this.tick(), this.engine.done < due ? 0 : 15);
  }

  /** Send a snapshot. The exact distance is solved for as often as a fifth of the time allows. */
  show() {
    if (!this.failed) this.engine.keep();
    const start = performance.now(), exact = !this.playing || start - this.lastExact > 4 * this.cost;
    const shot = snapshotOf(this.engine, this.current, { exact });
    if (exact) {
      this.lastExact = performance.now();
      this.cost = this.lastExact - start;
    }
    this.seen = false;
    this.send({
      type: "snapshot", id: this.id, ...shot, full: this.engine.done >= MOST_STEPS,
      numbers: this.playing ? "" : numbersOf(this.engine, this.settings), rows: this.rows, playing: this.playing, failed: this.failed,
    });
    this.rows = [];
  }
}

/** Answer the messages of a scope, which is a worker's or, where there are none, the page's own.
    One after another: to make an engine takes a while, and who presses Play meanwhile means it. */
export function serve(scope, turn = TURN) {
  const loop = new Loop(message => scope.postMessage(message), turn);
  let last = Promise.resolve();
  scope.onmessage = ({ data }) => {
    if (data.type === "seen") loop.seen = true;
    else last = last.then(() => loop[data.type](data)).catch(({ message }) => scope.postMessage({ type: "broken", message }));
  };
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) serve(self);
