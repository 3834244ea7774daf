"""Rows as tables and JSON, in letters that the terminal has."""

from __future__ import annotations

import codecs
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

#: What stands for a letter where the terminal has none.
_PLAIN = {
    "−": "-", "–": "-", "’": "'", "±": "+-", "∞": "inf", "×": "x", "²": "^2", "½": "1/2", "≠": "!=",
    "‖": "|", "α": "alpha", "β": "beta", "θ": "theta", "λ": "lambda", "ρ": "rho", "σ": "sigma",
    "∇": "grad", "·": "*",
}  # fmt: skip


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in letters), error.end


codecs.register_error("wganlib.plain", _in_plain_letters)


@contextmanager
def plain_letters() -> Iterator[None]:
    """Let what a terminal cannot show become plain letters: no result is lost to a minus sign."""
    streams = [s for s in (sys.stdout, sys.stderr) if hasattr(s, "reconfigure")]
    before = [stream.errors for stream in streams]
    try:
        for stream in streams:
            stream.reconfigure(errors="wganlib.plain")
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            stream.reconfigure(errors=errors)


def _json_number(value: Any) -> Any:
    """Return a value that strict JSON can hold: infinity as text, NaN as null."""
    if isinstance(value, Mapping):
        return {key: _json_number(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_number(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def print_json(content: Mapping[str, Any], to: TextIO) -> None:
    """Print strict JSON."""
    # Letters that a terminal lacks stay what they are in JSON, as \\uXXXX.
    ascii_only = not (to.encoding or "utf-8").lower().replace("-", "").startswith("utf")
    json.dump(_json_number(content), to, indent=1, ensure_ascii=ascii_only, allow_nan=False)
    to.write("\n")


def cell(value: Any) -> str:
    """Return a number as a table shows it."""
    if isinstance(value, str):
        return value
    number = float(value)
    if math.isnan(number):
        return "–"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if number == int(number) and abs(number) < 1e6:
        return str(int(number)).replace("-", "−")
    return f"{number:.4g}".replace("-", "−")


def print_rows(rows: Sequence[Mapping[str, Any]], to: TextIO) -> None:
    """Print rows of equal keys as a table, without intervals that are all missing."""
    if not rows:
        return
    heads = [key for key in rows[0] if not _all_missing(rows, key)]
    cells = [[cell(row[key]) for key in heads] for row in rows]
    shown = ["±" if head.startswith("± ") else head for head in heads]
    widths = [max(map(len, column)) for column in zip(shown, *cells, strict=True)]
    for line in (shown, *cells):
        pieces = (text.rjust(width) for text, width in zip(line, widths, strict=True))
        to.write("  ".join(pieces).rstrip() + "\n")


def _all_missing(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    """An interval of a single run is no column."""
    return key.startswith("± ") and all(math.isnan(row[key]) for row in rows)


def print_named(values: Mapping[str, Any], to: TextIO) -> None:
    """Print numbers by name, each with its interval if it has one."""
    names = [name for name in values if not name.startswith("± ")]
    width = max(map(len, names), default=0)
    for name in names:
        text = cell(values[name])
        if f"± {name}" in values:
            text += f" ± {cell(values[f'± {name}'])}"
        to.write(f"{name:{width}}  {text}\n")
