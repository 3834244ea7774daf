// A critic with batch normalisation, the fifth of the book's mistakes: a penalty that looks at its
// gradient sees the sum of all scores, in which every point moves the others' mean and variance.
import { activated, LINEAR, TANH } from "./workshop_kernels.mjs";
import { Network } from "./workshop_networks.mjs";

const EPS = 1e-5;

// Batch normalisation behind each hidden layer, by the batch's own mean and variance:
// y = γ û + β with û = (a − mean) r, r = 1 / √(variance + ε). γ and β follow the other parameters.
export class NormalisedNetwork extends Network {
  constructor(sizes, activation, seed, kernels) {
    const hidden = sizes.slice(1, -1), more = hidden.reduce((sum, size) => sum + size, 0);
    super(sizes, activation, seed, kernels, 2 * more);
    let start = this.flat.length - 2 * more;
    this.norms = hidden.map(size => {
      const cut = flat => [flat.subarray(start, start + size), flat.subarray(start + size, start + 2 * size)];
      const [gamma, beta] = cut(this.flat), [dGamma, dBeta] = cut(this.gradient);
      gamma.fill(1);
      start += 2 * size;
      return { gamma, beta, dGamma, dBeta, size };
    });
  }

  room(n) {
    const room = super.room(n);
    room.norms ??= this.norms.map(({ size }) => ({ unit: this.kernels.array(n * size), scale: [] }));
    return room;
  }

  /** The mean of each column of the rows that a part of the batch has. */
  means(size, first, last, value) {
    const sums = new Float64Array(size);
    for (let r = first; r < last; r++) for (let c = 0; c < size; c++) sums[c] += value(r * size + c, c);
    return sums.map(sum => sum / (last - first));
  }

  /** How many parts the batch is made of: each has a mean and a variance of its own. */
  forward(x, n, parts = 1) {
    const room = this.at = this.room(n), { h } = room;
    room.length = n / parts;
    if (x !== h[0]) h[0].set(x);
    this.layers.forEach(({ w, b, i, o }, l) => {
      this.kernels.affine(h[l], w, b, h[l + 1], n, i, o, LINEAR);
      if (l < this.top) for (let part = 0; part < parts; part++) this.normalise(l, part);
    });
    if (parts > 1) this.held = room.norms.map(({ moments }) => moments);
    return h.at(-1);
  }

  normalise(l, part, held = null) {
    const { at: room, norms } = this, { gamma, beta, size } = norms[l], kept = room.norms[l], a = room.h[l + 1];
    const first = part * room.length, last = first + room.length;
    let moments = held;
    if (!moments) {
      const mean = this.means(size, first, last, k => a[k]);
      moments = { mean, scale: this.means(size, first, last, (k, c) => (a[k] - mean[c]) ** 2).map(v => 1 / Math.sqrt(v + EPS)) };
    }
    kept.scale[part] = moments.scale;
    if (part === 0) kept.moments = moments;
    for (let r = first; r < last; r++) for (let c = 0; c < size; c++) {
      const k = r * size + c;
      kept.unit[k] = (a[k] - moments.mean[c]) * moments.scale[c];
      a[k] = activated(gamma[c] * kept.unit[k] + beta[c], this.kind);
    }
  }

  /** In place: the cotangent of y, pulled back to a, and on the way to γ and β if asked for. */
  through(l, y, { learn = false, held = false } = {}) {
    const { at: room } = this, { gamma, dGamma, dBeta, size } = this.norms[l], { unit, scale } = room.norms[l];
    if (learn) for (let k = 0; k < y.length; k++) {
      dGamma[k % size] += y[k] * unit[k];
      dBeta[k % size] += y[k];
    }
    scale.slice(0, room.n / room.length).forEach((r, part) => {
      const first = part * room.length, last = first + room.length;
      const mean = held ? null : this.means(size, first, last, k => y[k]);
      const along = held ? null : this.means(size, first, last, k => y[k] * unit[k]);
      for (let i = first; i < last; i++) for (let c = 0; c < size; c++) {
        const k = i * size + c;
        y[k] = gamma[c] * r[c] * (held ? y[k] : y[k] - mean[c] - unit[k] * along[c]);
      }
    });
    return y;
  }

  backward(cotangent) {
    for (const { dGamma, dBeta } of this.norms) { dGamma.fill(0); dBeta.fill(0); }
    for (let l = this.top; l >= 0; l--) {
      const { w, b, i, o } = this.gradients[l];
      this.kernels.weights(this.at.h[l], cotangent, w, b, this.at.n, i, o, false);
      if (l) cotangent = this.through(l - 1, this.down(l, cotangent), { learn: true });
    }
  }

  pullBack(cotangent, held = false) {
    for (let l = this.top; l >= 0; l--) {
      cotangent = this.down(l, cotangent);
      if (l) this.through(l - 1, cotangent, { held });
    }
    return cotangent;
  }

  /** The rule's gradient: that of the outputs' derivative in the rule's direction, which is
      taken forward, beside the points, and then pulled back together with them. */
  penaliseGradient(x, n, rule) {
    this.forward(x, n);
    const room = this.at, { h } = room, [value, direction] = rule(this.pullBack(room.ones));
    const make = () => this.sizes.map(size => this.kernels.array(n * size));
    room.up ??= make();
    room.turn ??= make();
    room.rise ??= make();
    room.up[0].set(direction);
    const turns = this.norms.map((_, l) => {
      const { w, i, o } = this.layers[l];
      this.kernels.affine(room.up[l], w, null, room.rise[l + 1], n, i, o, LINEAR);
      return this.turn(l, room);
    });
    let z = room.ones, y = null;
    for (let l = this.top; l >= 0; l--) {
      const { w, i, o } = this.layers[l], { w: dw, b: db } = this.gradients[l];
      this.kernels.weights(room.up[l], z, dw, null, n, i, o, true);
      if (y) {
        this.kernels.weights(h[l], y, dw, null, n, i, o, true);
        for (let k = 0; k < y.length; k++) db[k % o] += y[k];
      }
      if (!l) break;
      this.kernels.back(z, w, h[l], room.turn[l], n, i, o, this.kind);
      if (y) this.kernels.back(y, w, h[l], room.down[l], n, i, o, this.kind);
      else room.down[l].fill(0);
      const { before } = turns[l - 1];  // what the curvature of tanh adds
      if (before) for (let k = 0; k < before.length; k++) room.down[l][k] -= 2 * h[l][k] * before[k] * room.turn[l][k];
      [y, z] = this.pullBoth(l - 1, room.down[l], room.turn[l], turns[l - 1]);
    }
    return value;
  }

  /** The direction behind the norm of layer l, out of that before it (rise): what the pulling back needs. */
  turn(l, room) {
    const { gamma, size } = this.norms[l], { unit, scale: [r] } = room.norms[l], rise = room.rise[l + 1];
    const mean = this.means(size, 0, room.n, k => rise[k]);
    const along = this.means(size, 0, room.n, (k, c) => unit[k] * (rise[k] - mean[c]));
    for (let k = 0; k < rise.length; k++) {
      const c = k % size, turned = r[c] * (rise[k] - mean[c] - unit[k] * along[c]);
      room.up[l + 1][k] = gamma[c] * turned;
    }
    const before = this.kind === TANH ? room.up[l + 1].slice() : null;
    this.kernels.derive(room.up[l + 1], room.h[l + 1], rise.length, this.kind);
    return { rise, mean, along, before };
  }

  /** In place: the cotangents of y and of its direction, pulled back to a and to its direction. */
  pullBoth(l, y, z, { rise, mean, along }) {
    const { at: { n, norms } } = this, { gamma, dGamma, dBeta, size } = this.norms[l], { unit, scale: [r] } = norms[l];
    const inUnit = new Float64Array(y.length), inRise = new Float64Array(y.length), inScale = new Float64Array(size);
    const back = this.means(size, 0, n, (k, c) => -r[c] * gamma[c] * z[k] * unit[k]);
    for (let k = 0; k < y.length; k++) {
      const c = k % size, centred = rise[k] - mean[c], turned = centred - unit[k] * along[c], push = gamma[c] * z[k];
      dGamma[c] += y[k] * unit[k] + z[k] * r[c] * turned;
      dBeta[c] += y[k];
      inUnit[k] = gamma[c] * y[k] - r[c] * along[c] * push + back[c] * centred;
      inRise[k] = r[c] * push + back[c] * unit[k];
      inScale[c] += push * turned + inUnit[k] * unit[k] / r[c];
    }
    const inA = inUnit.map((value, k) => r[k % size] * value - r[k % size] ** 2 * inScale[k % size] * unit[k] / n);
    const meanA = this.means(size, 0, n, k => inA[k]), meanRise = this.means(size, 0, n, k => inRise[k]);
    for (let k = 0; k < y.length; k++) {
      y[k] = inA[k] - meanA[k % size];
      z[k] = inRise[k] - meanRise[k % size];
    }
    return [y, z];
  }

  /** With mean and variance of the last real batch held still, so that each point is looked at
      alone; before the first batch, with those of the points that are looked at. */
  look(points, _inSteps, { slopes = false } = {}) {
    const n = points.length / this.sizes[0], room = this.at = this.room(n);
    room.length = n;
    room.h[0].set(points);
    this.layers.forEach(({ w, b, i, o }, l) => {
      this.kernels.affine(room.h[l], w, b, room.h[l + 1], n, i, o, LINEAR);
      if (l < this.top) this.normalise(l, 0, this.held?.[l]);
    });
    this.held ??= room.norms.map(({ moments }) => moments);
    return { out: Float64Array.from(room.h.at(-1)), slope: slopes ? Float64Array.from(this.pullBack(room.ones, true)) : null };
  }
}
