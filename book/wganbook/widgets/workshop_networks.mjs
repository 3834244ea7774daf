// A fully connected network with its two directions written out, as wganlib.training.networks has them:
// layer l computes a = h W + b and hands on φ(a). All parameters lie in one flat array.
import { LINEAR, RELU, LEAKY, TANH } from "./workshop_kernels.mjs";
import { INITIAL, Stream } from "./workshop_streams.mjs";

export const ACTIVATIONS = { relu: RELU, leaky_relu: LEAKY, tanh: TANH };

const total = numbers => numbers.reduce((sum, n) => sum + n, 0);
export const parametersOf = sizes => total(sizes.slice(1).map((b, l) => (sizes[l] + 1) * b));

/** How many numbers a network's arrays take, with rooms for so many points each. */
export const floatsOf = (sizes, rooms) =>
  4 * parametersOf(sizes) + total(rooms) * 5 * (total(sizes) + sizes.length);

export class Network {
  /** @param more how many parameters a relative has besides weights and biases */
  constructor(sizes, activation, seed, kernels, more = 0) {
    this.sizes = sizes;
    this.kernels = kernels;
    this.kind = ACTIVATIONS[activation];
    this.top = sizes.length - 2;
    const count = parametersOf(sizes) + more;
    this.flat = kernels.array(count);
    this.gradient = kernels.array(count);
    this.layers = this.views(this.flat);
    this.gradients = this.views(this.gradient);
    this.rooms = new Map();
    const draw = new Stream(seed, INITIAL, ...sizes);
    let at = 0;
    sizes.slice(0, -1).forEach((width, l) => {
      const scale = Math.sqrt(width), end = at + (width + 1) * sizes[l + 1];
      for (; at < end; at++) this.flat[at] = (-1 + 2 * draw.random()) / scale;
    });
  }

  /** Each layer's weight, bias, and both together, as views of a flat array. */
  views(flat) {
    let start = 0;
    return this.sizes.slice(0, -1).map((i, l) => {
      const o = this.sizes[l + 1], middle = start + i * o, end = middle + o;
      const view = { w: flat.subarray(start, middle), b: flat.subarray(middle, end), all: flat.subarray(start, end), i, o };
      start = end;
      return view;
    });
  }

  /** Memory for n points on their way: h[l] enters layer l, down[l] is its cotangent. */
  room(n) {
    if (!this.rooms.has(n)) {
      const make = () => this.sizes.map(size => this.kernels.array(n * size));
      const room = { n, h: make(), down: make(), ones: this.kernels.array(n * this.sizes.at(-1)) };
      room.ones.fill(1);
      this.rooms.set(n, room);
    }
    return this.rooms.get(n);
  }

  /** Outputs at n points, kept for backward and pullBack. */
  forward(x, n) {
    const room = this.at = this.room(n);
    if (x !== room.h[0]) room.h[0].set(x);
    this.layers.forEach(({ w, b, i, o }, l) => {
      this.kernels.affine(room.h[l], w, b, room.h[l + 1], n, i, o, l < this.top ? this.kind : LINEAR);
    });
    return room.h.at(-1);
  }

  down(l, cotangent) {
    const { w, i, o } = this.layers[l], { n, h, down } = this.at;
    this.kernels.back(cotangent, w, l ? h[l] : null, down[l], n, i, o, this.kind);
    return down[l];
  }

  /** Set the gradient to the cotangent of the outputs, pulled back to the parameters. */
  backward(cotangent) {
    for (let l = this.top; l >= 0; l--) {
      const { w, b, i, o } = this.gradients[l];
      this.kernels.weights(this.at.h[l], cotangent, w, b, this.at.n, i, o, false);
      if (l) cotangent = this.down(l, cotangent);
    }
  }

  /** The cotangent pulled back to the input; the gradient stays. */
  pullBack(cotangent) {
    for (let l = this.top; l >= 0; l--) cotangent = this.down(l, cotangent);
    return cotangent;
  }

  /** Add to the gradient that of a rule about the slope at n points, by differentiating twice:
      down to the slopes, up again with the rule's own derivative. rule(slopes) returns
      [value, derivative]; the value comes back. */
  penaliseGradient(x, n, rule) {
    this.forward(x, n);
    const room = this.at;
    room.up ??= this.sizes.map(size => this.kernels.array(n * size));
    const slopes = new Array(this.top + 1);
    slopes[this.top] = room.ones;
    for (let l = this.top; l > 0; l--) slopes[l - 1] = this.down(l, slopes[l]);
    const [value, direction] = rule(this.down(0, slopes[0]));
    let u = direction;
    const bends = this.kind === TANH ? [] : null;
    for (let l = 0; l <= this.top; l++) {
      const { i, o } = this.layers[l];
      this.kernels.weights(u, slopes[l], this.gradients[l].w, null, n, i, o, true);
      if (l === this.top) break;
      const up = room.up[l + 1], h = room.h[l + 1];
      this.kernels.affine(u, this.layers[l].w, null, up, n, i, o, LINEAR);
      bends?.push(up.map((value, k) => value * -2 * h[k] * slopes[l][k]));
      this.kernels.derive(up, h, n * o, this.kind);
      u = up;
    }
    if (bends?.length) this.addBends(bends);
    return value;
  }

  /** What the curvature of tanh adds: an ordinary backward from every layer. */
  addBends(bends) {
    const { n, h } = this.at, room = this.at;
    room.bend ??= this.sizes.map(size => this.kernels.array(n * size));
    room.bias ??= this.kernels.array(Math.max(...this.sizes));
    let cotangent = room.bend[bends.length];
    cotangent.set(bends.at(-1));
    for (let l = bends.length - 1; l >= 0; l--) {
      const { w, b, i, o } = this.gradients[l];
      this.kernels.weights(h[l], cotangent, w, null, n, i, o, true);
      for (let r = 0; r < n; r++) for (let c = 0; c < o; c++) b[c] += cotangent[r * o + c];
      if (!l) break;
      const below = this.down(l, cotangent), next = room.bend[l];
      for (let k = 0; k < below.length; k++) next[k] = below[k] + bends[l - 1][k];
      cotangent = next;
    }
  }

  /** Outputs, and slopes if asked for, at any number of points, a full room at a time. */
  look(points, inSteps, { slopes = false } = {}) {
    const [i, o] = [this.sizes[0], this.sizes.at(-1)], n = points.length / i, part = new Float64Array(inSteps * i);
    const out = new Float64Array(n * o), slope = slopes ? new Float64Array(n * i) : null;
    for (let first = 0; first < n; first += inSteps) {
      const count = Math.min(inSteps, n - first);
      part.set(points.subarray(first * i, (first + count) * i));
      out.set(this.forward(part, inSteps).subarray(0, count * o), first * o);
      if (slopes) slope.set(this.pullBack(this.at.ones).subarray(0, count * i), first * i);
    }
    return { out, slope };
  }
}
