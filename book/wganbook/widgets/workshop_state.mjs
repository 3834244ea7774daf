// The settings of a workshop: which there are (FIELDS, from workshop_fields.json), what they may
// be, and how they are written into an address and into Python. Nothing here touches the page.
import { canSpell, DATA_SETS } from "./workshop_data.mjs";

export const MOST_POINTS = 400, REACH = 10, MOST_RUNS = 2;
const LONGEST = 16000;  // letters of an address

const plain = value => String(value).replace(/\s+/g, " ").slice(0, 40);

/** A value that cannot be; its message is a sentence for the reader. */
export class Refused extends Error {
  constructor(name, expected, got) { super(`${name}: expected ${expected}, got ${plain(got)}`); }
}

export const sees = (field, settings) =>
  Object.entries(field.when ?? {}).every(([key, values]) => values.includes(settings[key]));

/** The value of a field out of what was typed or sent, or a Refused. */
export function readField(field, raw) {
  const text = plain(raw).trim();
  if (field.choices) {
    if (!Object.hasOwn(field.choices, text)) throw new Refused(field.label, "one of the choices", text);
    return text;
  }
  if (field.text) {
    const word = String(raw).trim().toUpperCase();
    if (!word || word.length > field.text || !canSpell(word)) {
      throw new Refused(field.label, `1 to ${field.text} of the letters A to Z and the digits`, raw || "nothing");
    }
    return word;
  }
  const value = text === "" ? NaN : Number(text), kind = field.whole ? "a whole number" : "a number";
  if (!(value >= field.low && value <= field.high) || (field.whole && !Number.isInteger(value))) {
    throw new Refused(field.label, `${kind} from ${field.low} to ${field.high}`, text || "nothing");
  }
  return value;
}

/** Points out of text, two numbers a line or between semicolons. */
export function readPoints(text) {
  const entries = String(text).split(/[\n;]+/).map(entry => entry.trim()).filter(Boolean);
  if (entries.length > MOST_POINTS) throw new Refused("points", `at most ${MOST_POINTS}`, entries.length);
  return entries.map(entry => {
    // An empty part is no number, though Number would make it 0.
    const parts = entry.replaceAll("−", "-").split(/\s*,\s*|\s+/), numbers = parts.map(part => (part ? Number(part) : NaN));
    if (parts.length !== 2 || !numbers.every(number => Math.abs(number) <= REACH)) {
      throw new Refused("points", `two numbers a line, from -${REACH} to ${REACH}`, entry);
    }
    return numbers.map(number => Math.round(number * 1000) / 1000);
  });
}

export const writePoints = points => points.map(point => point.join(", ")).join("\n");

export function checkPoints(points) {
  const different = new Set(points.map(point => point.join()));
  if (different.size < 2) throw new Refused("points", "at least two different ones", different.size);
  return points;
}

const defaultsOf = fields => Object.fromEntries(fields.map(field => [field.key, field.default]));

export const defaults = () => ({ ...defaultsOf(FIELDS.setup), points: [], runs: [defaultsOf(FIELDS.run)] });

// --- addresses: #NAME=1&data=ring&…&objective=wgan&…&2.objective=minimax&… -------------------

export function toFragment(setup, name) {
  const pairs = [[name, "1"]];
  for (const field of FIELDS.setup) if (sees(field, setup)) pairs.push([field.key, setup[field.key]]);
  if (setup.data === "points") pairs.push(["points", setup.points.map(point => point.join()).join(";")]);
  setup.runs.forEach((run, i) => {
    const prefix = i ? `${i + 1}.` : "";
    for (const field of FIELDS.run) if (sees(field, run)) pairs.push([prefix + field.key, run[field.key]]);
  });
  return "#" + new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]));
}

/** The settings in a fragment; null if it is about something else; Refused if it is damaged. */
export function fromFragment(fragment, name) {
  const text = fragment.replace(/^#/, "").split("~")[0];  // after the tilde, figures keep their positions
  if (!text.startsWith(`${name}=`)) return null;
  if (text.length > LONGEST) throw new Refused("link", `at most ${LONGEST} letters`, text.length);
  const setup = defaults(), [[, version], ...pairs] = new URLSearchParams(text), met = new Set();
  if (version !== "1") throw new Refused("link", `${name}=1 at its start`, version || "nothing");
  for (const [key, value] of pairs) {
    if (met.has(key)) throw new Refused("link", "each setting once", key);
    met.add(key);
    const [, number, inRun] = /^(?:(\d)\.)?(.*)$/s.exec(key), place = number ? number - 1 : 0;
    const shared = number ? null : FIELDS.setup.find(field => field.key === key);
    const own = FIELDS.run.find(field => field.key === inRun);
    if (key === "points") setup.points = readPoints(value);
    else if (shared) setup[key] = readField(shared, value);
    else if (own && place < MOST_RUNS && place <= setup.runs.length) {
      setup.runs[place] ??= { ...setup.runs[0] };
      setup.runs[place][inRun] = readField(own, value);
    } else throw new Refused("link", "settings of the workshop", key);
  }
  if (setup.data === "points") checkPoints(setup.points);
  return setup;
}

export const isGan = run => run.objective === "minimax" || run.objective === "non_saturating";

/** What the critic's loss says of the distance: EM times K, or the JS divergence. */
export const estimateOf = (run, loss) => (isGan(run) ? Math.LN2 - loss / 2 : run.objective === "hinge" ? 2 - loss : -loss);

// --- exports ---------------------------------------------------------------------------------

const OBJECTIVES = {
  wgan: "wg.WGAN()", minimax: "wg.MinimaxGAN()", non_saturating: "wg.NonSaturatingGAN()", sigmoid: "wg.WGAN()", batch_norm: "wg.WGAN()",
  sign_flip: "mistakes.GeneratorSignFlipped()", hinge: "mistakes.Hinge()",
};
const OPTIMISERS = { rmsprop: "RMSProp", adam: "Adam", sgd: "SGD" };
const rulePython = run => ({
  none: "wg.NoConstraint()", clipping: `wg.WeightClipping(${run.c})`, sphere: `wg.SphereProjection(${run.radius})`,
  penalty: `wg.GradientPenalty(${run.weight})`, one_sided: `wg.GradientPenalty(${run.weight}, one_sided=True)`,
  spectral: "wg.SpectralNorm()", clip_before: `mistakes.ClipBeforeStep(${run.c})`,
  at_real: `mistakes.PenaltyAtReal(${run.weight})`, per_coordinate: `mistakes.PenaltyPerCoordinate(${run.weight})`,
}[run.rule]);

const normalisedPython = (run, network) => `

class Critic(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = ${network}
        norms = [torch.nn.BatchNorm1d(${run.width}, track_running_stats=False) for _ in range(${run.depth})]
        self.norms = torch.nn.ModuleList(norms)

    def forward(self, x):
        *hidden, (last, shift) = self.net.layers()
        for norm, (weight, bias) in zip(self.norms, hidden):
            x = ${{ relu: "torch.relu", leaky_relu: "torch.nn.LeakyReLU(0.2)", tanh: "torch.tanh" }[run.activation]}(norm(x @ weight[0] + bias[0]))
        return x @ last[0] + shift[0]


`;

/** A programme that trains the same run with wganlib. */
export function toPython(setup, run, steps) {
  const hidden = new Array(run.depth).fill(run.width).join(", "), { seed } = setup;
  const network = out => `wg.MLP([2, ${hidden}, ${out}], seed=${seed}, activation="${run.activation}")`;
  const rule = rulePython(run), objective = OBJECTIVES[run.objective], squashed = run.objective === "sigmoid";
  const mistaken = (rule + objective).includes("mistakes.") ? "from wganlib.paper import mistakes\n" : "";
  const normalised = run.objective === "batch_norm", own = normalised ? normalisedPython(run, network(1)) : "\n";
  const critic = normalised ? "Critic()" : squashed ? `torch.nn.Sequential(${network(1)}, torch.nn.Sigmoid())` : network(1);
  return `import numpy as np
import torch

import wganlib as wg
${mistaken}${own}torch.set_num_threads(1)  # networks this small run best on one thread
data = ${DATA_SETS[setup.data].python(setup)}
generator = ${network(2)}
critic = ${critic}
history = wg.train(
    generator,
    critic,
    data,
    seed=${seed},
    steps=${steps},
    objective=${objective},
    lipschitz=${rule},
    optimiser=wg.${OPTIMISERS[run.optimiser]}(${run.lr}),
    generator_optimiser=wg.${OPTIMISERS[run.optimiser]}(${run.generator_lr}),
    batch=${run.batch},
    n_critic=${run.n_critic},
    evaluate_every=${Math.max(1, Math.floor(steps / 20))},
    evaluation_points=200,
)
print(history)
`;
}

/** Curves as comma-separated values: a row for each generator step. */
export function toCsv(record) {
  const rows = ["step,estimate,critic_loss,generator_loss,penalty,critic_gradient_norm,generator_gradient_norm,exact_em,largest_slope"];
  const looked = new Map(record.looks.map(look => [look.step, look]));
  record.rows.forEach((row, i) => {
    const look = looked.get(i + 1);
    rows.push([i + 1, record.estimates[i], ...row, look?.em ?? "", look?.largest ?? ""].join());
  });
  return rows.join("\n") + "\n";
}

// --- where to start from -----------------------------------------------------------------------

const atRate = (rate, settings) => ({ ...settings, lr: rate, generator_lr: rate });

/** Starting points that the book's chapters use, by what they are of. */
export const PRESET_GROUPS = {
  "Training a WGAN": {
    "the book's film: penalty": atRate(2e-3, { rule: "penalty", weight: 0.1 }),
    "the paper: clipping at 0.01": atRate(5e-5, { rule: "clipping", c: 0.01 }),
    "clipping that learns": atRate(1e-3, { rule: "clipping", c: 0.1 }),
    "spectral norm": atRate(2e-3, { rule: "spectral" }),
    "no rule at all": atRate(2e-3, { rule: "none" }),
    "it blows up: SGD, no rule": atRate(0.1, { rule: "none", optimiser: "sgd" }),
  },
  "The contest of the rules": Object.fromEntries(Object.entries({
    "contest: clipping at 0.1": atRate(3e-3, { rule: "clipping", c: 0.1 }),
    "contest: sphere of radius 32": atRate(0.01, { rule: "sphere", radius: 32 }),
    "contest: penalty, λ = 1": atRate(0.01, { rule: "penalty", weight: 1 }),
    "contest: one-sided penalty, λ = 1": atRate(0.01, { rule: "one_sided", weight: 1 }),
    "contest: spectral norm": atRate(3e-3, { rule: "spectral" }),
    "contest: penalty, λ = 10": atRate(0.01, { rule: "penalty", weight: 10 }),
    "contest: one-sided penalty, λ = 10": atRate(3e-3, { rule: "one_sided", weight: 10 }),
  }).map(([name, settings]) => [name, { ...settings, batch: 32 }])),
  "GANs": {
    "GAN, minimax": atRate(1e-3, { objective: "minimax", rule: "none", optimiser: "adam", n_critic: 1 }),
    "GAN, −log D": atRate(1e-3, { objective: "non_saturating", rule: "none", optimiser: "adam", n_critic: 1 }),
    "GAN, −log D with a penalty": atRate(2e-3, { objective: "non_saturating", rule: "penalty", weight: 0.1, n_critic: 1 }),
  },
  "What is wrong with this WGAN?": {
    "mistake 1: the generator's sign": atRate(1e-3, { objective: "sign_flip", rule: "clipping", c: 0.1 }),
    "mistake 2: a sigmoid on the critic": atRate(1e-3, { objective: "sigmoid", rule: "penalty", weight: 1 }),
    "mistake 3: penalty on each coordinate": atRate(1e-3, { rule: "per_coordinate", weight: 1 }),
    "mistake 4: clipping before the step": atRate(1e-3, { rule: "clip_before", c: 0.1 }),
    "mistake 5: batch normalisation": atRate(1e-3, { objective: "batch_norm", rule: "penalty", weight: 1 }),
    "mistake 6: hinge loss, no rule": atRate(1e-3, { objective: "hinge", rule: "none" }),
    "mistake 7: penalty at real points": atRate(1e-3, { rule: "at_real", weight: 1 }),
  },
};
export const PRESETS = Object.assign({}, ...Object.values(PRESET_GROUPS));

export const presetOf = name => ({ ...defaultsOf(FIELDS.run), ...PRESETS[name] });
