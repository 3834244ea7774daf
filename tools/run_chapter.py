"""Run one chapter and keep its outputs where the book would, so that its tests can read them.

``python tools/run_chapter.py parallel-lines`` is what ``make quick`` does for a chapter; the whole
book is built by ``make book``, which writes the same file.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from kernel_messages import execute  # noqa: E402

BOOK = ROOT / "book"
RAN = ROOT / "_build" / "jupyter_execute" / "book"


def run(path: Path, out: Path) -> Path:
    """Run the cells of a page in order and write the notebook with what they printed."""
    notebook = jupytext.read(path, fmt="md:myst")
    execute(notebook, path.parent)
    target = out / f"{path.stem}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    nbformat.write(notebook, part)
    part.replace(target)
    return target


def main(words: Sequence[str] | None = None) -> int:
    """Run the chapter that is named; the status is 2 if there is none."""
    words = sys.argv[1:] if words is None else words
    names = sorted(path.stem for path in BOOK.glob("*.md"))
    if len(words) != 1 or words[0] not in names:
        near = difflib.get_close_matches(words[0], names) if words else []
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        print(f"chapter: expected one of {', '.join(names)}{hint}", file=sys.stderr)
        return 2
    print(run(BOOK / f"{words[0]}.md", RAN).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
