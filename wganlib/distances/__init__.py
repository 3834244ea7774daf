"""Distances between distributions, from plain arrays: NumPy, SciPy and POT, never torch.

``measures``        Gaussians, mixtures, segments, points, histograms: density, sample, discretise
``examples``        the measures that the chapters compare: lines, rings, grids, a spiral
``supports``        two point sets as masses on one support
``divergences``     total variation, Kullback-Leibler, Jensen-Shannon: vectors and densities
``gaussians``       distances between Gaussians in closed form
``transport``       exact Wasserstein-1 distances and plans, certified by a dual
``duality``         Kantorovich potentials and the gradient of W1 in its points
``ipm``             optimal critics of function classes: Lipschitz, bounded
``kernels``         the critic of a kernel's ball, and the maximum mean discrepancy
``approximations``  entropic and sliced transport
"""

from __future__ import annotations

from wganlib._lazy import attach

_HOMES: dict[str, tuple[str, ...]] = {
    "approximations": (
        "EntropicPlan",
        "sinkhorn",
        "sinkhorn_divergence",
        "sinkhorn_plan",
        "sliced_wasserstein",
    ),
    "divergences": (
        "js_divergence",
        "js_divergence_density",
        "kl_divergence",
        "kl_divergence_density",
        "total_variation",
        "total_variation_density",
    ),
    "examples": (
        "crossing_segments",
        "grid_of_gaussians",
        "parallel_lines",
        "ring_of_gaussians",
        "swiss_roll",
    ),
    "gaussians": (
        "kl_gaussian",
        "mmd_gaussian",
        "total_variation_gaussian",
        "wasserstein_1_gaussian",
    ),
    "ipm": (
        "OptimalCritic",
        "bounded_critic",
        "bounded_lipschitz_critic",
        "lipschitz_critic",
    ),
    "kernels": (
        "kernel_critic",
        "mmd",
        "mmd_squared",
    ),
    "measures": (
        "Gaussian",
        "Histogram",
        "Measure",
        "Mixture",
        "Points",
        "Segment",
    ),
    "supports": ("on_common_support",),
    "duality": (
        "KantorovichPotential",
        "LipschitzExtension",
        "c_transform",
        "kantorovich_potential",
        "mcshane_extension",
        "transport_gradient",
    ),
    "transport": (
        "TransportPlan",
        "coupling_cost",
        "empirical_cdf",
        "product_plan",
        "transport_plan",
        "wasserstein_1",
    ),
}

__getattr__, __dir__, __all__ = attach(__name__, _HOMES)
