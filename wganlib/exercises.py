"""Answers that check themselves: a reader's number, compared with one the library computes.

Chapters end with questions; a cell such as ``check_answer("js-of-disjoint", my_answer)``
says whether the answer is right and, for the slips that people make, which slip it was.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from wganlib import _validate as check
from wganlib import measures, transport
from wganlib.divergences import total_variation


@dataclass(frozen=True)
class Exercise:
    """A question with a number for an answer.

    Parameters
    ----------
    answer : callable
        Computes the right number, when asked.
    tolerance : float
        How far an answer may be off, absolutely.
    slips : mapping of str to callable
        What a common mistake gives: the hint to show, and the number it leads to.

    Examples
    --------
    >>> from wganlib.exercises import Exercise
    >>> Exercise(lambda: 2.0, tolerance=0.1).answer()
    2.0
    """

    answer: Callable[[], float]
    tolerance: float = 5e-3
    slips: Mapping[str, Callable[[], float]] = field(default_factory=dict)

    def near(self, given: float, target: float) -> bool:
        """Say whether a given number is the target, infinity being equal to itself alone."""
        if math.isinf(given) or math.isinf(target):
            return given == target
        return abs(given - target) <= self.tolerance


@dataclass(frozen=True)
class Feedback:
    """What the checker says of an answer.

    Parameters
    ----------
    right : bool or None
        ``None`` while nothing has been answered.
    text : str

    Examples
    --------
    >>> from wganlib import check_answer
    >>> check_answer("js-of-disjoint", None).right is None
    True
    """

    right: bool | None
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<div class="wg-feedback" role="status">{html.escape(self.text)}</div>'


#: Every exercise of the book, by name; each chapter's module adds its own.
EXERCISES: dict[str, Exercise] = {}


def _four_distances() -> dict[str, Exercise]:
    from wganlib import divergences

    log_2 = math.log(2.0)
    fair, loaded = [1 / 6] * 6, [0.1] * 5 + [0.5]
    return {
        "js-of-disjoint": Exercise(
            lambda: log_2,
            slips={
                "That is the sum without the factor ½ in front of each KL term.": lambda: 2 * log_2,
                "That is in bits; the book measures in nats.": lambda: 1.0,
            },
        ),
        "tv-of-dice": Exercise(
            lambda: divergences.total_variation(fair, loaded),
            slips={
                "That is the whole sum of |p − q|; TV is half of it.": lambda: (
                    2 * divergences.total_variation(fair, loaded)
                ),
            },
        ),
        "kl-of-nested-boxes": Exercise(
            lambda: divergences.kl_divergence([1.0, 0.0], [0.5, 0.5]),
            slips={
                "That is KL(Q‖P): Q has mass where P has none.": lambda: math.inf,
                "The sign: P is the numerator inside the logarithm.": lambda: -log_2,
                "That is in bits; the book measures in nats.": lambda: 1.0,
            },
        ),
        "kl-of-narrow-gaussians": Exercise(
            lambda: divergences.kl_gaussian(0.0, 0.25, 2.0, 0.25),
            slips={
                "Divide by the variance σ² = 0.25, not by σ.": lambda: 4.0,
                "The factor ½ is missing.": lambda: 16.0,
                "That is the KL of two Gaussians of width 1.": lambda: 2.0,
            },
        ),
        "js-from-loss": Exercise(
            lambda: -0.9 / 2 + log_2,
            slips={
                "That is the sum of KL terms as printed, without the ½.": lambda: -0.9 + 2 * log_2,
                "The log 2 is added, and it is not halved again.": lambda: -0.9 / 2 + log_2 / 2,
            },
        ),
    }


def _earth_mover() -> dict[str, Exercise]:
    def two_piles() -> float:
        return transport.wasserstein_1([0.0, 4.0], [1.0], a=[0.75, 0.25])

    def stretch() -> float:
        points = [measures.Segment(-end, end).discretise(1000)[0] for end in (1.0, 3.0)]
        return transport.wasserstein_1(*points)

    return {
        "em-two-piles": Exercise(
            two_piles,
            slips={
                "That is the distance of the means, which EM is never below.": lambda: 0.0,
                "That adds the two distances. Weigh each by the mass that travels it.": lambda: 4.0,
                "That is the plain mean of the two distances; the piles differ.": lambda: 2.0,
            },
        ),
        "em-stretch": Exercise(
            stretch,
            slips={
                "That is the distance of the means, which EM is never below.": lambda: 0.0,
                "That is how far the end points move; the middle moves less.": lambda: 2.0,
                "That is the total variation.": lambda: 2 / 3,
            },
        ),
    }


def _parallel_lines() -> dict[str, Exercise]:
    from wganlib.measures import Histogram, Segment, parallel_lines
    from wganlib.transport import wasserstein_1

    def between(theta: float, other: float) -> float:
        lines = [parallel_lines(t)[1].discretise(50)[0] for t in (theta, other)]
        return wasserstein_1(*lines)

    def stretched() -> float:
        short, long = Segment([0, 0], [0, 1]), Segment([0, 0], [0, 2])
        return wasserstein_1(short.discretise(200)[0], long.discretise(200)[0])

    def thick(shift: float, width: float) -> float:
        first = Histogram([0, shift, width, width + shift], [shift / width, 1 - shift / width, 0])
        second = Histogram(first.edges, [0, 1 - shift / width, shift / width])
        return total_variation(first.mass, second.mass)

    return {
        "two-moved-lines": Exercise(
            lambda: between(-0.3, 0.45),
            slips={"You measured from one of the lines to P₀.": lambda: between(0.0, 0.45)},
        ),
        "stretched-line": Exercise(
            stretched,
            slips={
                "That is the way of the top end alone; EM is the mean over all points.": lambda: 1.0
            },
        ),
        "thick-lines": Exercise(
            lambda: thick(0.05, 0.2),
            slips={
                "That is the share that overlaps; TV is the share that does not.": lambda: (
                    1 - thick(0.05, 0.2)
                )
            },
        ),
    }


def _training_a_wgan() -> dict[str, Exercise]:
    generator_steps, n_critic, m = 1000, 5, 64

    def ring_modes() -> Any:
        turns = 2 * math.pi * np.arange(3) / 3
        return np.stack([np.cos(turns), np.sin(turns)], axis=1)

    def one_against_one() -> float:
        modes = ring_modes()
        return float(np.linalg.norm(modes[:, None] - modes[None], axis=-1).mean())

    def one_against_centre() -> float:
        return float(np.linalg.norm(ring_modes(), axis=-1).mean())

    return {
        "real-points-seen": Exercise(
            lambda: float(generator_steps * n_critic * m),
            tolerance=0.5,
            slips={
                "That counts the critic's loop from 0 to n_critic, both included.": lambda: float(
                    generator_steps * (n_critic + 1) * m
                ),
                "The critic takes n_critic steps, each with a batch of its own.": lambda: float(
                    generator_steps * m
                ),
            },
        ),
        "bound-from-estimate": Exercise(
            lambda: 0.012 / 0.02,
            slips={
                "Divide by the slope; you multiplied.": lambda: 0.012 * 0.02,
                "That is the estimate itself, in units of slope times length.": lambda: 0.012,
                "That is the slope over the estimate.": lambda: 0.02 / 0.012,
            },
        ),
        "batch-of-one-perfect": Exercise(
            one_against_one,
            slips={
                "That is the distance of the distributions, not of two single points.": lambda: 0.0,
                "That is the generator that always answers with the centre.": one_against_centre,
                "A third of the time both points are the same mode.": lambda: math.sqrt(3.0),
            },
        ),
    }


def _optimal_critic() -> dict[str, Exercise]:
    from scipy.special import expit

    from wganlib.measures import Gaussian
    from wganlib.scenes import perfect_discriminator

    def says(d: float, std: float) -> float:
        """Return D* at the mean of the generated bell."""
        bells = Gaussian(-d / 2, std**2), Gaussian(d / 2, std**2)
        return float(expit(perfect_discriminator(d / 2, *bells)))

    return {
        "perfect-discriminator": Exercise(
            lambda: says(2.0, 1.0),
            slips={
                "That is the probability that the point is generated.": lambda: 1 - says(2.0, 1.0),
                "At x = 1 the exponent is d·x/σ² with d = 2, not 1.": lambda: says(2**0.5, 1.0),
                "That is D* in the middle between the bells.": lambda: 0.5,
            },
        ),
        "minimax-gradient": Exercise(
            lambda: 6 / 4 * says(6.0, 2.0),
            tolerance=2e-4,
            slips={
                "That is D*; its slope d/σ² is missing.": lambda: says(6.0, 2.0),
                "The slope is d/σ², with the variance 4.": lambda: 6 / 2 * says(6.0, 2.0),
                "That is the gradient of −log D*.": lambda: 6 / 4 * (1 - says(6.0, 2.0)),
            },
        ),
        "clipped-steepest": Exercise(
            lambda: 100 * 0.05**2,
            tolerance=5e-4,
            slips={
                "One factor c is missing: the weights of both layers multiply.": lambda: 100 * 0.05,
                "That is one unit; their slopes add up.": lambda: 0.05**2,
                "That is the slope outside of [−1, 1], where half of the units are on.": lambda: (
                    50 * 0.05**2
                ),
            },
        ),
        "penalised-slope": Exercise(
            lambda: 1 + 4 / (2 * 5),
            slips={
                "That is the slope that goes unpunished; a little more pays.": lambda: 1.0,
                "That is what it reports; the slope was asked for.": lambda: 4 * 1.4,
                "The derivative of λ(s − 1)² is 2λ(s − 1).": lambda: 1 + 4 / 5,
            },
        ),
    }


def _why_gans_are_hard() -> dict[str, Exercise]:
    from wganlib.divergences import js_divergence

    verdict, slope = 0.02, 5.0  # D at a generated point, and the slope of its logit there
    p, q = [0.8, 0.2], [0.2, 0.8]

    def best_loss() -> float:
        return 2 * js_divergence(p, q) - 2 * math.log(2)

    return {
        "best-loss-of-coins": Exercise(
            best_loss,
            tolerance=2e-3,
            slips={
                "That is 2 JS; the game also pays −2 log 2.": lambda: 2 * js_divergence(p, q),
                "JS counts twice.": lambda: js_divergence(p, q) - 2 * math.log(2),
                "That is the value for equal coins, where nothing can be told.": lambda: (
                    -2 * math.log(2)
                ),
            },
        ),
        "minimax-pull": Exercise(
            lambda: verdict * slope,
            tolerance=5e-4,
            slips={
                "That is the gradient of −log D.": lambda: (1 - verdict) * slope,
                "That is the gradient of D; divide by 1 − D.": lambda: (
                    verdict * (1 - verdict) * slope
                ),
                "That is the slope of the logit alone.": lambda: slope,
            },
        ),
        "cauchy-beyond-ten": Exercise(
            lambda: 1 - 2 / math.pi * math.atan(10.0),
            tolerance=5e-4,
            slips={
                "That is one side; the ratio can be below −10 as well.": lambda: (
                    0.5 - math.atan(10.0) / math.pi
                ),
                "That is the probability of staying within 10.": lambda: (
                    2 / math.pi * math.atan(10.0)
                ),
                "A Gaussian would never do it; this is no Gaussian.": lambda: 0.0,
            },
        ),
    }


def _duality() -> dict[str, Exercise]:
    def inner_pair() -> float:
        return transport.wasserstein_1([0.0, 10.0], [4.0, 6.0])

    def scaled(constant: float, factor: float) -> float:
        from wganlib.ipm import lipschitz_critic

        return lipschitz_critic([0.0], [0.7 * factor], constant=constant).value

    def stretched(theta: float) -> float:
        """EM between a point mass at 0 and θz, z uniform on [1, 2]."""
        z = measures.Segment(1.0, 2.0).discretise(200)[0]
        return transport.wasserstein_1([0.0], theta * z[:, 0])

    return {
        "dual-inner-pair": Exercise(
            inner_pair,
            slips={
                "That is the difference of the means, which f(x) = x gives.": lambda: 0.0,
                "That adds the two pairs; each has mass ½.": lambda: 2 * inner_pair(),
                "That sends each point to the far one; there is a cheaper plan.": lambda: 6.0,
            },
        ),
        "dual-scaled": Exercise(
            lambda: scaled(3.0, 2.0),
            slips={
                "The points have moved apart as well: EM is doubled.": lambda: scaled(3.0, 1.0),
                "The critics may be three times as steep.": lambda: scaled(1.0, 2.0),
                "Multiply by K; do not divide.": lambda: scaled(1.0, 2.0) / 3.0,
            },
        ),
        "dual-gradient": Exercise(
            lambda: (stretched(2.0 + 1e-3) - stretched(2.0 - 1e-3)) / 2e-3,
            slips={
                "That is the gradient of f at a point; the chain rule adds a factor z.": lambda: (
                    1.0
                ),
                "That is EM itself at θ = 2.": lambda: stretched(2.0),
                "The sign: EM grows when the points move away from 0.": lambda: -1.5,
            },
        ),
    }


def _lipschitz() -> dict[str, Exercise]:
    def box(c: float, sizes: tuple[int, ...]) -> float:
        return math.prod(c * math.sqrt(a * b) for a, b in pairwise(sizes))

    def best_slope(em: float, weight: float) -> float:
        """Maximise k · EM − λ (k − 1)² over k on a fine grid."""
        k = np.linspace(0.0, 10.0, 100_001)
        return float(k[np.argmax(k * em - weight * (k - 1) ** 2)])

    return {
        "most-a-critic-reports": Exercise(
            lambda: 3 * transport.wasserstein_1([0.0], [0.4]),
            slips={
                "That is what a 1-Lipschitz critic reports at most.": lambda: 0.4,
                "Multiply by K; you divided.": lambda: 0.4 / 3,
            },
        ),
        "box-constant": Exercise(
            lambda: box(0.1, (2, 16, 1)),
            tolerance=1e-3,
            slips={
                "Each of the two layers brings a factor c.": lambda: 10 * box(0.1, (2, 16, 1)),
                "That is without the roots: a layer has √(in · out).": lambda: 0.1**2 * 32 * 16,
                "That is c squared alone; the widths count too.": lambda: 0.01,
            },
        ),
        "factor-of-a-layer": Exercise(
            lambda: 0.01 * math.sqrt(128 / 2),
            tolerance=1e-3,
            slips={
                "ReLU blocks half of the units; the ½ is missing.": lambda: 0.01 * math.sqrt(128),
                "That is the factor of the square of the norm.": lambda: 0.01**2 * 64,
                "That would be so if all signs agreed.": lambda: 0.01 * 128,
            },
        ),
        "price-of-slope": Exercise(
            lambda: best_slope(0.5, 0.1),
            slips={
                "The factor 2 of the square's derivative is missing.": lambda: 1 + 0.5 / 0.1,
                "That is the excess over 1.": lambda: best_slope(0.5, 0.1) - 1,
                "That is for λ = 10.": lambda: best_slope(0.5, 10.0),
            },
        ),
    }


def _mode_collapse() -> dict[str, Exercise]:
    answers = (0.3, 0.6, 0.9)

    def perfect(real: float, fake: float) -> float:
        return real / (real + fake)

    def one_of_eight() -> float:
        import numpy as np

        from wganlib.transport import wasserstein_1

        turns = 2 * math.pi * np.arange(8) / 8
        circle = 2 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        return wasserstein_1(circle, circle[:1])

    return {
        "frozen-judge-loss": Exercise(
            lambda: math.log(1 - max(answers)),
            slips={
                "That is the mean over the three spots; nothing forces the generator to visit "
                "all.": lambda: sum(math.log(1 - d) for d in answers) / 3,
                "That is log D; the loss is log(1 − D).": lambda: math.log(max(answers)),
                "That is the spot where the loss is largest.": lambda: math.log(1 - min(answers)),
            },
        ),
        "perfect-judge-of-two": Exercise(
            lambda: perfect(0.5, 0.2),
            slips={
                "That is D on the left.": lambda: perfect(0.5, 0.8),
                "That is 1 − D: the probability that a point there is generated.": lambda: (
                    1 - perfect(0.5, 0.2)
                ),
            },
        ),
        "one-mode-of-eight": Exercise(
            one_of_eight,
            slips={
                "That is the radius: the distance from the centre, which a collapsed generator "
                "does not sit at.": lambda: 2.0,
                "The chosen mode itself is one of the eight, at distance 0.": lambda: (
                    one_of_eight() * 8 / 7
                ),
                "That is the farthest point; EM is the mean.": lambda: 4.0,
            },
        ),
    }


def _spot_the_bug() -> dict[str, Exercise]:
    c, alpha, decay = 0.01, 5e-5, 0.99
    longest = alpha / math.sqrt(1 - decay)
    p, q = [0.6, 0.4, 0.0], [0.0, 0.4, 0.6]

    def best_hinge() -> float:
        # At each outcome the best score is 1 or −1, whichever costs less.
        return sum(min(2 * b, 2 * a) for a, b in zip(p, q, strict=True))

    return {
        "furthest-out-of-the-box": Exercise(
            lambda: c + longest,
            tolerance=1e-5,
            slips={
                "That is the box itself; a step follows the clip.": lambda: c,
                "A step of RMSProp can be longer than α: divide by √(1 − 0.99).": lambda: c + alpha,
                "Divide by √(1 − 0.99), and not by 1 − 0.99.": lambda: c + alpha / (1 - decay),
            },
        ),
        "slope-of-an-image-critic": Exercise(
            lambda: float(np.linalg.norm(np.ones(3 * 64 * 64))),
            tolerance=0.5,
            slips={
                "That is for one pixel of three colours.": lambda: math.sqrt(3),
                "That is for one colour.": lambda: 64.0,
                "The norm is the root of the sum of squares.": lambda: 3.0 * 64 * 64,
            },
        ),
        "smallest-hinge-loss": Exercise(
            best_hinge,
            slips={
                "That is 2 − loss, what the training would report.": lambda: (
                    2 * total_variation(p, q)
                ),
                "That is the total variation.": lambda: total_variation(p, q),
                "That is the loss of a critic that says 0 everywhere.": lambda: 2.0,
            },
        ),
    }


for _chapter in (
    _four_distances,
    _earth_mover,
    _parallel_lines,
    _duality,
    _training_a_wgan,
    _optimal_critic,
    _why_gans_are_hard,
    _lipschitz,
    _mode_collapse,
    _spot_the_bug,
):
    EXERCISES.update(_chapter())


def check_answer(exercise: str, answer: Any) -> Feedback:
    """Compare a reader's answer with the one that the library computes.

    Parameters
    ----------
    exercise : str
        Name of an exercise, as printed beside the question.
    answer : float or None
        The reader's number; ``None`` stands for "not yet".

    Returns
    -------
    Feedback
        With ``right`` True, False, or None for no answer yet, and a sentence.

    Raises
    ------
    ValueError
        If there is no such exercise, or the number is too large for a float.
    TypeError
        If the answer is not a number.

    Source
    ------
    Every expected value is computed by this library when it is asked for, never stored.

    Examples
    --------
    >>> from wganlib import check_answer
    >>> check_answer("js-of-disjoint", 0.693)
    Right.
    >>> check_answer("js-of-disjoint", 1.386)
    Not yet. That is the sum without the factor ½ in front of each KL term.
    """
    task = EXERCISES[check.one_of(exercise, "exercise", EXERCISES)]
    if answer is None:
        return Feedback(None, "Put your answer in place of None and run this cell.")
    if isinstance(answer, (float, np.floating)) and math.isnan(answer):
        return Feedback(False, "Not yet. That is NaN: something like 0/0 or ∞ − ∞ was computed.")
    given = check.extended_real(answer, "answer")
    if task.near(given, task.answer()):
        return Feedback(True, "Right.")
    for hint, slip in task.slips.items():
        if task.near(given, slip()):
            return Feedback(False, f"Not yet. {hint}")
    return Feedback(False, "Not yet. Compare with the definition, or unfold the solution.")


# --- answers that are names ------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A question with one of some names for an answer.

    Parameters
    ----------
    answer : str
        The right name.
    hints : mapping of str to str
        For every other name, why it does not fit.

    Examples
    --------
    >>> from wganlib.exercises import Choice
    >>> Choice("heads", {"tails": "Look at the other side."}).names
    ('heads', 'tails')
    """

    answer: str
    hints: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """What there is to choose from, in alphabetical order."""
        return tuple(sorted([self.answer, *self.hints]))


#: Every question of the book whose answer is a name.
CHOICES: dict[str, Choice] = {}


def _patients() -> dict[str, Choice]:
    no_penalty = (
        "This critic lives in a box: weights stand at its wall, 0.1. There is no penalty that "
        "could go wrong."
    )
    no_box = "No weights pile up at 0.1, so nothing is clipped here, neither early nor late."
    arrives = "The points go to the data in every run; with a wrong sign they would not."
    clipped = dict.fromkeys(("batch-norm", "norm-per-coordinate", "penalty-at-real"), no_penalty)
    return {
        "patient-1": Choice(
            "sign-flip",
            {
                **clipped,
                "clip-before-step": "A late or an early clip moves weights by a hair, and no "
                "points. Here no weight stands beyond the wall, and the points leave.",
                "hinge": "The weights are in the box, and the estimate passes 2, which 2 less a "
                "hinge loss cannot.",
                "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
            },
        ),
        "patient-2": Choice(
            "sigmoid",
            {
                "batch-norm": "Batch normalisation lets the slope grow beyond the circle. Here "
                "most dots lie inside it.",
                "clip-before-step": no_box,
                "hinge": "Nothing would limit the slope then. Here its mean stays below 1 all "
                "the time.",
                "norm-per-coordinate": "The dots would fill a square that is larger than the "
                "circle. Here most lie inside it.",
                "penalty-at-real": "The slope between would be too large if anything. Here it is "
                "too small.",
                "sign-flip": "With a wrong sign EM would not fall, and most of these runs come "
                "closer, slowly. What does the estimate never pass?",
            },
        ),
        "patient-3": Choice(
            "norm-per-coordinate",
            {
                "batch-norm": "With batch normalisation the points would hardly move. Here they "
                "arrive as in the healthy run.",
                "clip-before-step": no_box,
                "hinge": "Without a rule the slope would go on growing. Here it comes to rest.",
                "penalty-at-real": "Black and blue dots would differ. Here both fill the same "
                "figure, and it is no circle.",
                "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
                "sign-flip": arrives,
            },
        ),
        "patient-4": Choice(
            "clip-before-step",
            {
                **clipped,
                "hinge": "The weights crowd around a wall, so something limits the slope. Look "
                "closely at which side of the wall they stand on.",
                "sigmoid": "Behind a sigmoid the estimate and the slope would be a quarter of the "
                "healthy ones. Here both are as they should be.",
                "sign-flip": arrives,
            },
        ),
        "patient-5": Choice(
            "batch-norm",
            {
                "clip-before-step": no_box,
                "hinge": "Under a hinge the points would move, and EM fall; here next to "
                "nothing happens.",
                "norm-per-coordinate": "The dots would fill a square of half width 1 to 2. Here "
                "they reach far beyond.",
                "penalty-at-real": "At real points, at least, the slope would be right. Here it "
                "is worst there: the black dots reach farthest.",
                "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
                "sign-flip": "A critic whose generator has the wrong sign is still a good critic. "
                "This one's slope is far off the circle.",
            },
        ),
        "patient-6": Choice(
            "hinge",
            {
                "batch-norm": "With batch normalisation the points would hardly move. Here EM is "
                "halved.",
                "clip-before-step": no_box,
                "norm-per-coordinate": "That keeps every coordinate of the slope near 1. Here the "
                "slope grows and grows.",
                "penalty-at-real": "The black dots would stay near norm 1. Here both colours "
                "reach far beyond.",
                "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
                "sign-flip": "With a wrong sign EM would not fall. Here it is halved.",
            },
        ),
        "patient-7": Choice(
            "penalty-at-real",
            {
                "batch-norm": "With batch normalisation the points would hardly move. Here they "
                "arrive as in the healthy run.",
                "clip-before-step": no_box,
                "hinge": "Without a rule the slope would go on growing. Here it comes to rest.",
                "norm-per-coordinate": "Both colours would fill the same square. Here the black "
                "dots are nearer to the circle than the blue ones.",
                "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
                "sign-flip": arrives,
            },
        ),
    }


CHOICES.update(_patients())


def check_choice(exercise: str, answer: str | None) -> Feedback:
    """Compare the name that a reader chose with the right one.

    Parameters
    ----------
    exercise : str
        Name of a question, as printed beside it.
    answer : str or None
        One of the names listed there; ``None`` stands for "not yet".

    Returns
    -------
    Feedback
        With ``right`` True, False, or None for no answer yet, and why a wrong one does not fit.

    Raises
    ------
    ValueError
        If there is no such question or no such name, with the nearest one.
    TypeError
        If the answer is not a text.

    Source
    ------
    The patients are trained by ``wganlib.scenes.bugs``, which knows what ails each.

    Examples
    --------
    >>> from wganlib import check_choice
    >>> check_choice("patient-1", "sigmoid")
    Not yet. Behind a sigmoid the estimate could not pass 1.
    """
    task = CHOICES[check.one_of(exercise, "exercise", CHOICES)]
    if answer is None:
        return Feedback(None, f"Put one of these in place of None: {', '.join(task.names)}.")
    if check.one_of(answer, "answer", task.names) == task.answer:
        return Feedback(True, "Right.")
    return Feedback(False, f"Not yet. {task.hints[answer]}")
