"""Questions of the chapter on images, and the numbers that answer them."""

from __future__ import annotations

import math

from wganbook.questions._kinds import Exercise


def exercises() -> dict[str, Exercise]:
    """Return the questions whose answer is a number."""

    def report(real: float, fake: float) -> float:
        return (math.log(real) + math.log(1 - fake)) / 2 + math.log(2)

    def spearman() -> float:
        from scipy.stats import spearmanr

        return float(spearmanr([9, 7, 5, 4, 3], [2.0, 1.0, 1.2, 0.7, 0.4]).statistic)

    def pearson() -> float:
        import numpy as np

        return float(np.corrcoef([9, 7, 5, 4, 3], [2.0, 1.0, 1.2, 0.7, 0.4])[0, 1])

    return {
        "real-images-of-two-judges": Exercise(
            lambda: (720 * 5 / 6) / (720 / 2),
            slips={
                "That is for one generator step; the WGAN makes fewer of them.": lambda: 5.0,
                "That is the ratio of the generator steps.": lambda: 1 / 3,
                "That is the discriminator's number over the critic's.": lambda: 0.6,
            },
        ),
        "spearman-of-five-looks": Exercise(
            spearman,
            slips={
                "That is the correlation of the numbers, not of their ranks.": pearson,
                "That is the share of neighbouring looks that agree; ρ uses all ranks.": lambda: (
                    0.75
                ),
            },
        ),
        "js-of-a-middling-judge": Exercise(
            lambda: report(0.8, 0.3),
            slips={
                "That is L; the report is half of it, plus log 2.": lambda: (
                    math.log(0.8) + math.log(0.7)
                ),
                "The second term is log(1 − D), not log D.": lambda: report(0.8, 0.7),
                "That is the report without its log 2.": lambda: report(0.8, 0.3) - math.log(2),
            },
        ),
    }
