"""Distances between Gaussians in closed form, or nearly: what estimates are held against."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from wganlib import _validate as check
from wganlib._validate import FloatArray
from wganlib.distances.divergences import _NEAR, _between, _log_excess


def kl_gaussian(
    mean_p: npt.ArrayLike, cov_p: npt.ArrayLike, mean_q: npt.ArrayLike, cov_q: npt.ArrayLike
) -> float:
    r"""Kullback-Leibler divergence of two Gaussians in any dimension, in nats.

    .. math::
        KL = \tfrac12 \left( \operatorname{tr}(\Sigma_Q^{-1} \Sigma_P) - d
        + (\mu_Q - \mu_P)^\top \Sigma_Q^{-1} (\mu_Q - \mu_P)
        + \log \frac{\det \Sigma_Q}{\det \Sigma_P} \right)

    Parameters
    ----------
    mean_p, mean_q : array_like, shape () or (d,)
        Means.
    cov_p, cov_q : array_like, shape () or (d, d)
        Covariances, symmetric and positive definite. A number goes with a mean that is a
        number, and is a *variance*, not a standard deviation.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    TypeError, ValueError
        Also for a covariance that is not symmetric and positive definite: a degenerate
        Gaussian has no density.

    Source
    ------
    Kullback, Information Theory and Statistics (1959), chapter 9.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.distances.kl_gaussian(1.0, 1.0, 0.0, 1.0)
    0.5
    >>> round(wg.distances.kl_gaussian([0, 0], [[4, 0], [0, 1]], [0, 0], [[1, 0], [0, 1]]), 6)
    0.806853
    """
    from scipy.linalg import solve_triangular

    centre_p, root_p = check.gaussian(mean_p, cov_p, ("mean_p", "cov_p"))
    centre_q, root_q = check.gaussian(mean_q, cov_q, ("mean_q", "cov_q"))
    if centre_p.shape != centre_q.shape:
        raise ValueError(
            f"mean_q: expected the dimension of mean_p, {centre_p.size}, got {centre_q.size}"
        )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        shift = solve_triangular(root_q, centre_q - centre_p, lower=True, check_finite=False)
        ratio = solve_triangular(root_q, root_p, lower=True, check_finite=False)
        # tr - d - log det, one nonnegative term for each principal direction.
        stretch = np.linalg.svd(ratio, compute_uv=False) if np.isfinite(ratio).all() else ratio
        excess = stretch**2 - 1.0
        if np.abs(excess).max() < _NEAR:
            # Nearly equal covariances: their difference keeps the digits that a ratio loses.
            change = np.asarray(cov_p, dtype=np.float64) - np.asarray(cov_q, dtype=np.float64)
            half = solve_triangular(root_q, change.reshape(root_q.shape), lower=True)
            whole = solve_triangular(root_q, half.T, lower=True)
            excess = np.linalg.eigvalsh((whole + whole.T) / 2.0)
            spread = float(_log_excess(excess).sum())
        else:
            spread = float((excess - 2.0 * np.log(stretch)).sum())
        if not math.isfinite(spread):
            raise ValueError(
                "cov_q: expected a ratio of covariances that fits a float, got one that does not"
            )
        value = 0.5 * (spread + float(shift @ shift))
    if not math.isfinite(value):
        raise ValueError("mean_q: expected a divergence that fits a float, got one that overflows")
    return _between(value, 0.0, math.inf)


def total_variation_gaussian(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    r"""Total variation distance of two Gaussians on a line, from where their densities cross.

    With equal deviations the densities cross once, and
    :math:`\delta = \operatorname{erf}(|\mu_P - \mu_Q| / (2 \sqrt 2 \sigma))`. Otherwise they
    cross twice, and :math:`\delta = P(I) - Q(I)`, where I is the interval between the
    crossings and P the narrower one.

    Parameters
    ----------
    mean_p, mean_q : float
        Means.
    std_p, std_q : float
        Standard deviations, more than 0.

    Returns
    -------
    float
        Between 0 and 1, to about 1e-15, and to about 1e-9 of itself where it is small.

    Raises
    ------
    TypeError, ValueError
        For anything that is not a finite number, or a deviation that is not positive.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2, for the definition; the crossings solve
    a quadratic equation.

    Examples
    --------
    >>> import wganlib as wg
    >>> round(wg.distances.total_variation_gaussian(0.0, 1.0, 2.0, 1.0), 6)
    0.682689
    >>> round(wg.distances.total_variation_gaussian(0.0, 1.0, 0.0, 2.0), 6)
    0.322675
    """
    narrow = (check.real(mean_p, "mean_p"), check.real(std_p, "std_p", above=0.0))
    wide = (check.real(mean_q, "mean_q"), check.real(std_q, "std_q", above=0.0))
    if narrow[1] > wide[1]:
        narrow, wide = wide, narrow
    # In units of the narrow one, which becomes a standard normal.
    shift = (wide[0] - narrow[0]) / narrow[1]
    excess = (wide[1] - narrow[1]) / narrow[1]
    ratio = 1.0 + excess
    if ratio > 1e18 or abs(shift) > 80.0 * ratio:
        return 1.0  # the overlap is below the spacing of float64 at 1
    if excess == 0.0:
        return math.erf(abs(shift) / math.sqrt(8.0))
    low, high = _crossings(shift, excess)
    inside_narrow = ndtr(high) - ndtr(low)
    inside_wide = ndtr((high - shift) / ratio) - ndtr((low - shift) / ratio)
    value = inside_narrow - inside_wide
    if value < 1e-3:  # the difference of two numbers near one has lost its digits
        value = _area_between(shift, excess, low, high)
    return _between(value, 0.0, 1.0)


def _area_between(shift: float, excess: float, low: float, high: float) -> float:
    """Integrate N(0, 1) - N(shift, (1 + excess)^2) from low to high without cancellation.

    Gauss's rule on pieces of at most one, out to where the densities underflow.
    """
    low, high = max(low, -40.0), min(high, 40.0)
    ratio, pieces = 1.0 + excess, max(1, math.ceil(high - low))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(low, high, pieces + 1)
    x = ((edges[1:] + edges[:-1])[:, None] + np.diff(edges)[:, None] * nodes) / 2.0
    # log of the ratio of densities: x^2 - ((x - shift) / ratio)^2, as a product
    moved = (x - shift) / ratio
    log_ratio = 0.5 * ((x * excess + shift) / ratio) * (x + moved) - math.log1p(excess)
    with np.errstate(under="ignore"):
        heights = np.exp(-0.5 * x * x) * -np.expm1(log_ratio) / math.sqrt(2.0 * math.pi)
    return float(((heights @ weights) * np.diff(edges)).sum()) / 2.0


def _crossings(shift: float, excess: float) -> Iterator[float]:
    """Yield the two places where N(0, 1) and N(shift, (1 + excess)^2) have equal density."""
    ratio = 1.0 + excess
    square = excess * (2.0 + excess)  # ratio^2 - 1 without cancellation
    root = ratio * math.sqrt(shift**2 + 2.0 * square * math.log1p(excess))
    # The textbook formula cancels when the deviations are nearly equal; this one does not.
    half = -(shift + math.copysign(root, shift))
    constant = -(shift**2 + 2.0 * ratio**2 * math.log1p(excess))
    yield from sorted((half / square, constant / half))


def wasserstein_1_gaussian(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    r"""Wasserstein-1 distance of two Gaussians on a line.

    Their quantile functions differ by :math:`m + s z` with :math:`m = \mu_P - \mu_Q`,
    :math:`s = |\sigma_P - \sigma_Q|` and z standard normal, so the distance is the mean of
    a folded normal:

    .. math:: W_1 = E |m + s z| = s \sqrt{2 / \pi} \, e^{-m^2 / 2 s^2}
        + m \operatorname{erf}(m / (\sqrt 2 s))

    Parameters
    ----------
    mean_p, mean_q : float
        Means.
    std_p, std_q : float
        Standard deviations, at least 0 (0 is a point mass).

    Returns
    -------
    float
        At least 0, in the unit of the means.

    Raises
    ------
    TypeError, ValueError
        For anything that is not a finite number, and negative deviations.

    Source
    ------
    Villani, Topics in Optimal Transportation (2003), section 2.2, and Leone, Nelson &
    Nottingham (1961) for the folded normal.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.distances.wasserstein_1_gaussian(0.0, 1.0, 3.0, 1.0)
    3.0
    >>> round(wg.distances.wasserstein_1_gaussian(0.0, 1.0, 0.0, 2.0), 6)
    0.797885
    """
    shift = abs(check.real(mean_p, "mean_p") - check.real(mean_q, "mean_q"))
    stretch = abs(
        check.real(std_p, "std_p", at_least=0.0) - check.real(std_q, "std_q", at_least=0.0)
    )
    if math.isinf(shift):
        raise ValueError("mean_q: expected a distance to mean_p that fits a float, got inf")
    if stretch == 0.0:
        return shift
    ratio = shift / stretch
    folded = stretch * math.sqrt(2.0 / math.pi) * math.exp(-0.5 * ratio * ratio)
    return folded + shift * math.erf(ratio / math.sqrt(2.0))


def mmd_gaussian(
    mean_p: npt.ArrayLike,
    cov_p: npt.ArrayLike,
    mean_q: npt.ArrayLike,
    cov_q: npt.ArrayLike,
    *,
    bandwidth: float,
) -> float:
    r"""Maximum mean discrepancy of two Gaussians under a Gaussian kernel.

    .. math:: E k(X, Y) = \det(I + S / \sigma^2)^{-1/2}
        \exp(-\tfrac12 \Delta^\top (\sigma^2 I + S)^{-1} \Delta)

    for independent Gaussians whose means differ by :math:`\Delta` and whose covariances
    sum to S; the squared MMD is :math:`E k(X, X') + E k(Y, Y') - 2 E k(X, Y)`.

    Parameters
    ----------
    mean_p, mean_q : array_like, shape () or (d,)
        Means.
    cov_p, cov_q : array_like, shape () or (d, d)
        Covariances, symmetric and positive definite. A number goes with a mean that is a
        number, and is a *variance*, not a standard deviation.
    bandwidth : float
        The kernel's standard deviation, more than 0.

    Returns
    -------
    float
        The MMD, not its square: between 0 and the square root of 2, to about 1e-8.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and numbers whose squares overflow.

    Source
    ------
    Muandet et al. (2017), Kernel mean embedding of distributions, table 3.1.

    Examples
    --------
    >>> import wganlib as wg
    >>> wg.distances.mmd_gaussian(0.0, 1.0, 0.0, 1.0, bandwidth=1.0)
    0.0
    >>> round(wg.distances.mmd_gaussian(0.0, 1.0, 1.0, 1.0, bandwidth=1.0), 6)
    0.421032
    """
    centre_p, root_p = check.gaussian(mean_p, cov_p, ("mean_p", "cov_p"))
    centre_q, root_q = check.gaussian(mean_q, cov_q, ("mean_q", "cov_q"))
    if centre_p.shape != centre_q.shape:
        raise ValueError(
            f"mean_q: expected the dimension of mean_p, {centre_p.size}, got {centre_q.size}"
        )
    width = check.real(bandwidth, "bandwidth", above=0.0)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        shift = (centre_p - centre_q) / width
        spread_p, spread_q = ((root / width) @ (root / width).T for root in (root_p, root_q))
    if not (np.isfinite(spread_p).all() and np.isfinite(spread_q).all()):
        raise ValueError(
            f"bandwidth: expected one whose square fits beside the covariances, got {width:g}"
        )

    def expected(spread: FloatArray, step: FloatArray) -> float:
        root = np.linalg.cholesky(np.eye(step.size) + spread)
        if not np.isfinite(step).all():
            return 0.0
        with np.errstate(over="ignore", under="ignore"):
            away = np.linalg.solve(root, step)
            return math.exp(-0.5 * float(away @ away) - float(np.log(np.diag(root)).sum()))

    same = np.zeros_like(shift)
    square = expected(2.0 * spread_p, same) + expected(2.0 * spread_q, same)
    return math.sqrt(max(square - 2.0 * expected(spread_p + spread_q, shift), 0.0))
