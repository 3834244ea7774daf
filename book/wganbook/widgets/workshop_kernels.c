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

/* c (rows, m) = [c or 0 or bias] + a b, with a (rows, k) at any strides and b (k, m) dense.
   Four rows and eight columns at a time stay in registers. */
static inline void start(v128_t *to, In c, In bias, int add) {
  to[0] = add ? wasm_v128_load(c) : bias ? wasm_v128_load(bias) : wasm_f32x4_splat(0);
}

#define MADD(acc, x, y) acc = wasm_f32x4_add(acc, wasm_f32x4_mul(x, y))

#define INLINE static inline __attribute__((always_inline))

INLINE void block8(const int R, In a, int row, int step, In b, float *c, int k, int m, In bias, int add) {
  v128_t s[4][2];
  for (int r = 0; r < R; r++)
    for (int h = 0; h < 2; h++) start(&s[r][h], c + r * m + 4 * h, bias ? bias + 4 * h : 0, add);
  for (int i = 0; i < k; i++) {
    v128_t low = wasm_v128_load(b + i * m), high = wasm_v128_load(b + i * m + 4);
    for (int r = 0; r < R; r++) {
      v128_t x = wasm_v128_load32_splat(a + r * row + i * step);
      MADD(s[r][0], x, low);
      MADD(s[r][1], x, high);
    }
  }
  for (int r = 0; r < R; r++)
    for (int h = 0; h < 2; h++) wasm_v128_store(c + r * m + 4 * h, s[r][h]);
}

/* What is left of a row after columns in eights. */
static void rest(In a, int step, In b, float *c, int j, int k, int m, In bias, int add) {
  for (; j + 4 <= m; j += 4) {
    v128_t s;
    start(&s, c + j, bias ? bias + j : 0, add);
    for (int i = 0; i < k; i++) MADD(s, wasm_v128_load32_splat(a + i * step), wasm_v128_load(b + i * m + j));
    wasm_v128_store(c + j, s);
  }
  for (; j < m; j++) {
    float s = add ? c[j] : bias ? bias[j] : 0;
    for (int i = 0; i < k; i++) s += a[i * step] * b[i * m + j];
    c[j] = s;
  }
}

static void multiply(In a, int row, int step, In b, float *c, int rows, int k, int m, In bias, int add) {
  int whole = m & ~7;
  for (int r = 0; r < rows; r += 4) {
    In from = a + r * row;
    float *to = c + r * m;
    int left = rows - r < 4 ? rows - r : 4;
    for (int j = 0; j < whole; j += 8) {
      In shift = bias ? bias + j : 0;
      if (left == 4) block8(4, from, row, step, b + j, to + j, k, m, shift, add);
      else if (left == 3) block8(3, from, row, step, b + j, to + j, k, m, shift, add);
      else if (left == 2) block8(2, from, row, step, b + j, to + j, k, m, shift, add);
      else block8(1, from, row, step, b + j, to + j, k, m, shift, add);
    }
    if (whole < m)
      for (int q = 0; q < left; q++) rest(from + q * row, step, b, to + q * m, whole, k, m, bias, add);
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
    for (int r = 0; r < n; r++)
      for (int c = 0; c < o; c++) y[r * o + c] = dot(x + r * i, ROOM + c * i, i) + (b ? b[c] : 0);
  } else {
    multiply(x, i, 1, w, y, n, i, o, b, 0);
  }
  int count = n * o;
  if (kind == RELU) {
    int q = 0;
    for (; q + 4 <= count; q += 4)  /* pmax keeps a NaN, as y < 0 ? 0 : y does */
      wasm_v128_store(y + q, wasm_f32x4_pmax(wasm_v128_load(y + q), wasm_f32x4_splat(0)));
    for (; q < count; q++) y[q] = y[q] < 0 ? 0 : y[q];
  }
  if (kind == LEAKY)
    for (int q = 0; q < count; q++) y[q] = y[q] < 0 ? SLOPE * y[q] : y[q];
}

EXPORT(weights) void weights(In x, In d, Out dw, Out db, int n, int i, int o, int add) {
  if (o == 1) multiply(d, 0, 1, x, dw, 1, n, i, 0, add);  /* one column is one row of the transpose */
  else multiply(x, 1, i, d, dw, i, n, o, 0, add);
  if (!db) return;
  for (int c = 0; c < o; c++) db[c] = 0;
  for (int r = 0; r < n; r++)
    for (int c = 0; c < o; c++) db[c] += d[r * o + c];
}

EXPORT(back) void back(In d, In w, In h, Out e, int n, int i, int o, int kind) {
  transpose(w, ROOM, i, o);
  multiply(d, o, 1, ROOM, e, n, o, i, 0, 0);
  if (!h) return;
  int count = n * i;
  if (kind == RELU) {
    int q = 0;
    for (; q + 4 <= count; q += 4) {
      v128_t on = wasm_f32x4_gt(wasm_v128_load(h + q), wasm_f32x4_splat(0));
      wasm_v128_store(e + q, wasm_v128_and(wasm_v128_load(e + q), on));
    }
    for (; q < count; q++) e[q] = h[q] > 0 ? e[q] : 0;
  }
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
