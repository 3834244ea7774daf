// The random streams of wganlib, number for number: NumPy's SeedSequence, its PCG64, and how
// its Generator makes uniform, normal and bounded whole numbers of them. A run on the page
// therefore sees the batches that wganlib.train sees, and starts from the same weights.
// Sources: O'Neill (2014), PCG; Marsaglia and Tsang (2000), the ziggurat; numpy.random.

// --- seeds: 32-bit hashing -------------------------------------------------------------

const POOL = 4;

function words(number) {
  // A whole number below 2^53 as 32-bit words, the lowest first, at least one.
  const high = Math.floor(number / 4294967296);
  return high ? [number >>> 0, high >>> 0] : [number >>> 0];
}

function seedSequence(seed, key) {
  const entropy = words(seed);
  if (key.length) while (entropy.length < POOL) entropy.push(0);
  for (const part of key) entropy.push(...words(part));
  let constant = 0x43b0d7e5;
  const hash = value => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mix = (x, y) => {
    const both = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return both ^ (both >>> 16);
  };
  const pool = Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  for (const word of entropy.slice(POOL)) {
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hash(word));
  }
  return pool;
}

function stateOf(pool, count) {
  let constant = 0x8b51f9dd;
  return Array.from({ length: count }, (_, i) => {
    let word = pool[i % POOL] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    word = Math.imul(word, constant);
    return (word ^ (word >>> 16)) >>> 0;
  });
}

// --- PCG64: a 128-bit congruential state in four 32-bit words, lowest first ---------------

const M0 = 0x9fccf645 | 0, M1 = 0x4385df64 | 0, M2 = 0x1fc65da4 | 0, M3 = 0x2360ed05 | 0;

// The high word of a 32-bit product; Math.imul gives the low one.
function highWord(a, b) {
  const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) >>> 0;
  const other = (Math.imul(a0, b1) + (middle & 0xffff)) >>> 0;
  return (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) >>> 0;
}

// The ziggurat of 256 strips of equal area under exp(-x²/2), from the widest strip up.
const TAIL = 3.6541528853610087963519472518, AREA = 0.00492867323397465524494;
const STRIPS = (() => {
  const inside = new Float64Array(256), width = new Float64Array(256), height = new Float64Array(256);
  const scale = 2 ** 52;
  let edge = TAIL;
  height[255] = Math.exp(-0.5 * TAIL * TAIL);
  width[255] = TAIL / scale;
  inside[0] = Math.floor(TAIL * height[255] / AREA * scale);
  width[0] = AREA / height[255] / scale;
  height[0] = 1;
  for (let i = 254; i > 0; i--) {
    const x = Math.sqrt(-2 * Math.log(AREA / edge + height[i + 1]));
    inside[i + 1] = Math.floor(x / edge * scale);
    width[i] = x / scale;
    height[i] = Math.exp(-0.5 * x * x);
    edge = x;
  }
  return { inside, width, height };
})();

// --- many numbers at once -------------------------------------------------------------------

const MOST = 2048;
/** How many float32 numbers the room of quickOf takes. */
export const QUICK = 16 + 1024 + 2 * MOST;

/** What draws uniform and normal numbers in WebAssembly: the same to the last bit, several times
    faster. @param kernels those of workshop_kernels.mjs with vectors */
export function quickOf(kernels) {
  const { buffer, byteOffset: state } = kernels.array(QUICK), tables = state + 64, numbers = tables + 4096;
  new Float64Array(buffer, tables, 512).set([...STRIPS.inside, ...STRIPS.width]);
  return {
    words: new Int32Array(buffer, state, 8), numbers: new Float64Array(buffer, numbers, MOST),
    randoms: n => kernels.c.randoms(state, numbers, n),
    normals: n => kernels.c.normals(state, numbers, n, tables, tables + 2048),
  };
}

/** numpy.random.default_rng(SeedSequence(seed, spawn_key=key)). */
export class Stream {
  constructor(seed, ...key) {
    this.quick = null;  // or what quickOf returns
    const w = stateOf(seedSequence(seed, key), 8);
    // NumPy fills 64-bit numbers, the high half of 128 bits first: [1 0] [3 2] [5 4] [7 6].
    const start = [w[2], w[3], w[0], w[1]], sequence = [w[6], w[7], w[4], w[5]];
    this.c = Uint32Array.from(sequence, (word, i) => (word << 1) | (i ? sequence[i - 1] >>> 31 : 1));
    this.s = new Int32Array(4);  // typed, as plain fields would put every word on the heap
    this.out = new Int32Array(2);  // the last 64 bits, low half first
    this.kept = null;  // half of them, while only 32 were asked for
    this.advance();
    let carry = 0;
    const sum = [...this.s].map((word, i) => {
      const total = (word >>> 0) + start[i] + carry;
      carry = total > 0xffffffff ? 1 : 0;
      return total | 0;
    });
    this.s.set(sum);
    this.advance();
  }

  advance() {
    const s = this.s, c = this.c, s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
    // Column by column of the product, each below 2^36; what is above 32 bits is carried.
    let t = (Math.imul(s0, M0) >>> 0) + c[0];
    s[0] = t | 0;
    t = (t >= 4294967296 ? 1 : 0) + highWord(s0, M0) + (Math.imul(s0, M1) >>> 0)
      + (Math.imul(s1, M0) >>> 0) + c[1];
    s[1] = t | 0;
    t = Math.floor(t / 4294967296) + highWord(s0, M1) + highWord(s1, M0) + (Math.imul(s0, M2) >>> 0)
      + (Math.imul(s1, M1) >>> 0) + (Math.imul(s2, M0) >>> 0) + c[2];
    s[2] = t | 0;
    // Of the last column only the low word counts.
    s[3] = (Math.floor(t / 4294967296) + highWord(s0, M2) + highWord(s1, M1) + highWord(s2, M0)
      + Math.imul(s0, M3) + Math.imul(s1, M2) + Math.imul(s2, M1) + Math.imul(s3, M0) + c[3]) | 0;
  }

  next64() {
    this.advance();
    const s = this.s, low = s[0] ^ s[2], high = s[1] ^ s[3], turn = s[3] >>> 26, by = turn & 31;
    const a = turn & 32 ? high : low, b = turn & 32 ? low : high;  // rotated by whole words
    this.out[0] = by ? (a >>> by) | (b << (32 - by)) : a;
    this.out[1] = by ? (b >>> by) | (a << (32 - by)) : b;
  }

  next32() {
    if (this.kept !== null) {
      const word = this.kept;
      this.kept = null;
      return word;
    }
    this.next64();
    this.kept = this.out[1] >>> 0;
    return this.out[0] >>> 0;
  }

  random() {
    this.next64();
    return ((this.out[1] >>> 5) * 67108864 + (((this.out[1] & 31) << 21) | (this.out[0] >>> 11))) / 9007199254740992;
  }

  /** A whole number in [0, below), by Lemire's way; below at most 2^32 - 1. */
  below(bound) {
    let word = this.next32(), low = Math.imul(word, bound) >>> 0;
    if (low < bound) {
      const threshold = (4294967296 - bound) % bound;
      while (low < threshold) {
        word = this.next32();
        low = Math.imul(word, bound) >>> 0;
      }
    }
    return highWord(word, bound);
  }

  normal() {
    const { inside, width, height } = STRIPS;
    for (;;) {
      this.next64();
      const low = this.out[0], strip = low & 255, negative = low & 256;
      const whole = (this.out[1] & 0x1fffffff) * 8388608 + (low >>> 9);
      const x = negative ? -whole * width[strip] : whole * width[strip];
      if (whole < inside[strip]) return x;
      if (strip === 0) return this.tail((low >>> 17) & 1);
      const upper = height[strip - 1], lower = height[strip];
      if ((upper - lower) * this.random() + lower < Math.exp(-0.5 * x * x)) return x;
    }
  }

  tail(negative) {
    for (;;) {
      const x = -Math.log1p(-this.random()) / TAIL, y = -Math.log1p(-this.random());
      if (y + y > x * x) return negative ? -(TAIL + x) : TAIL + x;
    }
  }

  randoms(n) { return this.many(n, "randoms", "random"); }

  normals(n) { return this.many(n, "normals", "normal"); }

  /** The module stops before a normal number that its strip does not settle; that one is drawn here. */
  many(n, all, one) {
    const out = new Float64Array(n), { quick } = this;
    for (let i = 0; i < n;) {
      if (quick) {
        quick.words.set(this.s);
        quick.words.set(this.c, 4);
        const drawn = quick[all](Math.min(n - i, MOST));
        this.s.set(quick.words.subarray(0, 4));
        out.set(quick.numbers.subarray(0, drawn), i);
        i += drawn;
      }
      if (i < n) out[i++] = this[one]();
    }
    return out;
  }
}

/** What a run's streams are for, as in wganlib. */
const INITIAL = 0, DATA = 1, CRITIC_NOISE = 2, GENERATOR_NOISE = 3, MIXING = 4, EVALUATION = 5;
export { INITIAL, DATA, CRITIC_NOISE, GENERATOR_NOISE, MIXING, EVALUATION };

/** Draws for many steps at once, from streams addressed by block, as wganlib.training.draws.Blocks. */
export class Blocks {
  constructor(draw, size, batch, seed, purpose, quick) {
    Object.assign(this, { draw, size, batch, seed, purpose, quick });
    this.length = Math.max(1, Math.min(256, Math.floor(65536 / (batch * size))));
    this.number = -1;
    this.block = null;
  }

  /** Copy the batch of one step into a buffer. */
  copy(step, into) {
    const number = Math.floor(step / this.length), width = this.batch * this.size;
    if (number !== this.number) {
      const stream = new Stream(this.seed, this.purpose, number);
      stream.quick = this.quick;
      this.block = this.draw(this.length * this.batch, stream);
      this.number = number;
    }
    const first = (step - number * this.length) * width;
    into.set(this.block.subarray(first, first + width));
  }
}
