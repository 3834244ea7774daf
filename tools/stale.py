"""Drop the cache of executed chapters when what they run against has changed.

The cache compares a chapter's own cells and nothing else, so after an edit of the library it
would show yesterday's numbers.
"""

import hashlib
import platform
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Text, pages' assets and Sphinx extensions do not change what a cell computes.
NOT_RUN = {".md", ".ipynb", ".bib", ".pyc"}
NOT_RUN_FOLDERS = {"__pycache__", "_ext", "_static", ".ipynb_checkpoints"}


def key(root: Path = ROOT) -> str:
    """Return a hash of the library, the chapters' data, the lock and the interpreter."""
    digest = hashlib.sha256(platform.python_version().encode())
    found = [*root.glob("wganlib/**/*"), *root.glob("book/**/*"), root / "constraints.txt"]
    for path in sorted(found):
        inside = path.relative_to(root)
        if not path.is_file() or path.suffix in NOT_RUN or NOT_RUN_FOLDERS & set(inside.parts):
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{inside.as_posix()} {content}\n".encode())
    return digest.hexdigest()


def drop_if_stale(cache: Path, root: Path = ROOT) -> bool:
    """Remove ``cache`` unless it was filled under the present key; say whether it went."""
    present, stamp = key(root), cache.with_name(cache.name + ".key")
    if stamp.is_file() and stamp.read_text() == present:
        return False
    shutil.rmtree(cache, ignore_errors=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(present)
    return True


if __name__ == "__main__":
    if drop_if_stale(Path(sys.argv[1])):
        print("The library or its data changed: every chapter runs anew.")
