"""Two point sets as masses on one support, so that divergences can compare them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib._validate import FloatArray


def _weighted_pair(
    x: object, y: object, a: object | None, b: object | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    left, right = check.points(x, "x"), check.points(y, "y")
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"y: expected points of the dimension of x, {left.shape[1]}, got {right.shape[1]}"
        )
    mass_x, mass_y = check.weights(a, "a", len(left)), check.weights(b, "b", len(right))
    return left, right, mass_x, mass_y


def on_common_support(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    b: npt.ArrayLike | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two weighted point sets as probability vectors on the union of their atoms.

    Atoms are the same only if all their coordinates are exactly equal; so the supports of
    two samples from densities share nothing, and TV, KL and JS call them disjoint.

    Parameters
    ----------
    x, y : array_like, shapes (n, d) and (m, d), or (n,) and (m,)
        Points.
    a, b : array_like, shapes (n,) and (m,), optional
        Masses, nonnegative, sum one. Equal masses if left out.

    Returns
    -------
    p, q : ndarray, shape (k,)
        Mass that each gives to every atom.
    support : ndarray, shape (k, d)
        The atoms, in lexicographic order.

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Arjovsky, Chintala & Bottou (2017), section 2.

    Examples
    --------
    >>> import wganlib as wg
    >>> p, q, support = wg.distances.on_common_support([0.0, 1.0], [1.0, 2.0])
    >>> p, q, support.ravel()
    (array([0.5, 0.5, 0. ]), array([0. , 0.5, 0.5]), array([0., 1., 2.]))
    """
    left, right, mass_x, mass_y = _weighted_pair(x, y, a, b)
    # Adding zero turns -0.0 into 0.0: they are one number with two bit patterns.
    together = np.concatenate([left, right]) + 0.0
    support, label = np.unique(together, axis=0, return_inverse=True)
    label, k = label.ravel(), len(support)
    p: FloatArray = np.bincount(label[: len(left)], mass_x, k).astype(np.float64)
    q: FloatArray = np.bincount(label[len(left) :], mass_y, k).astype(np.float64)
    return p, q, support
