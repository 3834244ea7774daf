"""The paper's claims that rest on training, each as a study: frozen, seeded, kept, checked.

``study``   what a study is, how it runs, and how its verdict is reached
``folder``  a study's result as files: run again to go on, read back whole
``agree``   fresh seeds on this machine against a kept result, with stated error rates
``studies`` the studies by name, one module for each chapter that reads them
"""

from __future__ import annotations

from wganlib._lazy import attach

_HOMES: dict[str, tuple[str, ...]] = {
    "agree": ("Agreement", "check"),
    "folder": ("load", "run"),
    "studies": ("STUDIES", "named"),
    "study": ("VERDICTS", "Arrays", "Finding", "Kept", "Study", "verdict_of"),
}

__getattr__, __dir__, __all__ = attach(__name__, _HOMES)
