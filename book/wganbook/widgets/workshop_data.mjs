// Where the workshop's points come from: the measures of wganlib, drawn from the same streams,
// and what the reader writes or draws.

const TWO_PI = 2 * Math.PI;

// numpy's Generator.choice with equal weights, then what each component draws, one after another.
function mixture(components) {
  const k = components.length, cumulated = [];
  let total = 0;
  for (let i = 0; i < k; i++) cumulated.push(total += 1 / k);
  const steps = cumulated.map(sum => sum / total);
  return (n, stream) => {
    const labels = new Int32Array(n), counts = new Int32Array(k);
    const shares = stream.randoms(n);
    for (let i = 0; i < n; i++) {
      const u = shares[i];
      let at = Math.min(k - 1, Math.floor(u * k));  // a guess, which rounding may miss by one
      while (at > 0 && u < steps[at - 1]) at--;
      while (at < k - 1 && u >= steps[at]) at++;
      labels[i] = at;
      counts[at]++;
    }
    const out = new Float64Array(2 * n);
    components.forEach((draw, at) => {
      if (!counts[at]) return;
      const drawn = draw(counts[at], stream);
      for (let i = 0, j = 0; i < n; i++) if (labels[i] === at) {
        out[2 * i] = drawn[j++];
        out[2 * i + 1] = drawn[j++];
      }
    });
    return out;
  };
}

const gaussian = (x, y, std) => (n, stream) => {
  const out = stream.normals(2 * n);
  for (let i = 0; i < out.length; i += 2) {
    out[i] = x + std * out[i];
    out[i + 1] = y + std * out[i + 1];
  }
  return out;
};

const segment = (x0, y0, x1, y1) => (n, stream) => {
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const share = stream.random();
    out[2 * i] = x0 + share * (x1 - x0);
    out[2 * i + 1] = y0 + share * (y1 - y0);
  }
  return out;
};

function swissRoll(radius, std) {
  const inner = 1.5 * Math.PI, outer = 4.5 * Math.PI;
  return (n, stream) => {
    const shares = stream.randoms(n), out = stream.normals(2 * n);
    for (let i = 0; i < n; i++) {
      const angle = inner + shares[i] * (outer - inner), size = radius * (angle / outer);
      out[2 * i] = size * Math.cos(angle) + std * out[2 * i];
      out[2 * i + 1] = size * Math.sin(angle) + std * out[2 * i + 1];
    }
    return out;
  };
}

/** Rows of a list, drawn with replacement. */
function rows(points) {
  const count = points.length;
  return (n, stream) => {
    const out = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      const [x, y] = points[count === 1 ? 0 : stream.below(count)];
      out[2 * i] = x;
      out[2 * i + 1] = y;
    }
    return out;
  };
}

// --- letters: five columns by seven rows, each row a digit of five bits; GLYPHS has them --------

/** The lit cells of a word, scaled to a width of 5; letters without a picture are refused before. */
function letters(word) {
  const cells = [];
  [...word].forEach((letter, place) => [...GLYPHS[letter]].forEach((row, y) => {
    const bits = parseInt(row, 32);
    for (let x = 0; x < 5; x++) if (bits & (16 >> x)) cells.push([6 * place + x, 6 - y]);
  }));
  const width = 6 * word.length - 2, size = Math.min(5 / width, 3 / 6);
  const round = value => Math.round(value * 1000) / 1000;
  return cells.map(([x, y]) => [round((x - width / 2) * size), round((y - 3) * size)]);
}

export const canSpell = word => [...word].every(letter => letter in GLYPHS);

// --- the list of data sets -------------------------------------------------------------------

const centresOf = {
  ring: ({ modes }) => Array.from({ length: modes }, (_, i) =>
    [2 * Math.cos(TWO_PI * i / modes), 2 * Math.sin(TWO_PI * i / modes)]),
  grid: ({ side }) => Array.from({ length: side * side }, (_, i) =>
    [(i % side) - (side - 1) / 2, Math.floor(i / side) - (side - 1) / 2]),
  gaussians: () => [[-1.5, 0], [1.5, 0]],
};

const around = (centres, std) => mixture(centres.map(([x, y]) => gaussian(x, y, std)));

/** Each: draw(n, stream) -> 2 n numbers, the centres of modes if it has some, and the same in Python. */
export const DATA_SETS = {
  ring: {
    label: "ring of Gaussians", reach: 3, centres: centresOf.ring, near: 0.3,
    draw: state => around(centresOf.ring(state), 0.02),
    python: ({ modes }) => `wg.ring_of_gaussians(${modes})`,
  },
  grid: {
    label: "grid of Gaussians", reach: 3, centres: centresOf.grid, near: 0.25,
    draw: state => around(centresOf.grid(state), 0.05),
    python: ({ side }) => `wg.grid_of_gaussians(${side}, spacing=1.0)`,
  },
  roll: {
    label: "Swiss roll", reach: 3, draw: () => swissRoll(2, 0.05), python: () => "wg.distances.swiss_roll()",
  },
  lines: {
    label: "two parallel lines", reach: 2, draw: () => mixture([segment(-1, -1, -1, 1), segment(1, -1, 1, 1)]),
    python: () => "wg.Mixture([wg.Segment([-1, -1], [-1, 1]), wg.Segment([1, -1], [1, 1])])",
  },
  gaussians: {
    label: "two Gaussians", reach: 3, centres: centresOf.gaussians, near: 0.9,
    draw: state => around(centresOf.gaussians(state), 0.3),
    python: () => "wg.Mixture([wg.Gaussian([x, 0.0], 0.09 * np.eye(2)) for x in (-1.5, 1.5)])",
  },
  word: {
    label: "letters of a word", reach: 3, draw: ({ word }) => rows(letters(word)),
    python: ({ word }) => pythonArray(letters(word)),
  },
  points: {
    label: "points that you draw", reach: 3, draw: ({ points }) => rows(points),
    python: ({ points }) => pythonArray(points),
  },
};

/** How far the picture reaches from the middle: to the farthest point, if the reader wrote it. */
export const reachOf = ({ data, points }) =>
  data === "points" ? Math.max(DATA_SETS.points.reach, ...points.flat().map(value => Math.ceil(Math.abs(value)))) : DATA_SETS[data].reach;

function pythonArray(points) {
  const lines = [];
  for (let i = 0; i < points.length; i += 6) {
    lines.push("    " + points.slice(i, i + 6).map(([x, y]) => `[${x}, ${y}]`).join(", ") + ",");
  }
  return `np.array([\n${lines.join("\n")}\n])`;
}
