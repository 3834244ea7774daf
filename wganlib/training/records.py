"""What a training remembers of its steps, and where it stops when numbers are not finite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wganlib._validate import FloatArray
from wganlib.training.history import History
from wganlib.training.objectives import Objective
from wganlib.training.step import RECORDED

#: Steps between two looks at whether all losses are finite.
CHUNK = 64


class TrainingFailed(FloatingPointError):
    """A loss was not finite.

    Attributes
    ----------
    run, step : int
        Where it happened first; ``step`` counts generator steps from 1.
    last_good : dict
        What was recorded for that run in the step before.
    history : History
        All that was recorded. Its ``kept_step`` says from where the weights are that the
        networks are left with.
    """

    def __init__(self, run: int, step: int, last_good: dict[str, float], history: History) -> None:
        # What pickle calls this class with again.
        super().__init__(run, step, last_good, history)
        self.run, self.step, self.last_good, self.history = run, step, last_good, history

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:.6g}" for name, value in self.last_good.items())
        return (
            f"run {self.run}, generator step {self.step}: expected finite losses, got NaN or "
            f"infinity; last good: {numbers or 'none'}; "
            f"the networks are back at generator step {self.history.kept_step[self.run]}"
        )


class Records:
    """Rows of numbers, one for each step, and what was measured at some of them.

    Rows wait as tensors until somebody looks at them, because looking at every one would
    cost a GPU more than the step.
    """

    def __init__(self, runs: int) -> None:
        self.pending: list[Tensor] = []
        self.rows: list[FloatArray] = []  # chunks of shape (steps, recorded, runs)
        self.failed = np.full(runs, -1)
        self.last_good: dict[int, dict[str, float]] = {}
        self.kept = np.zeros(runs, np.int64)  # generator steps of the weights kept for each run
        self.eval_step: list[int] = []
        self.evaluations: list[FloatArray] = []  # (em, bound, largest, mean) by run
        self.samples: list[npt.NDArray[np.float32]] = []
        self.floor = np.full(runs, np.nan)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.failed)

    def look(self, done: int) -> None:
        """Move what waits to NumPy, and mark runs whose numbers are not finite as failed."""
        rows = torch.stack(self.pending).double().cpu().numpy()
        first = done - len(self.pending)
        self.pending = []
        bad = ~np.isfinite(rows).all(1)
        for run in np.flatnonzero(bad.any(0) & (self.failed < 0)).tolist():
            at = int(bad[:, run].argmax())
            before = rows[at - 1] if at else self.rows[-1][-1] if self.rows else None
            self.failed[run] = first + at + 1
            self.last_good[run] = (
                {} if before is None else dict(zip(RECORDED, before[:, run].tolist(), strict=True))
            )
        for run in np.flatnonzero(self.failed >= 0).tolist():
            rows[max(0, self.failed[run] - 1 - first) :, :, run] = np.nan
        self.rows.append(rows)

    def first_failure(self) -> tuple[int, int, dict[str, float]]:
        """Return run, step and last good numbers of the run that failed first."""
        run = int(np.where(self.failed >= 0, self.failed, np.inf).argmin())
        return run, int(self.failed[run]), self.last_good.get(run, {})

    def history(
        self,
        objective: Objective,
        *,
        config: dict[str, object],
        seeds: Sequence[int],
        versions: dict[str, str],
        wall_time: float,
        resumed: Sequence[int] = (),
    ) -> History:
        """Return all of it."""
        runs, E = self.runs, len(self.eval_step)
        measured = np.array(self.evaluations).reshape(E, 4, runs)
        samples = np.array(self.samples, np.float32) if E else np.empty((0, runs, 0), np.float32)
        rows = np.ascontiguousarray(self.all_rows().swapaxes(0, 1))
        recorded = dict(zip(RECORDED, rows, strict=True))
        estimate = objective.estimate(torch.from_numpy(recorded["critic_loss"])).numpy()
        return History(
            **recorded,
            estimate=estimate,
            eval_step=np.array(self.eval_step, np.int64),
            em=measured[:, 0],
            em_floor=self.floor.copy(),
            lipschitz_bound=measured[:, 1],
            lipschitz_largest=measured[:, 2],
            lipschitz_mean=measured[:, 3],
            samples=samples,
            failed_step=self.failed.copy(),
            kept_step=np.where(self.failed >= 0, self.kept, -1),
            config=dict(config),
            seeds=tuple(seeds),
            versions=versions,
            wall_time=wall_time,
            resumed=tuple(resumed),
        )

    def all_rows(self) -> FloatArray:
        """Return the rows looked at so far, (steps, recorded, runs)."""
        return np.concatenate([np.empty((0, len(RECORDED), self.runs)), *self.rows])

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what a checkpoint keeps of it."""
        return {
            "rows": self.all_rows(),
            "failed": self.failed,
            "kept": self.kept,
            "eval_step": np.array(self.eval_step, np.int64),
            "evaluations": np.array(self.evaluations),
            "samples": np.array(self.samples, np.float32),
            "floor": self.floor,
        }

    def shapes(self, steps: int, seen: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of these arrays after so many steps and evaluations."""
        runs = (self.runs,)
        return {
            "rows": (steps, len(RECORDED), self.runs),
            **dict.fromkeys(("failed", "kept", "floor"), runs),
            "eval_step": (seen,),
            "evaluations": (seen, 4, self.runs) if seen else (0,),
        }

    def restore(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """Go back to what ``arrays`` returned."""
        steps = len(arrays["rows"])
        self.pending, self.rows = [], [arrays["rows"].astype(np.float64)] if steps else []
        self.failed = arrays["failed"].astype(np.int64)
        self.kept = arrays["kept"].astype(np.int64)
        self.floor = arrays["floor"].astype(np.float64)
        self.eval_step = arrays["eval_step"].tolist()
        self.evaluations = list(arrays["evaluations"].astype(np.float64))
        self.samples = list(arrays["samples"].astype(np.float32))
