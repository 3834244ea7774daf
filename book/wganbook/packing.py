"""Numbers of a scene as short texts: what moves changes little from one position to the next.

A scene carries every number for every position of its slider, and most of a page's weight is
these. Written as whole numbers of their last decimal, less what their neighbours foretell, one
letter for each small difference, they weigh a third of what they weigh as decimals, and are the
same numbers. ``widgets/packing.mjs`` reads the text.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

Row = Sequence[float | None]

#: Letters for 0, 1, ..., as JSON and HTML write them without an escape: "#" to "~" without "\\".
SMALL = "".join(chr(code) for code in range(0x23, 0x7F) if chr(code) != "\\")
#: Where letters that say "and more follows" begin, and how many there are.
LARGE, MANY = 0xA1, 4096
NONE = " "
#: What a browser's numbers hold without rounding, and room for differences of differences.
LARGEST = 2**50


def pack(rows: Sequence[Row], per_frame: int = 1) -> dict[str, Any] | None:
    """Return rows of decimals as one text with what reads it, or None if they do not fit.

    Parameters
    ----------
    rows : sequence of rows
        Numbers of one length; None where there is none.
    per_frame : int
        How many rows belong to one position of the slider.

    Returns
    -------
    dict or None
        ``packed``, the text; ``across``, numbers a row; ``decimals``; ``way``, what foretells a
        number: 1 the one above it, 2 the one before it, 3 both, 0 none, whichever is shortest
        once compressed; ``rows``, how many rows make a frame.

    Examples
    --------
    >>> pack([[0.5, 0.75], [0.5, None]])
    {'packed': 'ª#U# ', 'across': 2, 'decimals': 2, 'way': 3, 'rows': 1}
    """
    exact = {v: Decimal(repr(v)) for v in {*itertools.chain.from_iterable(rows)} if v is not None}
    exponents = [int(one.normalize().as_tuple().exponent) for one in exact.values()]
    decimals = max(0, -min(exponents, default=0))
    whole = {v: int(one.scaleb(decimals)) for v, one in exact.items()}
    if decimals > 15 or max(map(abs, whole.values()), default=0) > LARGEST:
        return None
    counts = [[None if v is None else whole[v] for v in row] for row in rows]
    texts = [_differences(counts, way) for way in range(4)]
    way = min(range(4), key=lambda w: len(zlib.compress(texts[w].encode(), 6)))
    return {
        "packed": texts[way],
        "across": len(rows[0]),
        "decimals": decimals,
        "way": way,
        "rows": per_frame,
    }


def packed_or_plain(values: dict[str, Any], columns: int | None = None) -> dict[str, Any]:
    """Return frames, or what is fixed, packed if that is shorter; ``columns`` of a picture."""
    ((kind, frames),) = values.items()
    rows = frames if kind == "frames" else [frames]
    per_frame = 1
    if columns is not None:
        per_frame = len(rows[0]) // columns
        rows = [frame[i : i + columns] for frame in rows for i in range(0, len(frame), columns)]
    packed = pack(rows, per_frame)
    if packed is None:
        return values
    packed["kind"] = kind
    written = [json.dumps(one, ensure_ascii=False) for one in (packed, values)]
    return packed if len(written[0]) < len(written[1]) else values


def _differences(rows: Sequence[Sequence[int | None]], way: int) -> str:
    """Write what the rows' neighbours do not foretell."""
    letters = []
    above = [0] * len(rows[0])
    for row in rows:
        kept, before, corner = [], 0, 0
        for value, over in zip(row, above, strict=True):
            foretold = (over, before, over + before - corner)[way - 1] if way else 0
            if value is None:
                letters.append(NONE)
                value = foretold
            else:
                letters.append(_letters(value - foretold))
            kept.append(value)
            before, corner = value, over
        above = kept
    return "".join(letters)


def _letters(difference: int) -> str:
    left = 2 * difference if difference >= 0 else -2 * difference - 1
    text = ""
    while left >= len(SMALL):
        left, digit = divmod(left - len(SMALL), MANY)
        text += chr(LARGE + digit)
    return text + SMALL[left]
