"""Questions of the chapter on spot the bug, and the numbers that answer them."""

from __future__ import annotations

import math

import numpy as np

from wganbook.questions._kinds import Choice, Exercise, Question
from wganlib.distances.divergences import total_variation


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

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


_NO_PENALTY = (
    "This critic lives in a box: weights stand at its wall, 0.1. There is no penalty that "
    "could go wrong."
)
_NO_BOX = "No weights pile up at 0.1, so nothing is clipped here, neither early nor late."
_ARRIVES = "The points go to the data in every run; with a wrong sign they would not."
_CLIPPED = dict.fromkeys(("batch-norm", "norm-per-coordinate", "penalty-at-real"), _NO_PENALTY)

#: What ails each patient, and why it is nothing else.
_PATIENTS = {
    "patient-1": Choice(
        "sign-flip",
        {
            **_CLIPPED,
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
            "clip-before-step": _NO_BOX,
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
            "clip-before-step": _NO_BOX,
            "hinge": "Without a rule the slope would go on growing. Here it comes to rest.",
            "penalty-at-real": "Black and blue dots would differ. Here both fill the same "
            "figure, and it is no circle.",
            "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
            "sign-flip": _ARRIVES,
        },
    ),
    "patient-4": Choice(
        "clip-before-step",
        {
            **_CLIPPED,
            "hinge": "The weights crowd around a wall, so something limits the slope. Look "
            "closely at which side of the wall they stand on.",
            "sigmoid": "Behind a sigmoid the estimate and the slope would be a third of the "
            "healthy ones, or less. Here both are as they should be.",
            "sign-flip": _ARRIVES,
        },
    ),
    "patient-5": Choice(
        "batch-norm",
        {
            "clip-before-step": _NO_BOX,
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
            "clip-before-step": _NO_BOX,
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
            "clip-before-step": _NO_BOX,
            "hinge": "Without a rule the slope would go on growing. Here it comes to rest.",
            "norm-per-coordinate": "Both colours would fill the same square. Here the black "
            "dots are nearer to the circle than the blue ones.",
            "sigmoid": "Behind a sigmoid the estimate could not pass 1.",
            "sign-flip": _ARRIVES,
        },
    ),
}


def choices() -> dict[str, Choice]:
    """Return the questions whose answer is a name."""
    return dict(_PATIENTS)


#: Questions of the quiz, by name.
QUIZ: dict[str, Question] = {
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
                "a batch that is too small": "That makes the estimate noisy; it bounds nothing.",
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
