"""Key the execution cache on the library: an edit in ``wganlib`` re-executes the chapters."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from myst_nb.core.execute.cache import NotebookClientCache
from sphinx.application import Sphinx


def library_hash(root: Path) -> str:
    """Hash every file of the library and the lock of its dependencies."""
    digest = hashlib.sha256()
    files = [*sorted((root / "wganlib").rglob("*")), root / "constraints.txt"]
    for path in files:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def configure(app: Sphinx, config: Any) -> None:
    """Choose the cache folder of this state of the library and remove those of others.

    When the library has changed, Sphinx's own memory of the pages goes too: it would
    otherwise skip chapters whose text is unchanged, and show their old output.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    cache = caches / library_hash(Path(app.srcdir))
    if not cache.is_dir():
        shutil.rmtree(caches, ignore_errors=True)
        shutil.rmtree(app.doctreedir, ignore_errors=True)
        Path(app.doctreedir).mkdir(parents=True)
        cache.mkdir(parents=True)
    config.nb_execution_cache_path = str(cache)


def keep_cached_outputs() -> None:
    """Let myst-nb write notebooks with their outputs when these come from the cache.

    On a cache hit it renders a merged copy, but writes the notebook it was given, which has no
    outputs. The ledger and the tests read what is written.
    """
    start = NotebookClientCache.start_client
    if getattr(start, "keeps_outputs", False):
        return

    def start_client(self: Any) -> None:
        given = self._notebook
        start(self)
        if self._notebook is not given:
            given.cells, given.metadata = self._notebook.cells, self._notebook.metadata
            self._notebook = given

    start_client.keeps_outputs = True  # type: ignore[attr-defined]
    NotebookClientCache.start_client = start_client


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    keep_cached_outputs()
    app.connect("config-inited", configure, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
