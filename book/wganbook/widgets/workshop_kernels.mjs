// The arithmetic of the workshop: products of matrices with what stands around them, and the
// optimisers. Twice: in JavaScript for any precision, and in WebAssembly (two modules from
// workshop_kernels.c) for float32. All read and write typed arrays; the engine sees no difference.

const LEAKY_SLOPE = 0.2, MOMENT_FLOOR = 1e-30;
const LINEAR = 0, RELU = 1, LEAKY = 2, TANH = 3;
export { LINEAR, RELU, LEAKY, TANH };

/** φ of one number. */
export const activated = (a, kind) => (kind === TANH ? Math.tanh(a) : a >= 0 ? a : kind === LEAKY ? LEAKY_SLOPE * a : 0);

// φ in place, and a cotangent times φ', which is read off the output h.
function activate(a, count, kind) {
  if (kind === RELU) { for (let i = 0; i < count; i++) if (a[i] < 0) a[i] = 0; }
  else if (kind === LEAKY) { for (let i = 0; i < count; i++) if (a[i] < 0) a[i] *= LEAKY_SLOPE; }
  else if (kind === TANH) { for (let i = 0; i < count; i++) a[i] = Math.tanh(a[i]); }
}

function derive(d, h, count, kind) {
  if (kind === RELU) { for (let i = 0; i < count; i++) if (h[i] <= 0) d[i] = 0; }
  else if (kind === LEAKY) { for (let i = 0; i < count; i++) if (h[i] <= 0) d[i] *= LEAKY_SLOPE; }
  else if (kind === TANH) { for (let i = 0; i < count; i++) d[i] *= 1 - h[i] * h[i]; }
}

/** Kernels in JavaScript, for Float64Array or Float32Array. Matrices lie row by row. */
export class PlainKernels {
  constructor(precision) {
    this.name = `JavaScript, ${precision}`;
    this.Type = precision === "float64" ? Float64Array : Float32Array;
  }

  array(length) { return new this.Type(length); }

  /** y (n, o) = φ(x (n, i) w (i, o) + b); b may be null. */
  affine(x, w, b, y, n, i, o, kind) {
    for (let r = 0; r < n; r++) {
      const to = r * o;
      for (let c = 0; c < o; c++) y[to + c] = b ? b[c] : 0;
      for (let k = 0; k < i; k++) {
        const factor = x[r * i + k], from = k * o;
        if (factor !== 0) for (let c = 0; c < o; c++) y[to + c] += factor * w[from + c];
      }
    }
    activate(y, n * o, kind);
  }

  /** w' (i, o) = x' d, and b' the sums of d's columns; or added to what is there, without b'. */
  weights(x, d, dw, db, n, i, o, add) {
    if (!add) dw.fill(0);
    db?.fill(0);
    for (let r = 0; r < n; r++) {
      const from = r * o;
      if (db) for (let c = 0; c < o; c++) db[c] += d[from + c];
      for (let k = 0; k < i; k++) {
        const factor = x[r * i + k], to = k * o;
        if (factor !== 0) for (let c = 0; c < o; c++) dw[to + c] += factor * d[from + c];
      }
    }
  }

  /** e (n, i) = d (n, o) w' times φ'(h); h may be null. */
  back(d, w, h, e, n, i, o, kind) {
    for (let r = 0; r < n; r++) {
      for (let k = 0; k < i; k++) {
        if (h && kind === RELU && h[r * i + k] <= 0) { e[r * i + k] = 0; continue; }
        let sum = 0;
        for (let c = 0; c < o; c++) sum += d[r * o + c] * w[k * o + c];
        e[r * i + k] = sum;
      }
    }
    if (h && kind !== RELU) derive(e, h, n * i, kind);
  }

  derive(d, h, count, kind) { derive(d, h, count, kind); }

  rmsprop(p, g, square, lr, decay, eps) {
    const share = 1 - decay;
    for (let i = 0; i < p.length; i++) {
      const s = square[i] + share * (g[i] * g[i] - square[i]);
      square[i] = s > MOMENT_FLOOR ? s : MOMENT_FLOOR;
      p[i] -= lr * g[i] / (Math.sqrt(square[i]) + eps);
    }
  }

  /** first and second are 1 - β^t of the two means. */
  adam(p, g, mean, square, lr, betas, eps, first, second) {
    const [a, b] = [1 - betas[0], 1 - betas[1]], root = Math.sqrt(second);
    for (let i = 0; i < p.length; i++) {
      mean[i] += a * (g[i] - mean[i]);
      const s = square[i] + b * (g[i] * g[i] - square[i]);
      square[i] = s > MOMENT_FLOOR ? s : MOMENT_FLOOR;
      p[i] -= lr * mean[i] / ((Math.sqrt(square[i]) / root + eps) * first);
    }
  }

  sgd(p, g, lr) { for (let i = 0; i < p.length; i++) p[i] -= lr * g[i]; }

  clip(p, c) {
    for (let i = 0; i < p.length; i++) p[i] = p[i] > c ? c : p[i] < -c ? -c : p[i];
  }
}

const PAGE = 65536, FIRST = 2 * PAGE;  // below lie the module's stack and its scratch space

/** Kernels in WebAssembly with 128-bit vectors, float32 alone. */
export class VectorKernels {
  /** @param module compiled from workshop_kernels.wasm, or with fused products from its sibling
   *  @param floats how many numbers all arrays of this engine take together, at most */
  constructor(module, floats, fused) {
    this.name = `WebAssembly${fused ? " with fused products" : ""}, float32`;
    const pages = 3 + Math.ceil((floats * 4 + 65536) / PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.next = FIRST;
    this.c = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports;
  }

  array(length) {
    const start = this.next;
    this.next = (start + 4 * length + 15) & ~15;
    if (this.next > this.memory.buffer.byteLength) throw new RangeError("kernels: out of memory");
    return new Float32Array(this.memory.buffer, start, length);
  }

  affine(x, w, b, y, n, i, o, kind) {
    this.c.affine(x.byteOffset, w.byteOffset, b ? b.byteOffset : 0, y.byteOffset, n, i, o, kind);
    if (kind === TANH) activate(y, n * o, kind);
  }
  weights(x, d, dw, db, n, i, o, add) {
    this.c.weights(x.byteOffset, d.byteOffset, dw.byteOffset, db ? db.byteOffset : 0, n, i, o, add ? 1 : 0);
  }
  back(d, w, h, e, n, i, o, kind) {
    this.c.back(d.byteOffset, w.byteOffset, h ? h.byteOffset : 0, e.byteOffset, n, i, o, kind);
    if (h && kind === TANH) derive(e, h, n * i, kind);
  }
  derive(d, h, count, kind) { derive(d, h, count, kind); }
  rmsprop(p, g, square, lr, decay, eps) {
    this.c.rmsprop(p.byteOffset, g.byteOffset, square.byteOffset, p.length, lr, 1 - decay, eps);
  }
  adam(p, g, mean, square, lr, betas, eps, first, second) {
    this.c.adam(p.byteOffset, g.byteOffset, mean.byteOffset, square.byteOffset, p.length,
      lr, 1 - betas[0], 1 - betas[1], eps, first, Math.sqrt(second));
  }
  sgd(p, g, lr) { this.c.sgd(p.byteOffset, g.byteOffset, p.length, lr); }
  clip(p, c) { this.c.clip(p.byteOffset, p.length, c); }
}
