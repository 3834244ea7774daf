r"""The Dirac-GAN: two parameters, no network, and every method's dynamics in the open.

The data are one point at 0, the generator is one point at θ, and the critic is the line
f(x) = ψ x, so that (θ, ψ) = (0, 0) is the equilibrium of every method here. Real points are to
score high, as everywhere in this library; Mescheder et al. have the other sign of ψ.

Two kinds of dynamics are kept apart. *Continuous time* follows the vector field; *gradient
steps* of a rate h, by turns or at once, are what a training does, and may do otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wganlib import _validate as check
from wganlib._validate import FloatArray

__all__ = ["METHODS", "Method", "continuous_eigenvalues", "field", "step_eigenvalues", "train"]

Pull = Callable[[FloatArray], FloatArray]


def _sigmoid(t: FloatArray) -> FloatArray:
    out: FloatArray = 0.5 * (1 + np.tanh(t / 2))
    return out


def _one(t: FloatArray) -> FloatArray:
    return np.ones_like(t)


@dataclass(frozen=True)
class Method:
    """One method: how hard both players pull at a score t = θψ, and the critic's rule.

    Attributes
    ----------
    critic, generator : callable
        Factors of −θ in the critic's ascent and of ψ in the generator's, as functions of the
        score t: 1 for a WGAN, a sigmoid for a GAN.
    box : float
        Weights are clipped to [−box, box]; infinite for no clipping.
    penalty : float
        λ of the penalty λ/2 (\\|ψ\\| − 1)², as a WGAN-GP has it; 0 for none.
    damping : float
        γ of R1, the penalty γ/2 ψ² on the slope at real points; 0 for none.
    """

    critic: Pull
    generator: Pull
    box: float = np.inf
    penalty: float = 0.0
    damping: float = 0.0

    @property
    def pull(self) -> float:
        """Return both players' factor at the equilibrium, 1 for a WGAN and ½ for a GAN."""
        return float(self.critic(np.zeros(()))[()])

    def critic_ascent(self, theta: FloatArray, psi: FloatArray) -> FloatArray:
        """Return the direction of ψ; at ψ = 0 the penalty has no gradient, and pulls nowhere."""
        out: FloatArray = -theta * self.critic(theta * psi) - self.damping * psi
        return out - self.penalty * (np.abs(psi) - 1) * np.sign(psi)

    def generator_ascent(self, theta: FloatArray, psi: FloatArray) -> FloatArray:
        """Return the direction of θ."""
        out: FloatArray = psi * self.generator(theta * psi)
        return out


#: The methods, with the constants that the book shows them with.
METHODS: dict[str, Method] = {
    "gan": Method(_sigmoid, _sigmoid),
    "log-d": Method(_sigmoid, lambda t: _sigmoid(-t)),
    "clipping": Method(_one, _one, box=1.0),
    "gradient-penalty": Method(_one, _one, penalty=1.0),
    "r1": Method(_sigmoid, _sigmoid, damping=0.5),
}


def _method(name: object) -> Method:
    return METHODS[check.one_of(name, "method", METHODS)]


def _smooth(name: object) -> Method:
    found = _method(name)
    if found.penalty:
        raise ValueError(
            f"method: expected one whose field has a derivative at (0, 0), got {name!r}: its "
            "penalty pulls ψ to 1 or to −1"
        )
    return found


def field(method: str, theta: npt.ArrayLike, psi: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the vector field of a method: the directions of θ and ψ in continuous time.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    theta, psi : array_like
        Of one shape. The box of clipping is no part of the field: ψ is to lie in it.

    Returns
    -------
    theta_dot, psi_dot : ndarray

    Raises
    ------
    TypeError, ValueError
        For an unknown method, and parameters that are not finite or not of one shape.

    Source
    ------
    Mescheder, Geiger & Nowozin (2018), sections 2 and 3, with ψ in place of −ψ.

    Examples
    --------
    >>> from wganlib.paper.dirac import field
    >>> [float(part) for part in field("clipping", 1.0, 0.5)]
    [0.5, -1.0]
    """
    rule = _method(method)
    at, slope = check.finite_array(theta, "theta"), check.finite_array(psi, "psi")
    if at.shape != slope.shape:
        raise ValueError(f"psi: expected the shape of theta, {at.shape}, got {slope.shape}")
    return rule.generator_ascent(at, slope), rule.critic_ascent(at, slope)


def continuous_eigenvalues(method: str) -> npt.NDArray[np.complex128]:
    r"""Return the eigenvalues of the vector field at the equilibrium.

    With the pull k of both players and the damping γ they are

    .. math:: -\frac{\gamma}{2} \pm \sqrt{\frac{\gamma^2}{4} - k^2} .

    Parameters
    ----------
    method : str
        One of ``METHODS``, but for the gradient penalty, which has no derivative there.

    Returns
    -------
    ndarray of complex, shape (2,)
        On the imaginary axis, and so without a verdict from the linear part, where γ = 0.

    Raises
    ------
    TypeError, ValueError
        For another method.

    Source
    ------
    Mescheder, Geiger & Nowozin (2018), sections 2 and 3.

    Examples
    --------
    >>> from wganlib.paper.dirac import continuous_eigenvalues
    >>> continuous_eigenvalues("gan")
    array([0.+0.5j, 0.-0.5j])
    """
    rule = _smooth(method)
    root, middle = np.emath.sqrt(rule.damping**2 / 4 - rule.pull**2), 0.0 - rule.damping / 2
    return np.array([middle + root, middle - root], dtype=np.complex128)


def step_eigenvalues(
    method: str, rate: float, *, n_critic: int = 1, by_turns: bool = True
) -> npt.NDArray[np.complex128]:
    """Return the eigenvalues of one round of gradient steps at the equilibrium.

    A round shrinks small distances in the long run if both moduli are below 1, and only then.

    Parameters
    ----------
    method : str
        As for ``continuous_eigenvalues``.
    rate : float
        h > 0, of both players.
    n_critic : int
        Critic steps before each generator step.
    by_turns : bool
        Whether the generator sees the critic's new ψ. Else both step at once, ``n_critic`` 1.

    Returns
    -------
    ndarray of complex, shape (2,)

    Raises
    ------
    TypeError, ValueError
        For bad arguments.

    Source
    ------
    Mescheder, Geiger & Nowozin (2018), lemmas on simultaneous and alternating steps.

    Examples
    --------
    >>> import numpy as np
    >>> from wganlib.paper.dirac import step_eigenvalues
    >>> np.abs(step_eigenvalues("gan", 0.2, by_turns=False)).round(6)
    array([1.004988, 1.004988])
    """
    rule = _smooth(method)
    h = check.real(rate, "rate", above=0)
    turns = check.integer(n_critic, "n_critic", at_least=1)
    _at_once(turns, by_turns)
    k, gamma = rule.pull, rule.damping
    critic = np.array([[1.0, 0.0], [-h * k, 1 - h * gamma]])
    generator = np.array([[1.0, h * k], [0.0, 1.0]])
    if not by_turns:
        return np.linalg.eigvals(critic + generator - np.eye(2)).astype(np.complex128)
    return np.linalg.eigvals(generator @ np.linalg.matrix_power(critic, turns)).astype(
        np.complex128
    )


def _at_once(n_critic: int, by_turns: bool) -> None:
    if not isinstance(by_turns, bool):
        raise TypeError(f"by_turns: expected True or False, got {check.describe(by_turns)}")
    if not by_turns and n_critic != 1:
        raise ValueError(f"n_critic: expected 1 where both step at once, got {n_critic}")


def train(
    method: str,
    start: tuple[float, float],
    *,
    rate: float,
    steps: int,
    n_critic: int = 1,
    by_turns: bool = True,
) -> FloatArray:
    """Follow gradient steps from a start.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    start : tuple of float
        θ and ψ; with clipping, ψ within the box.
    rate : float
        h > 0, of both players.
    steps : int
        Generator steps.
    n_critic, by_turns
        As for ``step_eigenvalues``. The box is applied after each critic step.

    Returns
    -------
    ndarray, shape (steps + 1, 2)
        θ and ψ, the start first.

    Raises
    ------
    TypeError, ValueError
        For bad arguments, and a start outside the box.

    Source
    ------
    Mescheder, Geiger & Nowozin (2018), sections 2 and 3.

    Examples
    --------
    >>> from wganlib.paper.dirac import train
    >>> train("clipping", (1.0, 0.0), rate=0.5, steps=2)
    array([[ 1.    ,  0.    ],
           [ 0.75  , -0.5   ],
           [ 0.3125, -0.875 ]])
    """
    rule, h = _method(method), check.real(rate, "rate", above=0)
    turns = check.integer(n_critic, "n_critic", at_least=1)
    _at_once(turns, by_turns)
    place = check.finite_array(start, "start")
    if place.shape != (2,):
        raise ValueError(f"start: expected θ and ψ, shape (2,), got shape {place.shape}")
    theta, psi = np.array(place[0]), np.array(place[1])
    if abs(psi) > rule.box:
        raise ValueError(f"start: expected ψ within the box, ±{rule.box:g}, got {psi:g}")
    path = [(float(theta), float(psi))]
    for _ in range(check.integer(steps, "steps", at_least=1)):
        seen = psi
        for _ in range(turns):
            psi = np.clip(psi + h * rule.critic_ascent(theta, psi), -rule.box, rule.box)
        theta = theta + h * rule.generator_ascent(theta, psi if by_turns else seen)
        path.append((float(theta), float(psi)))
    return np.array(path)
