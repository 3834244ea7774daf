// Exact optimal transport between weighted points on a line or in the plane, cost = distance.
// Network simplex on the complete bipartite graph. No dependency, no randomness, no DOM: it
// runs on a page, in a worker and in node alike.
//
//   solve(x, a, y, b, { dimension }) -> {
//     cost,                                  // sum of mass times distance
//     plan: { from, to, mass },              // three arrays of one length, the moves alone
//     potentials: { source, target },        // u(i) + v(j) <= |x(i) - y(j)|, equal where mass moves
//     dual,                                  // sum a u + sum b v; never above cost, but for rounding
//   }
//
// x, y: numbers (a line), [x, y] pairs (the plane), or a flat typed array with `dimension`.
// a, b: weights that are not negative, of equal sums; null for equal weights that sum to 1.
//
// Why it ends, whatever ties and duplicates there are: masses are counted in whole units, and
// each carries a second, infinitely small part (source i has one grain, the last target takes
// them all). Sums of a proper subset of sources and of targets then never agree, so that every
// pivot moves something and no basis comes back. Grains decide between ties and nothing else.

const UNITS = 2 ** 52;   // whole numbers up to here add and subtract exactly
const AGREE = 1e-9;      // how far the sums of both weights may differ, relatively
const SLACK = 4e-14;     // a reduced cost nearer to 0 than this, of the largest distance, is rounding

function fail(name, expected, got) {
  const text = typeof got === "number" ? String(got) : JSON.stringify(got) ?? String(got);
  throw new Error(`${name}: expected ${expected}, got ${text.slice(0, 60)}`);
}

// Points as one flat array, checked.
function readPoints(points, name, dimension) {
  const listed = Array.isArray(points) || ArrayBuffer.isView(points);
  const flat = listed ? [...points].flat() : fail(name, "a list of points", points);
  if (dimension !== 1 && dimension !== 2) fail("dimension", "1 or 2", dimension);
  if (Array.isArray(points)) {
    for (const point of points) {
      const size = Array.isArray(point) ? point.length : 1;
      if (size !== dimension) fail(name, `points of ${dimension} numbers`, point);
    }
  }
  if (!flat.length || flat.length % dimension) {
    fail(name, `at least one point of ${dimension} numbers each`, `${flat.length} numbers`);
  }
  for (const value of flat) if (!Number.isFinite(value)) fail(name, "finite numbers", value);
  return Float64Array.from(flat);
}

function readWeights(weights, name, count) {
  if (weights === null || weights === undefined) return null;
  const listed = Array.isArray(weights) || ArrayBuffer.isView(weights);
  const read = listed ? [...weights] : fail(name, "a list of weights", weights);
  if (read.length !== count) fail(name, `${count} weights, one a point`, read.length);
  for (const w of read) if (!Number.isFinite(w) || w < 0) fail(name, "finite weights of at least 0", w);
  if (!read.some(w => w > 0)) fail(name, "a weight above 0", "none");
  return Float64Array.from(read);
}

const total = values => values.reduce((sum, value) => sum + value, 0);

// Both weights in whole units. The power of two leaves every weight that has room as it is.
function inUnits(a, b, n, m) {
  if (!a && !b) {
    return { a: new Float64Array(n).fill(m), b: new Float64Array(m).fill(n), unit: 1 / (n * m) };
  }
  a ??= new Float64Array(n).fill(1 / n);
  b ??= new Float64Array(m).fill(1 / m);
  const sum = total(a), whole = [...a, ...b].every(Number.isInteger) && sum <= UNITS;
  if (Math.abs(sum - total(b)) > (whole ? 0 : AGREE * sum)) fail("b", `weights that sum to ${sum}`, total(b));
  const scale = whole ? 1 : 2 ** Math.floor(Math.log2(UNITS / sum));
  const units = [a, b].map(side => side.map(w => Math.round(w * scale)));
  const over = total(units[0]) - total(units[1]);  // rounding, some units: the largest takes it
  const wide = over > 0 ? units[1] : units[0];
  wide[wide.indexOf(Math.max(...wide))] += Math.abs(over);
  return { a: units[0], b: units[1], unit: 1 / scale };
}

const kept = units => [...units.keys()].filter(k => units[k] > 0);

function distances(x, rows, y, columns, dimension) {
  const cost = new Float64Array(rows.length * columns.length);
  let k = 0;
  for (const i of rows) {
    for (const j of columns) {
      if (dimension === 1) cost[k++] = Math.abs(x[i] - y[j]);
      else {
        // Not Math.hypot, which is many times slower; the numbers of a figure do not overflow.
        const dx = x[2 * i] - y[2 * j], dy = x[2 * i + 1] - y[2 * j + 1];
        cost[k++] = Math.sqrt(dx * dx + dy * dy);
      }
    }
  }
  return cost;
}

// A spanning tree over the n sources (nodes 0…n−1) and m targets (n…n+m−1), rooted at node 0.
// `flow` and `grain` belong to the edge from a node to its parent.
class Tree {
  constructor(n, m, cost) {
    const size = n + m, ints = () => new Int32Array(size).fill(-1);
    Object.assign(this, { n, m, cost, size, parent: ints(), child: ints(), next: ints(), before: ints() });
    this.depth = new Int32Array(size);
    this.flow = new Float64Array(size);
    this.grain = new Float64Array(size);
    this.potential = new Float64Array(size);
    this.stack = new Int32Array(size);
  }

  link(node, parent) {
    const first = this.child[parent];
    this.parent[node] = parent;
    this.next[node] = first;
    this.before[node] = -1;
    if (first >= 0) this.before[first] = node;
    this.child[parent] = node;
  }

  unlink(node) {
    const { next, before, child, parent } = this, left = before[node], right = next[node];
    if (left >= 0) next[left] = right;
    else child[parent[node]] = right;
    if (right >= 0) before[right] = left;
  }

  edgeCost(node) {
    const up = this.parent[node];
    return node < this.n ? this.cost[node * this.m + up - this.n] : this.cost[up * this.m + node - this.n];
  }

  // Depths and potentials of everything below a node, from the node's own parent on.
  settle(top) {
    const { stack, child, next, parent, depth, potential } = this;
    let height = 0;
    stack[height++] = top;
    while (height) {
      const node = stack[--height], up = parent[node];
      depth[node] = up < 0 ? 0 : depth[up] + 1;
      potential[node] = up < 0 ? 0 : this.edgeCost(node) - potential[up];
      for (let below = child[node]; below >= 0; below = next[below]) stack[height++] = below;
    }
  }

  // Sends as much as possible along the new edge source → target; the edge that empties leaves.
  pivot(source, target) {
    const { n, parent, depth, flow, grain } = this;
    let i = source, j = target, leaving = -1, least = Infinity, grains = Infinity, below = false;
    const consider = (node, onSource) => {
      if (flow[node] < least || (flow[node] === least && grain[node] < grains)) {
        [leaving, least, grains, below] = [node, flow[node], grain[node], onSource];
      }
    };
    while (i !== j) {
      if (depth[i] >= depth[j]) {
        if (i < n) consider(i, true);
        i = parent[i];
      } else {
        if (j >= n) consider(j, false);
        j = parent[j];
      }
    }
    const meet = i;
    for (let node = source; node !== meet; node = parent[node]) this.add(node, node < n ? -1 : 1, least, grains);
    for (let node = target; node !== meet; node = parent[node]) this.add(node, node < n ? 1 : -1, least, grains);
    this.hang(below ? source : target, below ? target : source, leaving, least, grains);
  }

  add(node, sign, amount, grains) {
    this.flow[node] += sign * amount;
    this.grain[node] += sign * grains;
  }

  // Turns the branch that `leaving` cuts off, so that `foot` becomes its top, below `support`.
  hang(foot, support, leaving, amount, grains) {
    const { parent, flow, grain } = this;
    let node = foot, up = support;
    for (;;) {
      const above = parent[node], held = flow[node], heldGrains = grain[node];
      this.unlink(node);
      this.link(node, up);
      flow[node] = amount;
      grain[node] = grains;
      if (node === leaving) break;
      [up, node, amount, grains] = [node, above, held, heldGrains];
    }
    this.settle(foot);
  }
}

// A first plan: each step fills a source or a target, never both, so that the moves are a tree.
// On a line, in order, which is optimal there; in the plane, always to the nearest that has room.
function firstMoves(a, b, cost, orders) {
  const n = a.length, m = b.length, moves = [];
  const left = Float64Array.from(a), room = Float64Array.from(b);
  const leftGrain = new Float64Array(n).fill(1), roomGrain = new Float64Array(m);
  const rows = orders?.rows ?? [...a.keys()], open = orders?.columns ?? [...b.keys()];
  roomGrain[open.at(-1)] = n;
  for (const i of rows) {
    for (;;) {
      let best = 0;
      if (!orders) {
        for (let k = 1; k < open.length; k++) if (cost[i * m + open[k]] < cost[i * m + open[best]]) best = k;
      }
      const j = open[best];
      const ends = left[i] < room[j] || (left[i] === room[j] && leftGrain[i] < roomGrain[j]);
      const last = i === rows.at(-1) && open.length === 1;
      const amount = ends ? left[i] : room[j], grains = ends ? leftGrain[i] : roomGrain[j];
      moves.push({ i, j, amount, grains });
      left[i] -= amount;
      room[j] -= amount;
      leftGrain[i] -= grains;
      roomGrain[j] -= grains;
      if (ends || last) break;
      open.splice(best, 1);
    }
  }
  return moves;
}

function plant(tree, moves) {
  const edges = Array.from({ length: tree.size }, () => []);
  for (const move of moves) {
    edges[move.i].push([tree.n + move.j, move]);
    edges[tree.n + move.j].push([move.i, move]);
  }
  const todo = [0];
  for (const node of todo) {
    for (const [other, move] of edges[node]) {
      if (other === tree.parent[node]) continue;
      tree.link(other, node);
      tree.flow[other] = move.amount;
      tree.grain[other] = move.grains;
      todo.push(other);
    }
  }
  tree.settle(0);
}

// Pivots until no edge would make the plan cheaper: some rows at a time, the best edge of them.
function improve(tree) {
  const { n, m, cost, potential } = tree;
  const slack = SLACK * cost.reduce((most, c) => Math.max(most, c), 0);
  const rows = Math.max(1, Math.round(Math.sqrt(n * m) / m));
  let i = 0, idle = 0, pivots = 0;
  while (idle < n) {
    let best = -slack, source = -1, target = -1;
    for (let row = 0; row < rows && idle < n; row++, idle++) {
      const u = potential[i], start = i * m;
      for (let j = 0; j < m; j++) {
        const reduced = cost[start + j] - u - potential[n + j];
        if (reduced < best) { best = reduced; source = i; target = n + j; }
      }
      i = i + 1 === n ? 0 : i + 1;
    }
    if (source < 0) continue;
    tree.pivot(source, target);
    pivots++;
    idle = 0;
  }
  return pivots;
}

// The largest function that fits: u(i) = min over targets of |x(i) − y(j)| − v(j), of points
// without mass too. One pass each way takes away what rounding left of broken inequalities.
function potentialsOf(tree, x, y, columns, dimension) {
  const n = x.length / dimension, m = y.length / dimension, all = count => [...Array(count).keys()];
  const cost = distances(x, all(n), y, all(m), dimension);
  const source = new Float64Array(n).fill(Infinity), target = new Float64Array(m).fill(Infinity);
  for (let i = 0; i < n; i++) {
    columns.forEach((j, k) => {
      source[i] = Math.min(source[i], cost[i * m + j] - tree.potential[tree.n + k]);
    });
    for (let j = 0; j < m; j++) target[j] = Math.min(target[j], cost[i * m + j] - source[i]);
  }
  return { source, target };
}

export function solve(x, a, y, b, { dimension = Array.isArray(x?.[0]) ? 2 : 1 } = {}) {
  const xs = readPoints(x, "x", dimension), ys = readPoints(y, "y", dimension);
  const n = xs.length / dimension, m = ys.length / dimension;
  const units = inUnits(readWeights(a, "a", n), readWeights(b, "b", m), n, m);
  const rows = kept(units.a), columns = kept(units.b);
  const cost = distances(xs, rows, ys, columns, dimension);
  const masses = [rows.map(i => units.a[i]), columns.map(j => units.b[j])];
  const sorted = (points, chosen) => [...chosen.keys()].sort((p, q) => points[chosen[p]] - points[chosen[q]]);
  const orders = dimension === 1 ? { rows: sorted(xs, rows), columns: sorted(ys, columns) } : null;
  const tree = new Tree(rows.length, columns.length, cost);
  plant(tree, firstMoves(...masses, cost, orders));
  const pivots = improve(tree);
  const plan = { from: [], to: [], mass: [] };
  let work = 0;
  for (let node = 1; node < tree.size; node++) {
    if (!tree.flow[node]) continue;
    const up = tree.parent[node], isSource = node < tree.n, mass = tree.flow[node] * units.unit;
    plan.from.push(rows[isSource ? node : up]);
    plan.to.push(columns[(isSource ? up : node) - tree.n]);
    plan.mass.push(mass);
    work += mass * tree.edgeCost(node);
  }
  const potentials = potentialsOf(tree, xs, ys, columns, dimension);
  const dual = units.unit * (total(units.a.map((w, i) => w * potentials.source[i]))
    + total(units.b.map((w, j) => w * potentials.target[j])));
  return { cost: work, plan, potentials, dual, pivots };
}
