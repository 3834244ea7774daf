"""Run the chapters: again when what they stand on changes, as many at once as there are cores."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from kernel_messages import wait_in_slices
from myst_nb.core.execute.cache import NotebookClientCache
from myst_nb.core.read import NbReader, create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)


#: What belongs to single chapters: an edit there runs those chapters and no others.
OWN = ("figures", "questions", "results")


def _own(path: Path, book: Path) -> bool:
    """Say whether a file of the book's package belongs to single chapters."""
    if not path.is_relative_to(book):
        return False
    inside = path.relative_to(book).parts
    return inside[0] in OWN and len(inside) > 1 and not inside[-1].startswith("_")


def hash_of_files(files: Iterable[Path], root: Path) -> str:
    """Hash files by name and content; bytecode does not count."""
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def hash_of_library(root: Path) -> str:
    """Hash what every chapter stands on: the library, the book's package, the lock."""
    book = root / "book" / "wganbook"
    shared = [path for path in book.rglob("*") if not _own(path, book)]
    return hash_of_files([*(root / "wganlib").rglob("*"), *shared, root / "constraints.txt"], root)


def figures_by_name(book: Path) -> dict[str, str]:
    """Return in which module of ``figures`` each public figure lives, without importing any."""
    index = book / "figures" / "__init__.py"
    if not index.is_file():
        return {}
    for node in ast.parse(index.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_NAMES" and node.value:
            listed = ast.literal_eval(node.value)
            return {name: module for module, names in listed.items() for name in names}
    return {}


def files_of_chapter(root: Path, page: Path) -> list[Path]:
    """Return what one chapter stands on beside what all do: figures, questions, kept results."""
    book, text = root / "book" / "wganbook", page.read_text("utf-8")
    home = figures_by_name(book)
    waiting = {home[name] for name in re.findall(r"\bfigures\.(\w+)", text) if name in home}
    waiting |= set(re.findall(r"wganbook\.figures(?:\.| import )(\w+)", text))
    modules: set[str] = set()
    while waiting:
        module = waiting.pop()
        path = book / "figures" / f"{module}.py"
        if module not in modules and path.is_file():
            modules.add(module)
            inside = path.read_text("utf-8")
            waiting |= set(re.findall(r"wganbook\.figures(?:\.| import )(\w+)", inside))
    files = [book / "figures" / f"{module}.py" for module in modules]
    asks_all = "Quiz(" in text
    own = "*" if asks_all else page.stem.replace("-", "_") + ".*"
    files += [path for path in (book / "questions").glob(own) if path.is_file()]
    for folder in (book / "results").glob("*"):
        if f'"{folder.name}"' in text or f"`{folder.name}:" in text:
            files += folder.rglob("*")
    return files


def forget_changed(app: Sphinx, env: BuildEnvironment, docnames: Sequence[str]) -> None:
    """Drop the kept outputs of chapters whose own figures, questions or results have changed."""
    root = Path(app.srcdir)
    cache = get_cache(env.mystnb_config.execution_cache_path)
    record = Path(env.mystnb_config.execution_cache_path) / "chapters.json"
    before = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    now = dict(before)
    for docname in docnames:
        path = Path(env.doc2path(docname))
        digest = hash_of_files(files_of_chapter(root, path), root)
        if before.get(docname, digest) != digest:
            notebook = read_page(env, path)
            if notebook is not None:
                with contextlib.suppress(KeyError):
                    cache.remove_cache(cache.match_cache_notebook(notebook[0]).pk)
        now[docname] = digest
    part = record.with_suffix(".json.part")
    part.write_text(json.dumps(now, indent=1, sort_keys=True), "utf-8")
    part.replace(record)


def read_page(env: BuildEnvironment, path: Path) -> tuple[NotebookNode, NbReader] | None:
    """Read a page as a notebook, if it is one."""
    text = path.read_text("utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return None if reader is None else (reader.read(text), reader)


def configure(app: Sphinx, config: Any) -> None:
    """Choose the cache folder of this state of the library and remove those of others.

    When the library has changed, Sphinx's own memory of the pages goes too: it would
    otherwise skip chapters whose text is unchanged, and show their old output.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    cache = caches / hash_of_library(Path(app.srcdir))
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


def stale(
    env: BuildEnvironment, docnames: Sequence[str], cache: JupyterCacheAbstract
) -> Iterator[tuple[Path, NotebookNode, NbReader]]:
    """Yield the notebooks among these pages whose outputs the cache does not have."""
    for docname in docnames:
        path = Path(env.doc2path(docname))
        found = read_page(env, path)
        if found is None:
            continue
        notebook, reader = found
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            yield path, notebook, reader


def run_ahead(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run what the cache lacks, side by side, before Sphinx reads the pages one by one.

    A chapter that fails is left to Sphinx, which runs it again and reports it as ever.
    """
    if env.mystnb_config.execution_mode != "cache":
        return
    cache = get_cache(env.mystnb_config.execution_cache_path)
    forget_changed(app, env, docnames)
    # The longest text first, so that the last to end is not also the last to start.
    waiting = sorted(stale(env, docnames, cache), key=lambda one: -len(str(one[1])))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(min(cores or 1, 8)) as pool:
        running: dict[Future[ExecutionResult], tuple[Path, NotebookNode, NbReader]] = {
            pool.submit(
                single_nb_execution,
                notebook,
                cwd=str(path.parent),
                allow_errors=False,
                timeout=env.mystnb_config.execution_timeout,
                iopub_timeout=30,
                raise_on_iopub_timeout=True,  # or a lost message would lose an output
            ): (path, notebook, reader)
            for path, notebook, reader in waiting
        }
        for done in as_completed(running):
            path, notebook, reader = running[done]
            result = done.result()
            if result.err is not None:
                words = f"{path.name}: failed after {result.time:.1f} seconds"
                logger.info("%s\n%s", words, result.exc_string)
                continue
            logger.info("%s: ran in %.1f seconds", path.name, result.time)
            staged = cache.add_nb_to_project(str(path), read_data=reader.read_fmt)
            data = {"execution_seconds": result.time}
            bundle = CacheBundleIn(notebook, staged.uri, data=data)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    keep_cached_outputs()
    wait_in_slices()
    app.connect("config-inited", configure, priority=1)
    app.connect("env-before-read-docs", run_ahead)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
