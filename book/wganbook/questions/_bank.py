"""The questions of the quiz, over the whole book.

A number is asked for by the name of an exercise of a chapter, whose answer and slips are
computed there; a choice brings its own reasons. A question about a new exercise is one more
entry here.
"""

from __future__ import annotations

from dataclasses import dataclass

from wganbook.questions._kinds import Choice

#: What a question asks for, from remembering to arguing.
DEPTHS = ("recall", "apply", "prove")

#: Where questions come from, in the order of the book, with the heading in the quiz.
PARTS = {
    "four-distances": "Four distances",
    "earth-mover": "The earth mover’s distance",
    "parallel-lines": "Two parallel lines",
    "duality": "Duality",
    "why-gans-are-hard": "Why GANs are hard to train",
    "optimal-critic": "The optimal critic",
    "training-a-wgan": "Training a WGAN",
    "lipschitz": "Keeping a critic honest",
    "mode-collapse": "Mode collapse",
    "spot-the-bug": "What is wrong with this WGAN?",
    "learning-a-distribution": "Learning a distribution",
    "convergence": "Convergence",
    "continuity": "Continuity",
    "relatives": "Relatives",
    "other-duals": "Other duals",
}


@dataclass(frozen=True)
class Question:
    """One question of the quiz.

    Parameters
    ----------
    part : str
        One of ``PARTS``.
    depth : str
        One of ``DEPTHS``.
    text : str
        The question, in plain Unicode.
    task : str or Choice
        Name of an exercise whose answer is a number, or what there is to choose from.
    why : str
        The solution, in a sentence or two.
    """

    part: str
    depth: str
    text: str
    task: str | Choice
    why: str


def questions() -> dict[str, Question]:
    """Return all questions, by name, in the order of the book."""
    listed = {
        # --- learning a distribution ---------------------------------------------------
        "likelihood-is-kl": Question(
            "learning-a-distribution",
            "recall",
            "With ever more data, maximum likelihood amounts to minimising …",
            Choice(
                "KL(data ‖ model)",
                {
                    "KL(model ‖ data)": "The data are what the mean is taken over, so they come "
                    "first.",
                    "JS(data, model)": "That is what a GAN’s best discriminator reports.",
                    "EM(data, model)": "Likelihood knows nothing of the distance between points.",
                },
            ),
            "The mean log-likelihood of the data tends to its expectation under their "
            "distribution. "
            "That is a constant minus KL(data ‖ model).",
        ),
        "data-on-a-curve": Question(
            "learning-a-distribution",
            "apply",
            "The data lie on a curve in the plane; the model has a density in the plane. "
            "What is KL(data ‖ model)?",
            Choice(
                "+∞, for every such model",
                {
                    "finite, if the density is high near the curve": "However high: the curve "
                    "has area 0, so the model gives it probability 0, and the data give it 1.",
                    "0 in the limit of a good model": "It does not fall on the way there.",
                    "not defined": "KL is defined for every pair; the value may be +∞.",
                },
            ),
            "The data put mass 1 on a set that has probability 0 under the model.",
        ),
        # --- convergence ---------------------------------------------------------------
        "zero-one-sequences": Question(
            "convergence",
            "recall",
            "Which sequences converge in the 0-1 metric?",
            Choice(
                "those that are constant from some place on",
                {
                    "all of them": "Two different things are at distance 1, however near.",
                    "none": "A constant sequence is at distance 0 from its value.",
                    "those that converge in EM": "A point at 1/n tends to a point at 0 in EM and "
                    "stays at distance 1 in the 0-1 metric.",
                },
            ),
            "A distance below 1 is a distance of 0.",
        ),
        "narrow-steps": Question(
            "convergence",
            "apply",
            "Let fₙ be 1 on [0, 1/n] and 0 on the rest of [0, 1]. In which norms does it tend "
            "to 0?",
            Choice(
                "in L¹ and L², not in L∞",
                {
                    "in all three": "The supremum of fₙ is 1 for every n.",
                    "in L¹ only": "The integral of fₙ² is 1/n as well.",
                    "in L∞ only": "It is the other way round: what is small here is the width.",
                },
            ),
            "∫ fₙ = ∫ fₙ² = 1/n → 0, while sup fₙ = 1.",
        ),
        # --- four distances ------------------------------------------------------------
        "infinite-one": Question(
            "four-distances",
            "recall",
            "Two point masses sit at different places. Which of these is infinite?",
            Choice(
                "KL",
                {
                    "EM": "EM is the distance between the two places.",
                    "JS": "JS is never above log 2, and it is log 2 here.",
                    "TV": "TV is never above 1, and it is 1 here.",
                },
            ),
            "P has mass where Q has none, so log p/q is infinite there.",
        ),
        "disjoint-js": Question(
            "four-distances",
            "apply",
            "P and Q have disjoint supports. What is JS(P, Q), in nats?",
            "js-of-disjoint",
            "Both KL terms are log 2, and JS is half of their sum.",
        ),
        "two-dice": Question(
            "four-distances",
            "apply",
            "One die is fair. The other shows each of 1 to 5 with probability 0.1, and 6 with "
            "probability 0.5. What is their total variation distance?",
            "tv-of-dice",
            "The event “six” tells them apart best: 1/2 − 1/6 = 1/3.",
        ),
        "narrow-bells": Question(
            "four-distances",
            "apply",
            "Two Gaussians have means 0 and 2 and the same variance 0.25. What is KL, in nats?",
            "kl-of-narrow-gaussians",
            "(difference of means)² / 2σ² = 4 / 0.5.",
        ),
        "js-is-bounded": Question(
            "four-distances",
            "prove",
            "With m = ½(p + q): why is KL(P ‖ M) never above log 2?",
            Choice(
                "because p ≤ 2m, so log p/m ≤ log 2 wherever P has mass",
                {
                    "because KL is at most log 2": "KL may be infinite; it is the mixture "
                    "that helps.",
                    "by the triangle inequality": "KL does not obey it.",
                    "because M is symmetric in P and Q": "That makes JS symmetric. It bounds "
                    "nothing.",
                },
            ),
            "The mean of a function that is nowhere above log 2 is not above log 2.",
        ),
        # --- earth mover ---------------------------------------------------------------
        "what-a-coupling-is": Question(
            "earth-mover",
            "recall",
            "Which matrices π with entries ≥ 0 are couplings of P and Q?",
            Choice(
                "those with row sums P and column sums Q",
                {
                    "those whose entries sum to 1": "That is needed, and not enough: mass would "
                    "leave places that have none.",
                    "the matrix pᵢ qⱼ alone": "That is one of them, the product plan.",
                    "those of least cost": "Those are the optimal ones among the couplings.",
                },
            ),
            "What leaves i is what P has there; what arrives at j is what Q wants there.",
        ),
        "two-heaps": Question(
            "earth-mover",
            "apply",
            "Mass ¾ lies at 0 and mass ¼ at 4. All of it has to go to 1. What is EM?",
            "em-two-piles",
            "¾ · 1 + ¼ · 3 = 1.5. There is only one plan.",
        ),
        "stretched": Question(
            "earth-mover",
            "apply",
            "P is uniform on [−1, 1] and Q on [−3, 3]. What is EM?",
            "em-stretch",
            "On a line quantile goes to quantile: x moves to 3x, by 2|x|, whose mean is 1.",
        ),
        "crossing-boxes": Question(
            "earth-mover",
            "prove",
            "On a line a plan carries boxes across the same stretch in both directions. Why is it "
            "not optimal?",
            Choice(
                "exchanging where the two boxes end saves the stretch twice",
                {
                    "because no box may be moved twice": "No box is; there are two boxes.",
                    "because couplings are symmetric": "They need not be.",
                    "because EM obeys the triangle inequality": "That compares distributions. "
                    "Here one plan is compared with another.",
                },
            ),
            "After the exchange row and column sums are the same, and both ways are shorter.",
        ),
        # --- parallel lines ------------------------------------------------------------
        "who-sees-theta": Question(
            "parallel-lines",
            "recall",
            "In Example 1 let θ → 0 through values other than 0. Which distance to P₀ tends to 0?",
            Choice(
                "EM",
                {
                    "JS": "JS is log 2 at every θ ≠ 0.",
                    "KL": "KL is infinite at every θ ≠ 0.",
                    "TV": "TV is 1 at every θ ≠ 0.",
                },
            ),
            "EM = |θ|. The other three jump at 0.",
        ),
        "two-lines": Question(
            "parallel-lines",
            "apply",
            "One line of Example 1 stands at θ = −0.3, another at θ = 0.45. What is EM?",
            "two-moved-lines",
            "Each point moves straight across: 0.45 + 0.3.",
        ),
        "strips": Question(
            "parallel-lines",
            "apply",
            "Give the lines a width: two uniform strips 0.2 wide, one moved across by 0.05. "
            "What is TV?",
            "thick-lines",
            "A quarter of each strip lies outside of the other: 0.05 / 0.2.",
        ),
        "a-function-for-theta": Question(
            "parallel-lines",
            "prove",
            "Which function proves that EM between the lines at 0 and at θ is at least |θ|?",
            Choice(
                "f(x, y) = x or −x, whichever sign fits",
                {
                    "f(x, y) = y": "Both lines have the same heights: it reports 0.",
                    "f = 1 on one line and 0 on the other": "It reports 1 and has slope 1/|θ|: for "
                    "small θ it is not 1-Lipschitz.",
                    "f(x, y) = x²": "Not 1-Lipschitz, and it reports θ².",
                },
            ),
            "It is 1-Lipschitz, and the difference of its means is |θ|.",
        ),
        # --- continuity ----------------------------------------------------------------
        "strongest-first": Question(
            "continuity",
            "recall",
            "From the strongest kind of convergence to the weakest, on a compact space:",
            Choice(
                "KL, then JS and TV, then EM",
                {
                    "EM, then JS and TV, then KL": "The other way: what is hardest to reach "
                    "comes first.",
                    "KL, then TV, then JS, then EM": "JS and TV tend to 0 together.",
                    "KL and JS, then TV and EM": "JS belongs to TV, and EM alone is the weakest.",
                },
            ),
            "Theorem 2: KL → 0 implies JS → 0, which is the same as TV → 0, which implies EM → 0.",
        ),
        "mass-that-escapes": Question(
            "continuity",
            "apply",
            "Pₙ puts mass 1 − 1/n at 0 and mass 1/n at the place n. Which tends to 0: TV or EM "
            "to the point mass at 0?",
            Choice(
                "TV tends to 0 and EM does not",
                {
                    "both tend to 0": "EM is (1/n) · n = 1. The space is not bounded.",
                    "EM tends to 0 and TV does not": "TV is the mass that differs, 1/n.",
                    "neither": "TV is the mass that differs, 1/n.",
                },
            ),
            "TV = 1/n, EM = 1. On a compact space this could not happen.",
        ),
        "from-kl-to-tv": Question(
            "continuity",
            "prove",
            "Which inequality shows that KL → 0 implies TV → 0?",
            Choice(
                "TV ≤ √(KL / 2)",
                {
                    "KL ≤ TV": "It points the wrong way, and is false: KL may be infinite.",
                    "TV ≤ KL": "False: when KL is small, TV can be as large as about its root.",
                    "EM ≤ diameter · TV": "True, and it leads from TV to EM.",
                },
            ),
            "Pinsker’s inequality.",
        ),
        # --- duality -------------------------------------------------------------------
        "no-slack": Question(
            "duality",
            "recall",
            "An optimal plan sends mass from i to j. What do optimal prices fᵢ and gⱼ satisfy?",
            Choice(
                "fᵢ + gⱼ = cᵢⱼ",
                {
                    "fᵢ + gⱼ < cᵢⱼ": "A route with slack carries no mass.",
                    "fᵢ + gⱼ > cᵢⱼ": "That is forbidden on every route.",
                    "fᵢ = gⱼ": "Nothing asks for that.",
                },
            ),
            "Complementary slackness: mass only where the constraint is tight.",
        ),
        "inner-pair": Question(
            "duality",
            "apply",
            "P has mass ½ at 0 and at 10, Q has mass ½ at 4 and at 6. What is EM?",
            "dual-inner-pair",
            "0 goes to 4 and 10 to 6. The function |x − 5| reports 4 as well, so no plan is "
            "cheaper.",
        ),
        "steeper-and-wider": Question(
            "duality",
            "apply",
            "Two distributions are at EM 0.7. All points are moved twice as far from the origin, "
            "and critics may be 3-Lipschitz. What do they report at most?",
            "dual-scaled",
            "3 · 2 · 0.7: K-Lipschitz critics give K times EM.",
        ),
        "gradient-of-em": Question(
            "duality",
            "apply",
            "z is uniform on [1, 2], the generator makes θz, the data are a point at 0. "
            "What is the derivative of EM at θ = 2?",
            "dual-gradient",
            "f(x) = −x is a potential, and the mean of −∂f(θz)/∂θ is the mean of z, 1.5.",
        ),
        "weak-duality": Question(
            "duality",
            "prove",
            "f is 1-Lipschitz. Why is the mean of f under P minus that under Q at most the cost of "
            "any plan π?",
            Choice(
                "because f(x) − f(y) ≤ d(x, y), averaged over π",
                {
                    "because f attains a maximum": "Existence proves no inequality.",
                    "because π may be taken as the product plan": "It has to hold for every plan.",
                    "because f is convex": "It need not be.",
                },
            ),
            "π has the marginals P and Q, so the mean of f(x) − f(y) over π is that difference.",
        ),
        # --- why GANs are hard ---------------------------------------------------------
        "value-of-the-game": Question(
            "why-gans-are-hard",
            "recall",
            "With the best discriminator the GAN objective is …",
            Choice(
                "2 JS − 2 log 2",
                {
                    "2 JS": "At equality the best discriminator says ½, and the value is −2 log 2.",
                    "JS − log 2": "There are two expectations: twice that.",
                    "KL(data ‖ model)": "That would be infinite for disjoint supports; the value "
                    "never "
                    "passes 0.",
                },
            ),
            "Put D* = p/(p + q) into the objective, and write p/(p + q) as ½ p/m.",
        ),
        "coins": Question(
            "why-gans-are-hard",
            "apply",
            "A real coin shows heads with probability 0.8, a generated one with 0.2. What is the "
            "GAN objective of the best discriminator, in nats?",
            "best-loss-of-coins",
            "D* is 0.8 on heads and 0.2 on tails: 2 (0.8 log 0.8 + 0.2 log 0.2) = −1.001.",
        ),
        "pull": Question(
            "why-gans-are-hard",
            "apply",
            "At a generated point D says 0.02, and the logit of D has slope 5. How large is the "
            "gradient of log(1 − D) there?",
            "minimax-pull",
            "Its size is D times the slope of the logit: the surer D is, the less the point hears.",
        ),
        "flat-where-it-counts": Question(
            "why-gans-are-hard",
            "prove",
            "A differentiable discriminator with values in [0, 1] says 0 at a generated point. "
            "Why is its gradient 0 there?",
            Choice(
                "0 is its least value, and at a minimum the gradient is 0",
                {
                    "because supports have no area": "They may have; the argument needs none "
                    "of that.",
                    "because a sigmoid is bounded": "Bounded functions can be steep.",
                    "because the discriminator is constant": "It is not: at real points it says 1.",
                },
            ),
            "In every direction D can only grow, so no first-order term is left.",
        ),
        # --- the optimal critic --------------------------------------------------------
        "best-discriminator": Question(
            "optimal-critic",
            "recall",
            "p is the density of the data, q that of the generator. What does the best "
            "discriminator say at x?",
            Choice(
                "p(x) / (p(x) + q(x))",
                {
                    "p(x) / q(x)": "That is the odds, not the probability.",
                    "q(x) / (p(x) + q(x))": "That is the probability that the point is generated.",
                    "p(x) − q(x)": "Not a probability: it may be negative.",
                },
            ),
            "At each x it maximises p log D + q log(1 − D).",
        ),
        "at-the-generated-mean": Question(
            "optimal-critic",
            "apply",
            "Real points come from N(−1, 1), generated ones from N(1, 1). What does the best "
            "discriminator say at x = 1?",
            "perfect-discriminator",
            "1 / (1 + e²): the logit is −2x.",
        ),
        "best-slope": Question(
            "optimal-critic",
            "apply",
            "A critic with slope s everywhere reports 4s and pays a penalty 5 (s − 1)². "
            "Which s is best for it?",
            "penalised-slope",
            "4 = 10 (s − 1). A penalty lets the slope pass 1 a little.",
        ),
        # --- training a WGAN -----------------------------------------------------------
        "when-to-clip": Question(
            "training-a-wgan",
            "recall",
            "When does Algorithm 1 clip the weights?",
            Choice(
                "after each step of the critic",
                {
                    "after each step of the generator": "The critic takes five steps in "
                    "between, and "
                    "each may leave the box.",
                    "before each step of the critic": "That is what the authors’ program does. The "
                    "printed algorithm clips after the step.",
                    "never: it clips gradients": "Gradients are rescaled by RMSProp; weights "
                    "are clipped.",
                },
            ),
            "Line 7, inside the inner loop, and only the critic’s weights.",
        ),
        "points-seen": Question(
            "training-a-wgan",
            "apply",
            "How many real points does Algorithm 1 draw in 1,000 generator steps, with "
            "n_critic = 5 and m = 64?",
            "real-points-seen",
            "1,000 · 5 · 64. The generator’s own step draws noise only.",
        ),
        "a-bound": Question(
            "training-a-wgan",
            "apply",
            "A critic reports 0.012, and its steepest slope is 0.02. EM is at least …",
            "bound-from-estimate",
            "Divided by 0.02 the critic is 1-Lipschitz, and reports 0.6.",
        ),
        "hold-f-fixed": Question(
            "training-a-wgan",
            "prove",
            "f is a perfect critic at θ. Why has EM the same derivative there as the value of f, "
            "with f held fixed, if both have one?",
            Choice(
                "EM minus that value is never negative, and 0 at θ",
                {
                    "because f does not depend on θ": "The perfect critic does. That it may "
                    "be held "
                    "fixed is what has to be shown.",
                    "because expectations are linear": "That moves the derivative inside, and does "
                    "not say why f may be fixed.",
                    "because f has slope 1": "That is about x, not about θ.",
                },
            ),
            "A differentiable function has derivative 0 at a minimum: the envelope argument.",
        ),
        # --- Lipschitz -----------------------------------------------------------------
        "one-sided": Question(
            "lipschitz",
            "recall",
            "What does a one-sided gradient penalty charge?",
            Choice(
                "gradients of norm above 1",
                {
                    "gradients of norm below 1": "Those it leaves alone.",
                    "all gradients whose norm is not 1": "That is the two-sided penalty.",
                    "large weights": "That would be weight decay.",
                },
            ),
            "A 1-Lipschitz function may be flatter than 1 wherever it likes.",
        ),
        "sorting-keeps-slope": Question(
            "lipschitz",
            "recall",
            "No layer's operator norm is above 1. Why can GroupSort keep a slope of 1 where ReLU "
            "cannot?",
            Choice(
                "backwards it only exchanges numbers, and blocks none",
                {
                    "its layers have larger norms": "The same limit holds for both.",
                    "its slope is above 1": "Sorting is 1-Lipschitz, as ReLU is.",
                    "it has more weights": "It has none: it only sorts.",
                },
            ),
            "A permutation keeps the norm of a gradient; a blocked unit takes its part away.",
        ),
        "smallest-k": Question(
            "lipschitz",
            "apply",
            "A ReLU critic takes 2 numbers to 16 hidden units and those to one score; all weights "
            "are in [−0.1, 0.1]. What is the smallest K that serves all such critics?",
            "box-constant",
            "0.1 · √32 for the first layer times 0.1 · √16 for the second.",
        ),
        "one-layer": Question(
            "lipschitz",
            "apply",
            "A hidden layer of 128 ReLU units has weights ±0.01 with random signs. By what factor "
            "does it change the norm of a gradient, in the root mean square?",
            "factor-of-a-layer",
            "c · √(n / 2) = 0.01 · 8. After six such layers less than a millionth is left.",
        ),
        "layers-multiply": Question(
            "lipschitz",
            "prove",
            "Two layers have Lipschitz constants K₁ and K₂. Why is K₁ K₂ enough for both together?",
            Choice(
                "a change h becomes at most K₁ h, and then at most K₂ (K₁ h)",
                {
                    "because the gradient of a sum is the sum of gradients": "Layers follow each "
                    "other; they are not added.",
                    "because one of the two may be taken as 1": "Not without changing the network.",
                    "because the larger of the two decides": "max(K₁, K₂) is not enough: 2x, "
                    "twice, "
                    "is 4x.",
                },
            ),
            "The output of the first layer is the input of the second.",
        ),
        # --- mode collapse -------------------------------------------------------------
        "against-a-statue": Question(
            "mode-collapse",
            "recall",
            "The discriminator is frozen. Which generator is best against it?",
            Choice(
                "one that makes only points where D is highest",
                {
                    "one that matches the data": "It is good against a discriminator that answers. "
                    "This one does not.",
                    "one that spreads over all points with D > ½": "The mean of D over these is at "
                    "most its maximum.",
                    "every generator is as good": "Not if D takes different values.",
                },
            ),
            "The loss is a mean over generated points, and a mean is best when each term is.",
        ),
        "one-mode": Question(
            "mode-collapse",
            "apply",
            "The data are eight points, evenly on a circle of radius 2. A generator makes one of "
            "them, exactly, and no other. What is EM?",
            "one-mode-of-eight",
            "The mean of the distances from one corner to all eight, its own 0 among them.",
        ),
        "no-cure": Question(
            "mode-collapse",
            "prove",
            "Why is freezing a WGAN’s critic, even a perfect one, no cure?",
            Choice(
                "E f(g(z)) is at most max f, so one point is enough",
                {
                    "because the critic is not Lipschitz": "It may be; the argument does not ask.",
                    "because JS saturates": "JS does not occur here.",
                    "because the generator is not trained": "It is: to the end, and to one point.",
                },
            ),
            "The cure is that the critic answers: as soon as points gather, it lowers f there.",
        ),
        # --- relatives -----------------------------------------------------------------
        "bounded-functions": Question(
            "relatives",
            "recall",
            "Let δ = sup |P(A) − Q(A)|. Functions f lie between −1 and 1. How far apart "
            "can their means under P and under Q be?",
            Choice(
                "2δ",
                {
                    "δ": "That is what functions between 0 and 1 give. Section 5 of the paper "
                    "slips here.",
                    "EM": "That needs the 1-Lipschitz functions.",
                    "MMD": "That needs the unit ball of a kernel’s space.",
                },
            ),
            "f = 1 where P has more and −1 elsewhere: P(A) − Q(A) counts twice.",
        ),
        "larger-class": Question(
            "relatives",
            "prove",
            "A class F of critics contains a class G. What follows for the two suprema?",
            Choice(
                "that over F is at least that over G",
                {
                    "that over F is at most that over G": "A larger choice is never a worse one. "
                    "Section 5 of the paper slips here.",
                    "they are equal": "Only if the best critic, or a sequence towards it, is in G.",
                    "nothing": "Every value that G reaches, F reaches too.",
                },
            ),
            "The supremum over F runs over everything that the other runs over, and more.",
        ),
        # --- other duals ---------------------------------------------------------------
        "one-function-for-em": Question(
            "other-duals",
            "recall",
            "Why does the dual of EM need only one function?",
            Choice(
                "the c-transform of a 1-Lipschitz f is −f",
                {
                    "because P and Q have equal mass": "So they have for the squared distance, "
                    "where one function is not enough.",
                    "because critics are networks": "The theorem knows of no networks.",
                    "because the best plan is a map": "It need not be one.",
                },
            ),
            "By the triangle inequality. Squared distances obey none.",
        ),
        "stops-on-the-way": Question(
            "other-duals",
            "apply",
            "A pile at 0, a hole at 2, cost the squared distance, three even stops on the way. "
            "How much can one function prove at most?",
            "one-function-with-stops",
            "Four steps of cost ¼ each; the pair of functions proves 4.",
        ),
        # --- spot the bug --------------------------------------------------------------
        "never-above-one": Question(
            "spot-the-bug",
            "recall",
            "Whatever the data and however long the training, the WGAN’s estimate never passes 1. "
            "What do you suspect?",
            Choice(
                "a sigmoid at the end of the critic",
                {
                    "a critic without any rule": "Its estimate would grow without end.",
                    "a wrong sign in the generator’s step": "The generator would run away, and the "
                    "estimate grow.",
                    "a batch that is too small": "That makes the estimate noisy; it bounds "
                    "nothing.",
                },
            ),
            "Two means of values in (0, 1) differ by less than 1.",
        ),
        "out-of-the-box": Question(
            "spot-the-bug",
            "apply",
            "c = 0.01, α = 0.00005, RMSProp with decay 0.99, and the code clips before the step. "
            "What is the largest weight that a critic can have?",
            "furthest-out-of-the-box",
            "0.01 plus one step of at most α / √(1 − 0.99) = 10 α.",
        ),
        "steep-images": Question(
            "spot-the-bug",
            "apply",
            "Each partial derivative of a critic of 3 × 64 × 64 images is 1. What is the norm of "
            "its gradient?",
            "slope-of-an-image-critic",
            "√12,288. A penalty on each coordinate is no penalty on the norm.",
        ),
    }
    for name, question in listed.items():
        if question.part not in PARTS or question.depth not in DEPTHS:
            raise ValueError(f"{name}: expected a part and a depth that exist")
    places = list(PARTS)
    return dict(sorted(listed.items(), key=lambda item: places.index(item[1].part)))
