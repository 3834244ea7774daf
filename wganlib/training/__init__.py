"""The training core: Algorithm 1 for one run or many at once, read in this order.

``streams``     seeds and the addressed random streams of each run
``sampling``    data and noise as functions that draw points;  ``draws`` batches of them
``networks``    multilayer perceptrons for many runs at once, forward and backward written out
``objectives``  losses beside their gradients
``lipschitz``   clipping, sphere, penalties, spectral norm;  ``later`` what came after
``optimisers``  RMSProp, Adam, SGD on flat parameters
``step``        Algorithm 1, line by line
``settings``    what a training was told
``trainer``     a training that goes step by step;  ``train`` the loop, checkpoints, interrupts
``history``     its course;  ``evaluation`` how good it is
``one_side``    the critic alone;  ``generator_side`` the generator alone
"""

from __future__ import annotations

from wganlib._lazy import attach

_HOMES: dict[str, tuple[str, ...]] = {
    "evaluation": (
        "em_to_data",
        "gradient_norms",
        "lipschitz_bound",
        "mode_coverage",
    ),
    "generator_side": ("train_generator",),
    "history": ("History",),
    "intervals": (
        "confidence",
        "correlation_along_training",
        "correlation_with_baselines",
        "holm",
        "mean_difference",
        "p_value",
    ),
    "later": (
        "RelativisticGAN",
        "ZeroCentredPenalty",
    ),
    "lipschitz": (
        "GradientPenalty",
        "NoConstraint",
        "Orthonormal",
        "SpectralNorm",
        "SphereProjection",
        "WeightClipping",
    ),
    "networks": ("MLP",),
    "objectives": (
        "MinimaxGAN",
        "NonSaturatingGAN",
        "WGAN",
    ),
    "one_side": ("train_critic",),
    "optimisers": (
        "Adam",
        "RMSProp",
        "SGD",
        "Watched",
    ),
    "sampling": ("generate",),
    "saved_networks": (
        "load",
        "save",
    ),
}

__getattr__, __dir__, __all__ = attach(__name__, _HOMES)
