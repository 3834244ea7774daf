"""What a training run leaves behind: plain arrays in one file, readable without torch."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from wganlib import _validate
from wganlib._validate import FloatArray
from wganlib.archive import read_arrays, write_arrays

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """The course of a training, for T generator steps, E evaluations and R runs.

    What was recorded in step t stands in row t − 1, at the last critic step before the
    generator's; NaN after a run has failed.

    Attributes
    ----------
    critic_loss, generator_loss, penalty : array (T, R)
        What each side minimised, without the penalty, and the penalty.
    estimate : array (T, R)
        The distance that the critic reports: E f(real) − E f(fake) for a WGAN, in units of
        distance times the critic's Lipschitz constant; ½L + log 2 for a GAN, in nats.
    critic_gradient_norm, generator_gradient_norm : array (T, R)
        Euclidean norms over all parameters, the penalty's share included.
    eval_step : array (E,)
        Generator steps after which samples were drawn; 0 is before training.
    em : array (E, R)
        Exact EM distance between as many generated as real points.
    em_floor : array (R,)
        The same between two sets of real points: what a perfect generator scores.
    lipschitz_bound : array (E, R)
        Product of the layers' largest singular values; NaN for networks it does not bound.
    lipschitz_largest, lipschitz_mean : array (E, R)
        Largest and mean gradient norm of the critic at real, generated and mixed points.
    samples : array (E, R, n, ...)
        Generated points, float32.
    failed_step : array (R,)
        The first generator step with a loss that is not finite; −1 where there was none.
    kept_step : array (R,)
        Where a run has failed, the generator steps that its networks had made when they were
        last seen with finite weights, which they are left with; −1 in other runs.
    config : dict
        Everything that determines the run.
    seeds : tuple of int
        One for each run.
    versions : dict
        Of Python, the libraries, and the device.
    wall_time : float
        Seconds spent in training, evaluation included, over all sittings.
    resumed : tuple of int
        The generator steps after which the training was taken up from a checkpoint; empty if
        it was done in one sitting.

    Source
    ------
    Arjovsky, Chintala and Bottou (2017), section 4.2: the curves of figures 3 and 4.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> history = History.empty(seeds=(0, 1))
    >>> history.steps, history.runs
    (0, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history.save(pathlib.Path(folder) / "run.npz")
    ...     History.load(pathlib.Path(folder) / "run.npz").seeds
    (0, 1)
    """

    critic_loss: FloatArray
    generator_loss: FloatArray
    penalty: FloatArray
    estimate: FloatArray
    critic_gradient_norm: FloatArray
    generator_gradient_norm: FloatArray
    eval_step: IntArray
    em: FloatArray
    em_floor: FloatArray
    lipschitz_bound: FloatArray
    lipschitz_largest: FloatArray
    lipschitz_mean: FloatArray
    samples: npt.NDArray[np.float32]
    failed_step: IntArray
    kept_step: IntArray
    config: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    wall_time: float = 0.0
    resumed: tuple[int, ...] = ()

    def __repr__(self) -> str:
        after = f", taken up again after step {self.resumed[-1]}" if self.resumed else ""
        return f"History({self.steps} steps, {self.runs} runs{after})"

    @classmethod
    def empty(cls, *, seeds: tuple[int, ...]) -> History:
        """Return a history in which nothing has happened yet."""
        sizes = {"T": 0, "E": 0, "R": len(seeds)}
        arrays: dict[str, Any] = {
            name: np.zeros([sizes[axis] for axis in axes], _KINDS.get(name, np.float64))
            for name, axes in _SHAPES.items()
        }
        return cls(**arrays, seeds=seeds)

    @property
    def steps(self) -> int:
        """Generator steps recorded."""
        return len(self.critic_loss)

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(self.critic_loss.shape[1])

    def estimate_at_evaluations(self) -> FloatArray:
        """Return the estimate beside ``em``, shape (E, R); NaN before the first step."""
        rows = np.vstack([np.full((1, self.runs), np.nan), self.estimate])
        return rows[self.eval_step]

    def plot(self, ax: Any = None) -> Any:
        """Draw the exact EM distance, its floor and the critic's estimate over generator steps.

        Parameters
        ----------
        ax : matplotlib axes, optional
            A new figure if left out.

        Returns
        -------
        matplotlib axes

        Source
        ------
        Arjovsky, Chintala and Bottou (2017), figure 3: the estimate along training.

        Examples
        --------
        >>> import matplotlib
        >>> matplotlib.use("Agg")
        >>> History.empty(seeds=(0,)).plot().get_xlabel()
        'generator steps'
        """
        from wganlib import drawing

        return drawing.history(self, ax)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the history to one .npz file, whole or not at all."""
        arrays = {name: getattr(self, name) for name in _SHAPES}
        meta = {
            "config": self.config,
            "seeds": list(self.seeds),
            "versions": self.versions,
            "wall_time": self.wall_time,
            "resumed": list(self.resumed),
        }
        write_arrays(path, "history", arrays, meta)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a history; torch is not needed.

        Raises
        ------
        ValueError
            If the file is damaged, cut short, or not a history.
        """
        arrays, meta = read_arrays(path, "history")
        if "failed_step" in arrays:  # files of version 0.1.0 do not say
            arrays.setdefault("kept_step", np.full(arrays["failed_step"].shape, -1))
        missing = [name for name in _SHAPES if name not in arrays]
        if missing:
            raise ValueError(f"path: expected a whole history, got one without {missing[0]}")
        try:
            history = cls(
                **{name: arrays[name] for name in _SHAPES},
                config=dict(meta["config"]),
                seeds=tuple(meta["seeds"]),
                versions=dict(meta["versions"]),
                wall_time=_validate.real(meta["wall_time"], "wall_time"),
                resumed=tuple(meta.get("resumed", ())),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"path: expected a whole history, got one without {error}") from error
        history._check()
        return history

    def _check(self) -> None:
        sizes = {"T": len(self.critic_loss), "E": len(self.eval_step), "R": len(self.seeds)}
        for name, axes in _SHAPES.items():
            shape = getattr(self, name).shape
            expected = tuple(sizes[axis] for axis in axes)
            if shape[: len(axes)] != expected:
                raise ValueError(
                    f"path: expected {name} of shape ({', '.join(axes)}) = {expected}, got {shape}"
                )


_SHAPES = {
    "critic_loss": "TR",
    "generator_loss": "TR",
    "penalty": "TR",
    "estimate": "TR",
    "critic_gradient_norm": "TR",
    "generator_gradient_norm": "TR",
    "eval_step": "E",
    "em": "ER",
    "em_floor": "R",
    "lipschitz_bound": "ER",
    "lipschitz_largest": "ER",
    "lipschitz_mean": "ER",
    "samples": "ER",
    "failed_step": "R",
    "kept_step": "R",
}
_KINDS: dict[str, type] = {
    "eval_step": np.int64,
    "failed_step": np.int64,
    "kept_step": np.int64,
    "samples": np.float32,
}
assert set(_SHAPES) < {f.name for f in fields(History)}
