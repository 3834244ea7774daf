/* The workshop's arithmetic in float32 with 128-bit vectors: see workshop_kernels.mjs.
   tools/build_kernels.py compiles it. No library is linked; arrays belong to the caller. */
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
typedef float *restrict Out;
typedef const float *In;

enum { LINEAR, RELU, LEAKY };
#define SLOPE 0.2f
#define FLOOR 1e-30f

/* Room for one transposed weight matrix, 128 x 128 at most: the second page of the memory, which
   workshop_kernels.mjs leaves free. (An array of C's own would lie in the file, zero by zero.) */
#define ROOM ((float *)65536)

/* c (rows, m) = [c or 0 or bias] + a b, with a (rows, k) at any strides and b (k, m) dense; and
   then as it is, or no less than 0, or 0 where h (rows, m) is not positive. */
enum { PLAIN, POSITIVE, MASKED };
#define EXTRA In bias, int add, In h, int finish

#define INLINE static inline __attribute__((always_inline))

INLINE v128_t start(In c, In bias, int add) {
  return add ? wasm_v128_load(c) : bias ? wasm_v128_load(bias) : wasm_f32x4_splat(0);
}

INLINE void end(float *c, v128_t s, In h, int finish) {
  v128_t none = wasm_f32x4_splat(0);
  if (finish == POSITIVE) s = wasm_f32x4_pmax(s, none);  /* keeps a NaN, as s < 0 ? 0 : s does */
  else if (finish == MASKED) s = wasm_v128_and(s, wasm_f32x4_gt(wasm_v128_load(h), none));
  wasm_v128_store(c, s);
}

/* The one difference of the two modules: a product and its sum rounded once where the machine can
   do that, at up to twice the rate, or twice as in JavaScript. */
#ifdef FUSED
#if __has_builtin(__builtin_wasm_relaxed_madd_f32x4)
#define MADD(acc, x, y) acc = __builtin_wasm_relaxed_madd_f32x4(x, y, acc)
#else  /* its name in clang 15 */
#define MADD(acc, x, y) acc = __builtin_wasm_fma_f32x4(x, y, acc)
#endif
#else
#define MADD(acc, x, y) acc = wasm_f32x4_add(acc, wasm_f32x4_mul(x, y))
#endif

/* R rows and 4 V columns at a time stay in registers. Unrolled, or with six rows, it is slower:
   a browser's compiler then keeps sums in memory. */
INLINE void block(const int R, const int V, In a, int row, int step, In b, float *c, int k, int m, EXTRA) {
  v128_t s[4][4];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) s[r][v] = start(c + r * m + 4 * v, bias ? bias + 4 * v : 0, add);
#pragma clang loop unroll(disable)
  for (int i = 0; i < k; i++) {
    v128_t y[4];
    for (int v = 0; v < V; v++) y[v] = wasm_v128_load(b + i * m + 4 * v);
    for (int r = 0; r < R; r++) {
      v128_t x = wasm_v128_load32_splat(a + r * row + i * step);
      for (int v = 0; v < V; v++) MADD(s[r][v], x, y[v]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) end(c + r * m + 4 * v, s[r][v], h ? h + r * m + 4 * v : 0, finish);
}

/* Rows in fours, columns in eights; returns how many rows are done. */
INLINE int blocks(In a, int row, int step, In b, float *c, int rows, int k, int m, EXTRA) {
  int r = 0;
  for (; r + 4 <= rows; r += 4)
    for (int j = 0; j + 8 <= m; j += 8)
      block(4, 2, a + r * row, row, step, b + j, c + r * m + j, k, m, bias ? bias + j : 0, add,
            h ? h + r * m + j : 0, finish);
  return r;
}

/* What is left of a row after columns in eights. */
static void rest(In a, int step, In b, float *c, int j, int k, int m, EXTRA) {
  for (; j + 4 <= m; j += 4) {
    v128_t s = start(c + j, bias ? bias + j : 0, add);
    for (int i = 0; i < k; i++) MADD(s, wasm_v128_load32_splat(a + i * step), wasm_v128_load(b + i * m + j));
    end(c + j, s, h ? h + j : 0, finish);
  }
  for (; j < m; j++) {
    float s = add ? c[j] : bias ? bias[j] : 0;
    for (int i = 0; i < k; i++) s += a[i * step] * b[i * m + j];
    c[j] = finish == POSITIVE && s < 0 ? 0 : finish == MASKED && !(h[j] > 0) ? 0 : s;
  }
}

/* Strides that the compiler knows cost no addition: layers of 32 and 64 are what readers train. */
static void multiply(In a, int row, int step, In b, float *c, int rows, int k, int m, EXTRA) {
  int r, whole = m & ~7;
#define KNOWN(W)                                                                               \
  else if (m == W && k == W && row == W && step == 1)                                          \
    r = blocks(a, W, 1, b, c, rows, W, W, bias, add, h, finish);                               \
  else if (m == W && row == 1 && step == W)                                                    \
    r = blocks(a, 1, W, b, c, rows, k, W, 0, add, 0, PLAIN);
  if (rows < 4) r = 0;
  KNOWN(64)
  KNOWN(32)
  else r = blocks(a, row, step, b, c, rows, k, m, bias, add, h, finish);
#undef KNOWN
  if (whole < m)
    for (int q = 0; q < r; q++)
      rest(a + q * row, step, b, c + q * m, whole, k, m, bias, add, h ? h + q * m : 0, finish);
  for (; r < rows; r++) {
    In mask = h ? h + r * m : 0;
    int j = 0;
    for (; j + 16 <= m; j += 16)
      block(1, 4, a + r * row, row, step, b + j, c + r * m + j, k, m, bias ? bias + j : 0, add, h ? mask + j : 0, finish);
    rest(a + r * row, step, b, c + r * m, j, k, m, bias, add, mask, finish);
  }
}

static float dot(In a, In b, int k) {
  v128_t s = wasm_f32x4_splat(0), t = s;
  int i = 0;
  for (; i + 8 <= k; i += 8) {
    MADD(s, wasm_v128_load(a + i), wasm_v128_load(b + i));
    MADD(t, wasm_v128_load(a + i + 4), wasm_v128_load(b + i + 4));
  }
  s = wasm_f32x4_add(s, t);
  float sum = (wasm_f32x4_extract_lane(s, 0) + wasm_f32x4_extract_lane(s, 2)) +
              (wasm_f32x4_extract_lane(s, 1) + wasm_f32x4_extract_lane(s, 3));
  for (; i < k; i++) sum += a[i] * b[i];
  return sum;
}

/* y[r stride] = bias + a's row r times v, for n rows. */
static void column(In a, In v, float *y, int stride, int n, int k, float bias) {
  int r = 0;
  for (; r + 4 <= n; r += 4) {
    In f = a + r * k;
    v128_t s[4];
    for (int q = 0; q < 4; q++) s[q] = wasm_f32x4_splat(0);
    int i = 0;
    for (; i + 4 <= k; i += 4) {
      v128_t x = wasm_v128_load(v + i);
      for (int q = 0; q < 4; q++) MADD(s[q], wasm_v128_load(f + q * k + i), x);
    }
    v128_t p = wasm_f32x4_add(wasm_i32x4_shuffle(s[0], s[1], 0, 1, 4, 5), wasm_i32x4_shuffle(s[0], s[1], 2, 3, 6, 7));
    v128_t q = wasm_f32x4_add(wasm_i32x4_shuffle(s[2], s[3], 0, 1, 4, 5), wasm_i32x4_shuffle(s[2], s[3], 2, 3, 6, 7));
    float sums[4];
    wasm_v128_store(sums, wasm_f32x4_add(wasm_i32x4_shuffle(p, q, 0, 2, 4, 6), wasm_i32x4_shuffle(p, q, 1, 3, 5, 7)));
    for (int l = 0; l < 4; l++) {
      for (int t = i; t < k; t++) sums[l] += f[l * k + t] * v[t];
      y[(r + l) * stride] = sums[l] + bias;
    }
  }
  for (; r < n; r++) y[r * stride] = dot(a + r * k, v, k) + bias;
}

/* to (columns, rows) = from (rows, columns), four by four where they fit. */
static void transpose(In from, Out to, int rows, int columns) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) {
    int c = 0;
    for (; c + 4 <= columns; c += 4) {
      In f = from + r * columns + c;
      v128_t p = wasm_v128_load(f), q = wasm_v128_load(f + columns);
      v128_t u = wasm_v128_load(f + 2 * columns), v = wasm_v128_load(f + 3 * columns);
      v128_t pq0 = wasm_i32x4_shuffle(p, q, 0, 4, 1, 5), pq1 = wasm_i32x4_shuffle(p, q, 2, 6, 3, 7);
      v128_t uv0 = wasm_i32x4_shuffle(u, v, 0, 4, 1, 5), uv1 = wasm_i32x4_shuffle(u, v, 2, 6, 3, 7);
      float *t = to + c * rows + r;
      wasm_v128_store(t, wasm_i32x4_shuffle(pq0, uv0, 0, 1, 4, 5));
      wasm_v128_store(t + rows, wasm_i32x4_shuffle(pq0, uv0, 2, 3, 6, 7));
      wasm_v128_store(t + 2 * rows, wasm_i32x4_shuffle(pq1, uv1, 0, 1, 4, 5));
      wasm_v128_store(t + 3 * rows, wasm_i32x4_shuffle(pq1, uv1, 2, 3, 6, 7));
    }
    for (; c < columns; c++)
      for (int q = r; q < r + 4; q++) to[c * rows + q] = from[q * columns + c];
  }
  for (; r < rows; r++)
    for (int c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
}

EXPORT(affine) void affine(In x, In w, In b, Out y, int n, int i, int o, int kind) {
  if (o < 4) {  /* a layer of few outputs: dot products */
    transpose(w, ROOM, i, o);
    for (int c = 0; c < o; c++) column(x, ROOM + c * i, y + c, o, n, i, b ? b[c] : 0);
  } else {
    multiply(x, i, 1, w, y, n, i, o, b, 0, 0, kind == RELU ? POSITIVE : PLAIN);
  }
  int count = n * o;
  if (kind == RELU && o < 4)
    for (int q = 0; q < count; q++) y[q] = y[q] < 0 ? 0 : y[q];
  if (kind == LEAKY)
    for (int q = 0; q < count; q++) y[q] = y[q] < 0 ? SLOPE * y[q] : y[q];
}

/* The sums of d's columns. */
static void sums(In d, Out db, int n, int o) {
  int c = 0;
  for (; c + 16 <= o; c += 16) {
    v128_t s[4];
    for (int v = 0; v < 4; v++) s[v] = wasm_f32x4_splat(0);
    for (int r = 0; r < n; r++)
      for (int v = 0; v < 4; v++) s[v] = wasm_f32x4_add(s[v], wasm_v128_load(d + r * o + c + 4 * v));
    for (int v = 0; v < 4; v++) wasm_v128_store(db + c + 4 * v, s[v]);
  }
  for (; c < o; c++) {
    float s = 0;
    for (int r = 0; r < n; r++) s += d[r * o + c];
    db[c] = s;
  }
}

EXPORT(weights) void weights(In x, In d, Out dw, Out db, int n, int i, int o, int add) {
  if (o < 4) {  /* a column of the result is a row of its transpose */
    for (int c = 0; c < o; c++) {
      multiply(d + c, 0, o, x, ROOM, 1, n, i, 0, 0, 0, PLAIN);
      for (int k = 0; k < i; k++) dw[k * o + c] = (add ? dw[k * o + c] : 0) + ROOM[k];
    }
  } else {
    multiply(x, 1, i, d, dw, i, n, o, 0, add, 0, PLAIN);
  }
  if (db) sums(d, db, n, o);
}

EXPORT(back) void back(In d, In w, In h, Out e, int n, int i, int o, int kind) {
  if (i < 4) {
    for (int c = 0; c < i; c++) column(d, w + c * o, e + c, i, n, o, 0);
  } else {
    transpose(w, ROOM, i, o);
    multiply(d, o, 1, ROOM, e, n, o, i, 0, 0, h, h && kind == RELU ? MASKED : PLAIN);
  }
  if (!h) return;
  int count = n * i;
  if (kind == RELU && i < 4)
    for (int q = 0; q < count; q++) e[q] = h[q] > 0 ? e[q] : 0;
  if (kind == LEAKY)
    for (int q = 0; q < count; q++) e[q] = h[q] > 0 ? e[q] : SLOPE * e[q];
}

EXPORT(rmsprop) void rmsprop(Out p, In g, Out square, int n, float lr, float share, float eps) {
  for (int i = 0; i < n; i++) {
    float s = square[i] + share * (g[i] * g[i] - square[i]);
    s = s > FLOOR ? s : FLOOR;
    square[i] = s;
    p[i] -= lr * g[i] / (__builtin_sqrtf(s) + eps);
  }
}

EXPORT(adam) void adam(Out p, In g, Out mean, Out square, int n, float lr, float a, float b,
                       float eps, float first, float root) {
  for (int i = 0; i < n; i++) {
    float m = mean[i] + a * (g[i] - mean[i]), s = square[i] + b * (g[i] * g[i] - square[i]);
    s = s > FLOOR ? s : FLOOR;
    mean[i] = m;
    square[i] = s;
    p[i] -= lr * m / ((__builtin_sqrtf(s) / root + eps) * first);
  }
}

EXPORT(sgd) void sgd(Out p, In g, int n, float lr) {
  for (int i = 0; i < n; i++) p[i] -= lr * g[i];
}

EXPORT(clip) void clip(Out p, int n, float c) {
  for (int i = 0; i < n; i++) p[i] = p[i] > c ? c : p[i] < -c ? -c : p[i];
}

/* The random numbers of workshop_streams.mjs, which says what they are: state holds PCG64's 128
   bits and its increment, the low half of each first. */
typedef unsigned long long Word;

static Word high(Word a, Word b) {
  Word a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  Word middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & 0xffffffff);
  return a1 * b1 + (middle >> 32) + (other >> 32);
}

INLINE Word next(Word *s) {
  const Word m0 = 0x4385df649fccf645, m1 = 0x2360ed051fc65da4;
  Word low = s[0] * m0 + s[2];
  s[1] = high(s[0], m0) + s[0] * m1 + s[1] * m0 + s[3] + (low < s[2]);
  s[0] = low;
  Word x = s[0] ^ s[1];
  int turn = s[1] >> 58;
  return x >> turn | x << (-turn & 63);
}

EXPORT(randoms) int randoms(Word *state, double *restrict out, int n) {
  Word s[4] = { state[0], state[1], state[2], state[3] };
  for (int i = 0; i < n; i++) out[i] = (double)(long long)(next(s) >> 11) / 9007199254740992.0;
  state[0] = s[0], state[1] = s[1];
  return n;
}

/* Returns how many were drawn before one that falls outside of its strip, which is left to draw. */
EXPORT(normals) int normals(Word *state, double *restrict out, int n, const double *inside, const double *width) {
  Word s[4] = { state[0], state[1], state[2], state[3] };
  int i = 0;
  for (; i < n; i++) {
    Word x = next(s);
    int strip = x & 255;
    double whole = (double)(long long)(x >> 9 & 0xfffffffffffff);
    if (!(whole < inside[strip])) break;
    out[i] = (x & 256 ? -whole : whole) * width[strip];
    state[0] = s[0], state[1] = s[1];
  }
  return i;
}
