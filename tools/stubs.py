"""Write the public names down for editors and type checkers: one .pyi beside each lazy package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "wganlib",
    "wganlib.distances",
    "wganlib.training",
    "wganlib.images",
    "wganlib.paper",
    "wganbook",
)


def stub(package: str) -> str:
    """Return what type checkers are told of a package, from its one list."""
    module = importlib.import_module(package)
    homes: dict[str, tuple[str, ...]] = module._HOMES
    lines = [
        f"from {package}.{home} import {name} as {name}"
        for home, names in sorted(homes.items())
        for name in names
    ]
    below = sorted(set(module.__all__) - {n for names in homes.values() for n in names})
    lines += [f"from {package} import {name} as {name}" for name in below if name[0] != "_"]
    tail = "\n__version__: str\n" if "__version__" in module.__all__ else ""
    return "\n".join(lines) + "\n" + tail


def place(package: str) -> Path:
    """Return where the stub of a package belongs."""
    folder = ROOT / "book" if package.startswith("wganbook") else ROOT
    return folder.joinpath(*package.split(".")) / "__init__.pyi"


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "book")]
    for name in PACKAGES:
        place(name).write_text(stub(name), "utf-8")
