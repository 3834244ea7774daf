// One iteration of Algorithm 1 after another, equal to wganlib.train step for step: the same
// start, the same batches, the same order of update, projection and draw.
import { floatsOf, Network } from "./workshop_networks.mjs";
import { NormalisedNetwork } from "./workshop_normalised.mjs";
import { Blocks, CRITIC_NOISE, DATA, EVALUATION, GENERATOR_NOISE, MIXING, QUICK, quickOf, Stream } from "./workshop_streams.mjs";

// --- objectives: scores are not squashed, a discriminator is D = sigmoid(score) -----------------

const softplus = s => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
const sigmoid = s => (s >= 0 ? 1 / (1 + Math.exp(-s)) : Math.exp(s) / (1 + Math.exp(s)));

const minimaxCritic = {
  criticLoss: (real, fake) => softplus(-real) + softplus(fake),
  atReal: s => -sigmoid(-s),
  atFake: s => sigmoid(s),
  estimate: loss => Math.LN2 - loss / 2,
};

const wgan = {
  criticLoss: (real, fake) => fake - real, atReal: () => -1, atFake: () => 1, estimate: loss => -loss,
  generatorLoss: s => -s, generatorGradient: () => -1,
};

/** The derivative of a sigmoid. */
const bell = s => sigmoid(s) * (1 - sigmoid(s));

/** Losses of one pair of scores and their derivatives; means over the batch are taken outside. The
    four in the middle are mistakes, those of wganlib.paper.mistakes. A sigmoid on the critic's output makes
    another function of it: ``squashed`` tells the penalty, and who looks at scores and slopes. */
export const OBJECTIVES = {
  wgan,
  batch_norm: { ...wgan, Critic: NormalisedNetwork },
  sign_flip: { ...wgan, generatorLoss: s => s, generatorGradient: () => 1 },
  hinge: {
    ...wgan, criticLoss: (real, fake) => Math.max(1 - real, 0) + Math.max(1 + fake, 0),
    atReal: s => (s < 1 ? -1 : 0), atFake: s => (s > -1 ? 1 : 0), estimate: loss => 2 - loss,
  },
  sigmoid: {
    ...wgan, squashed: true, criticLoss: (real, fake) => sigmoid(fake) - sigmoid(real),
    atReal: s => -bell(s), atFake: bell, generatorLoss: s => -sigmoid(s), generatorGradient: s => -bell(s),
  },
  minimax: { ...minimaxCritic, generatorLoss: s => -softplus(s), generatorGradient: s => -sigmoid(s) },
  non_saturating: { ...minimaxCritic, generatorLoss: s => softplus(-s), generatorGradient: s => -sigmoid(-s) },
};

// --- Lipschitz rules ------------------------------------------------------------------------

const SMALLEST_SLOPE = 1e-30;
const norm = values => {
  let sum = 0, odd = 0;  // two sums, as each addition waits for the one before
  const last = values.length & ~1;
  for (let i = 0; i < last; i += 2) {
    sum += values[i] * values[i];
    odd += values[i + 1] * values[i + 1];
  }
  if (last < values.length) sum += values[last] * values[last];
  return Math.sqrt(sum + odd);
};

/** The left singular vector of the largest singular value of w (rows, columns), by one-sided
    Jacobi rotations of its rows. */
export function leadingVector(w, rows, columns) {
  const a = Array.from({ length: rows }, (_, r) => Float64Array.from(w.subarray(r * columns, (r + 1) * columns)));
  const v = Array.from({ length: rows }, (_, r) => Float64Array.from({ length: rows }, (_, c) => +(r === c)));
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const small = 1e-17 * a.reduce((sum, row) => sum + dot(row, row), 0);
  const turn = (x, y, cos, sin) => {
    for (let i = 0; i < x.length; i++) [x[i], y[i]] = [cos * x[i] - sin * y[i], sin * x[i] + cos * y[i]];
  };
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let p = 0; p < rows; p++) for (let q = p + 1; q < rows; q++) {
      const off = dot(a[p], a[q]);
      if (Math.abs(off) <= small) continue;
      turned = true;
      const zeta = (dot(a[q], a[q]) - dot(a[p], a[p])) / (2 * off);
      const tan = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
      const cos = 1 / Math.sqrt(1 + tan * tan);
      turn(a[p], a[q], cos, cos * tan);
      turn(v[p], v[q], cos, cos * tan);
    }
  }
  const sizes = a.map(norm);
  return v[sizes.indexOf(Math.max(...sizes))];
}

const nothing = { mixes: false, start() {}, beforeStep() {}, project() {} };

/** What a penalty makes of the slope at a point: its value, and its derivative in the slope over
    the slope itself. */
const towardsOne = ({ weight, oneSided }) => (slope, pull, k) => {
  const size = Math.hypot(slope[k], slope[k + 1]), excess = oneSided ? Math.max(0, size - 1) : size - 1;
  const share = 2 * weight * excess / Math.max(size, SMALLEST_SLOPE);
  pull[k] = slope[k] * share;
  pull[k + 1] = slope[k + 1] * share;
  return weight * excess * excess;
};
const eachTowardsOne = ({ weight }) => (slope, pull, k) => {
  let value = 0;
  for (let j = k; j < k + 2; j++) {
    const excess = Math.abs(slope[j]) - 1;
    pull[j] = weight * excess * Math.sign(slope[j]);
    value += weight / 2 * excess * excess;
  }
  return value;
};

/** Each: what it remembers of a critic, and how it corrects it after a step. */
export const RULES = {
  none: () => nothing,
  clipping: ({ c }) => ({ ...nothing, project: critic => critic.kernels.clip(critic.flat, c) }),
  sphere: ({ radius }) => ({
    ...nothing,
    project(critic) {
      const share = radius / norm(critic.flat);
      for (let i = 0; i < critic.flat.length; i++) critic.flat[i] *= share;
    },
  }),
  penalty: settings => ({ ...nothing, mixes: true, at: towardsOne(settings) }),
  // Mistakes, as in wganlib.paper.mistakes.
  clip_before: ({ c }) => ({ ...nothing, beforeStep: critic => critic.kernels.clip(critic.flat, c) }),
  at_real: settings => ({ ...nothing, mixes: true, realOnly: true, at: towardsOne(settings) }),
  per_coordinate: settings => ({ ...nothing, mixes: true, at: eachTowardsOne(settings) }),
  spectral: () => ({
    ...nothing,
    start(critic) {
      this.vectors = critic.layers.map(({ w, i, o }) => critic.flat.constructor.from(leadingVector(w, i, o)));
      this.project(critic);
    },
    project(critic) {
      critic.layers.forEach(({ w, i, o }, l) => {
        const u = this.vectors[l], v = new critic.flat.constructor(o);
        for (let r = 0; r < i; r++) for (let c = 0; c < o; c++) v[c] += w[r * o + c] * u[r];
        const length = Math.max(norm(v), 1e-30);
        for (let c = 0; c < o; c++) v[c] /= length;
        for (let r = 0; r < i; r++) {
          let sum = 0;
          for (let c = 0; c < o; c++) sum += w[r * o + c] * v[c];
          u[r] = sum;
        }
        const size = norm(u);
        for (let r = 0; r < i; r++) u[r] /= Math.max(size, 1e-30);
        if (size > 1) for (let k = 0; k < w.length; k++) w[k] /= size;
      });
    },
  }),
};

// --- optimisers -------------------------------------------------------------------------------

/** Each: a function that moves parameters by their gradient, with its own memory. */
export const OPTIMISERS = {
  rmsprop: (network, { lr, decay = 0.99, eps = 1e-8 }) => {
    const square = network.kernels.array(network.flat.length);
    return () => network.kernels.rmsprop(network.flat, network.gradient, square, lr, decay, eps);
  },
  adam: (network, { lr, betas = [0, 0.9], eps = 1e-8 }) => {
    const mean = network.kernels.array(network.flat.length), square = network.kernels.array(network.flat.length);
    const powers = [1, 1];
    return () => {
      powers[0] *= betas[0];
      powers[1] *= betas[1];
      network.kernels.adam(network.flat, network.gradient, mean, square, lr, betas, eps, 1 - powers[0], 1 - powers[1]);
    };
  },
  sgd: (network, { lr }) => () => network.kernels.sgd(network.flat, network.gradient, lr),
};

// --- the engine ---------------------------------------------------------------------------------

export const RECORDED = ["critic_loss", "generator_loss", "penalty", "critic_gradient_norm", "generator_gradient_norm"];

/** Numbers that are no longer finite: where, and what was recorded in the step before. */
export class TrainingFailed extends Error {
  constructor(step, lastGood, kept) {
    const numbers = lastGood ? RECORDED.map((name, i) => `${name} ${lastGood[i].toPrecision(6)}`).join(", ") : "none";
    super(`generator step ${step}: expected finite losses, got NaN or infinity; last good: ${numbers}; `
      + `the networks are back at generator step ${kept}`);
    Object.assign(this, { step, lastGood, kept });
  }
}

/** How many points are looked at together, outside of training. */
export const LOOK = 256;

export const sizesOf = ({ width, depth, noise = 2 }) => {
  const hidden = new Array(depth).fill(width);
  return { generator: [noise, ...hidden, 2], critic: [2, ...hidden, 1] };
};

/** How many numbers the arrays of a run take together, at most. */
export function floatsOfRun(run) {
  const { generator, critic } = sizesOf(run), rooms = [run.batch, 2 * run.batch, LOOK];
  return floatsOf(generator, rooms) + floatsOf(critic, rooms) + 32 * run.batch + 1024 + QUICK;
}

export class Engine {
  /** @param run {objective, rule: {name, …}, optimiser: {name, lr, …}, generatorOptimiser, batch,
   *  nCritic, width, depth, activation, seed}
   *  @param draw (n, stream) -> 2 n numbers @param kernels from workshop_kernels.mjs */
  constructor(run, draw, kernels) {
    const { generator, critic } = sizesOf(run), { batch, seed } = run;
    Object.assign(this, { run, batch, seed, draw, kernels, noise: generator[0], done: 0, criticSteps: 0, t: 0, line: 0 });
    this.generator = new Network(generator, run.activation, seed, kernels);
    this.objective = OBJECTIVES[run.objective];
    this.critic = new (this.objective.Critic ?? Network)(critic, run.activation, seed, kernels);
    this.rule = RULES[run.rule.name](run.rule);
    this.moveCritic = OPTIMISERS[run.optimiser.name](this.critic, run.optimiser);
    this.moveGenerator = OPTIMISERS[run.generatorOptimiser.name](this.generator, run.generatorOptimiser);
    const noise = (n, stream) => stream.normals(n * this.noise), quick = kernels.c ? quickOf(kernels) : null;
    this.blocks = {
      real: new Blocks(draw, 2, batch, seed, DATA, quick),
      z: new Blocks(noise, this.noise, batch, seed, CRITIC_NOISE, quick),
      lastZ: new Blocks(noise, this.noise, batch, seed, GENERATOR_NOISE, quick),
      mixing: new Blocks((n, stream) => stream.randoms(n), 1, batch, seed, MIXING, quick),
    };
    this.both = kernels.array(4 * batch);  // real points, then generated ones
    this.real = this.both.subarray(0, 2 * batch);
    this.fake = this.both.subarray(2 * batch);
    this.between = kernels.array(2 * batch);
    this.direction = kernels.array(2 * batch);
    this.bent = kernels.array(batch);
    this.z = kernels.array(this.noise * batch);
    this.mixing = new Float64Array(batch);
    this.criticCotangent = kernels.array(2 * batch);
    this.generatorCotangent = kernels.array(batch);
    this.rule.start(this.critic);
    this.row = null;
    this.keep();
  }

  // The lines of the paper's listing.

  drawReal() { this.blocks.real.copy(this.criticSteps, this.real); }

  drawNoise() { this.blocks.z.copy(this.criticSteps, this.z); }

  criticGradient() {
    const { batch: m, objective, critic, criticCotangent: d } = this;
    this.fake.set(this.generator.forward(this.z, m));
    const scores = critic.forward(this.both, 2 * m, 2);
    let loss = 0;
    for (let i = 0; i < m; i++) {
      loss += objective.criticLoss(scores[i], scores[m + i]) / m;
      d[i] = objective.atReal(scores[i]) / m;
      d[m + i] = objective.atFake(scores[m + i]) / m;
    }
    this.criticLoss = loss;
    critic.backward(d);
    this.penalty = this.rule.mixes ? this.penalise() : 0;
    this.rule.beforeStep(critic);
  }

  penalise() {
    const { batch: m, real, fake, between, direction, critic, rule } = this, { squashed } = this.objective;
    this.blocks.mixing.copy(this.criticSteps, this.mixing);
    const other = rule.realOnly ? real : fake;
    for (let i = 0; i < 2 * m; i++) between[i] = other[i] + this.mixing[i >> 1] * (real[i] - other[i]);
    const scores = squashed && critic.forward(between, m).slice();
    const value = critic.penaliseGradient(between, m, slope => {
      let sum = 0;
      if (squashed) for (let k = 0; k < 2 * m; k++) slope[k] *= bell(scores[k >> 1]);
      for (let k = 0; k < 2 * m; k += 2) sum += rule.at(slope, direction, k) / m;
      for (let k = 0; k < 2 * m; k++) direction[k] /= m;
      // The slope of σ(f) is σ'(f) ∇f: its derivative has a part through ∇f and one through f.
      if (squashed) for (let i = 0; i < m; i++) {
        const along = direction[2 * i] * slope[2 * i] + direction[2 * i + 1] * slope[2 * i + 1];
        this.bent[i] = along * (1 - 2 * sigmoid(scores[i]));
        direction[2 * i] *= bell(scores[i]);
        direction[2 * i + 1] *= bell(scores[i]);
      }
      return [sum, direction];
    });
    if (squashed) {
      const before = critic.gradient.slice();
      critic.forward(between, m);
      critic.backward(this.bent);
      for (let k = 0; k < before.length; k++) critic.gradient[k] += before[k];
    }
    return value;
  }

  project() {
    this.rule.project(this.critic);
    this.criticSteps++;
  }

  drawLastNoise() { this.blocks.lastZ.copy(this.done, this.z); }

  generatorGradient() {
    const { batch: m, objective, critic, generator, generatorCotangent: d } = this;
    const scores = critic.forward(generator.forward(this.z, m), m);
    let loss = 0;
    for (let i = 0; i < m; i++) {
      loss += objective.generatorLoss(scores[i]) / m;
      d[i] = objective.generatorGradient(scores[i]) / m;
    }
    this.generatorLoss = loss;
    generator.backward(critic.pullBack(d));
  }

  record() {
    const row = [this.criticLoss, this.generatorLoss, this.penalty, norm(this.critic.gradient), norm(this.generator.gradient)];
    this.done++;
    if (!row.every(Number.isFinite)) {
      this.giveBack();
      throw new TrainingFailed(this.done, this.row, this.keptStep);
    }
    this.row = row;
  }

  /** The iteration, line by line: yields the number of the line that has been done. */
  *lines() {
    for (this.t = 0; this.t < this.run.nCritic; this.t++) {  // line 2
      this.drawReal(); yield 3;
      this.drawNoise(); yield 4;
      this.criticGradient(); yield 5;
      this.moveCritic(); yield 6;
      this.project(); yield 7;
    }
    this.drawLastNoise(); yield 9;
    this.generatorGradient(); yield 10;
    this.moveGenerator();
    this.record(); yield 11;
  }

  /** Do the next line; returns its number. */
  next() {
    this.pending ??= this.lines();
    this.line = this.pending.next().value;
    if (this.line === 11) this.pending = null;
    return this.line;
  }

  until(line) {
    while (this.next() !== line && this.line !== 11);
    return this.line;
  }

  /** To the end of this critic step, or of the generator's if that is the next. */
  criticStep() { return this.until(7); }

  /** To the end of this iteration; returns what is RECORDED. */
  step() {
    this.until(11);
    return this.row;
  }

  estimate() { return this.objective.estimate(this.criticLoss); }

  // What was finite last, to go back to.

  keep() {
    const flats = [this.generator.flat, this.critic.flat];
    if (!flats.every(flat => flat.every(Number.isFinite))) return;
    this.kept = flats.map(flat => flat.slice());
    this.keptStep = this.done;
  }

  giveBack() {
    this.generator.flat.set(this.kept[0]);
    this.critic.flat.set(this.kept[1]);
  }

  // Looking, which changes nothing.

  /** Real and generated points as wganlib's own evaluation draws them at this step, the slopes of
      the critic at both and between, and the scores. */
  evaluate(points) {
    const stream = new Stream(this.seed, EVALUATION, this.done);
    const real = this.draw(points, stream), z = stream.normals(points * this.noise), mix = stream.randoms(points);
    const fake = this.generator.look(z, LOOK).out;
    const between = real.map((value, i) => mix[i >> 1] * value + (1 - mix[i >> 1]) * fake[i]);
    const where = new Float64Array(6 * points);
    [real, fake, between].forEach((part, i) => where.set(part, 2 * points * i));
    const { out, slope } = this.critic.look(where, LOOK, { slopes: true });
    if (this.objective.squashed) for (let k = 0; k < slope.length; k++) slope[k] *= bell(out[k >> 1]);
    let largest = 0;
    for (let i = 0; i < slope.length; i += 2) largest = Math.max(largest, Math.hypot(slope[i], slope[i + 1]));
    return { real, fake, arrows: slope.slice(2 * points, 4 * points), largest };
  }

  /** The critic's scores on a square of side × side points of [-reach, reach]², row by row from the top. */
  field(reach, side) {
    const points = new Float64Array(2 * side * side), at = i => -reach + 2 * reach * (i + 0.5) / side;
    for (let r = 0; r < side; r++) for (let c = 0; c < side; c++) {
      points[2 * (r * side + c)] = at(c);
      points[2 * (r * side + c) + 1] = -at(r);
    }
    const { out } = this.critic.look(points, LOOK);
    return this.objective.squashed ? out.map(sigmoid) : out;
  }

  /** The norm of each layer's gradient, as the last update saw it. */
  layerNorms() {
    return { critic: this.critic.gradients.map(({ all }) => norm(all)), generator: this.generator.gradients.map(({ all }) => norm(all)) };
  }
}
