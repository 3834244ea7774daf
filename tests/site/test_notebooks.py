"""The notebooks made for Colab and Binder: plain, the same each time, and they run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from chapter_costs import COSTS, sentence
from kernel_messages import wait_in_slices
from make_notebooks import (
    convert,
    front_matter,
    is_chapter,
    read_book,
    repository_url,
    setup_cell,
    write_all,
)
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from plain_markdown import Book, Page, expand, read_citations

import wganlib as wg
from tests.built_site import NOT_BUILT

ROOT = Path(__file__).resolve().parents[2]
VIEW = "application/vnd.jupyter.widget-view+json"
BOOK = ROOT / "book"
CHAPTERS = [path for path in sorted(BOOK.glob("*.md")) if is_chapter(path)]
COLAB = ROOT / "tests" / "colab-constraints.txt"

HEADER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---
"""
CHAPTER = (
    HEADER
    + r"""
(top)=
# A first page

The transport plan {ko}`수송 계획` of {cite:t}`arj` {cite:p}`arj,kan`; see {eq}`w1`,
{prf:ref}`kr`, {ref}`other-top`, {ref}`that <kr>`, {doc}`b`, {term}`critic`, {func}`~wganlib.w1`.
`{ko}` stays, and so do \$5, $\norm{x - y}$ and $x^\R$.
[This](b.md), [](#top), [outside](https://example.org/a), [hi]{lang=en}.

$$
\EM(p, q)
  = 1
$$ (w1)

::::{prf:theorem} Kantorovich
:label: kr

For all $x$:

$$
a
= b
$$

:::{note}
inside
:::
::::

```{prf:proof}
By {eq}`w1`.
```

```{exercise} Try
:label: ex-1

What?
```

````{solution} ex-1
:class: dropdown

```python
print("{ref}`nowhere`")
```
````

```{figure} img/x.png
:name: fig-x
:alt: An x

As in {numref}`fig-x`.
```

```{list-table} Two rows
:header-rows: 1
* - a
  - b
* - 1
  - $2$
```

Term
: what it is

% a comment

```{code-cell} python
:tags: [remove-input, raises-exception]

x = 1
```

+++ {"tags": ["margin"]}

The end.
"""
)
SECOND = (
    HEADER
    + """
(other-top)=
# Second

{prf:ref}`kr` and {eq}`w1`.

```{code-cell} python
1 + 1
```
"""
)
BIB = """\
@inproceedings{arj,
  author = {Arjovsky, Martin and Chintala, Soumith and Bottou, L{\\'e}on},
  title = {Wasserstein {GAN}},
  year = {2017},
}
@article{kan,
  author = {Leonid Kantorovich},
  year = 1942,
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text(CHAPTER, "utf-8")
    (tmp_path / "b.md").write_text(SECOND, "utf-8")
    (tmp_path / "plain.md").write_text("# Not a chapter\n", "utf-8")
    (tmp_path / "refs.bib").write_text(BIB, "utf-8")
    return tmp_path


def words(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


# What only Sphinx understands, outside code.
MYST = re.compile(r"\{[a-z][\w:-]*\}`|^\s*[`:~]{3,}\{|^\([\w:-]+\)=$|^\s*:[\w-]+: ", re.MULTILINE)


def without_code(text: str) -> str:
    return re.sub(r"(?ms)^\s*(```+|~~~+).*?^\s*\1|`[^`\n]+`(?!`)", "", text)


def test_roles_become_words(folder: Path) -> None:
    text = words(convert(folder / "a.md"))
    assert "The transport plan 수송 계획 of Arjovsky et al. (2017)" in text
    assert "(Arjovsky et al., 2017; Kantorovich, 1942); see (1),\nTheorem 1, *Second*," in text
    assert "*Second*, that, *Second*, critic, `w1`.\n`{ko}` stays" in text
    assert "This (*Second*), *A first page*, [outside](https://example.org/a), hi." in text
    assert r"do \$5, $\lVert x - y \rVert$ and $x^{\mathbb{R}}$" in text


def test_references_across_pages_name_the_page(folder: Path) -> None:
    assert "Theorem 1 in *A first page* and (1) in *A first page*." in words(
        convert(folder / "b.md")
    )


def test_equations_carry_their_number(folder: Path) -> None:
    assert r"$$\operatorname{W}(p, q) = 1 \tag{1}$$" in words(convert(folder / "a.md"))
    labelled = "```{math}\n:label: two\n\\begin{align}a\\end{align}\n```"
    shown = Page("a", Book()).convert(labelled)
    assert shown == r"$$\begin{aligned}a\end{aligned} \tag{1}$$"


def test_theorems_proofs_and_notes_become_quotes(folder: Path) -> None:
    text = words(convert(folder / "a.md"))
    quote = "> **Theorem 1 (Kantorovich).** For all $x$:\n>\n> $$a = b$$\n>\n> > **Note.** inside"
    assert quote in text
    assert "> *Proof*. By (1). ∎" in text
    assert Page("a", Book()).convert("```{prf:proof}\nSo. ∎\n```") == "> *Proof*. So. ∎"
    assert "> **Exercise 1 (Try).** What?" in text


def test_solutions_stay_folded_and_code_in_them_untouched(folder: Path) -> None:
    text = words(convert(folder / "a.md"))
    folded = "<details>\n<summary>Solution to Exercise 1</summary>\n\n```python\n"
    assert folded + 'print("{ref}`nowhere`")\n```\n\n</details>' in text


def test_figures_tables_and_terms(folder: Path) -> None:
    text = words(convert(folder / "a.md"))
    assert "![An x](img/x.png)\n\n**Figure 1.** As in Figure 1." in text
    assert "**Table.** Two rows\n\n| a | b |\n| --- | --- |\n| 1 | $2$ |" in text
    assert "**Term**: what it is" in text
    assert "a comment" not in text
    glossary = "```{glossary}\ncritic\n  Scores samples.\n\ngenerator\n  Makes them.\n```"
    shown = Page("a", Book(image_base="https://example.org")).convert(glossary + "\n![x](i.png)")
    assert shown == (
        "**critic**: Scores samples.\n\n**generator**: Makes them.\n\n"
        "![x](https://example.org/i.png)"
    )


def test_tags_of_the_page_are_dropped(folder: Path) -> None:
    notebook = convert(folder / "a.md")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [dict(cell.metadata) for cell in code] == [{}, {"tags": ["raises-exception"]}]
    assert code[1].source == "x = 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ref}`nowhere`", "nothing carries the label 'nowhere'"),
        ("{unknown}`x`", "the role 'unknown' has no plain Markdown"),
        ("```{unknown}\n```", "the directive 'unknown' has no plain Markdown"),
        ("{cite}`nobody`", "no reference has the key 'nobody'"),
        (":::{note}\nopen", "is never closed"),
    ],
)
def test_what_has_no_plain_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Page("a", Book()).convert(text)


def test_macros_are_written_out() -> None:
    macros = {"norm": (r"\lVert #1 \rVert", 1), "R": (r"\mathbb{R}", 0), "two": ("#1/#2", 2)}
    assert expand(r"\norm{x_{\R}}^2", macros) == r"\lVert x_{\mathbb{R}} \rVert^2"
    assert expand(r"\Rho \two a{b c}", macros) == r"\Rho a/b c"


def test_citations_are_read_from_bibtex() -> None:
    assert read_citations(BIB) == {
        "arj": ("Arjovsky et al.", "2017"),
        "kan": ("Kantorovich", "1942"),
    }


def test_the_address_comes_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BOOK_REPO_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/book")
    notebook = convert(folder / "a.md")
    assert 'else "git+https://github.com/someone/book"' in notebook.cells[0].source
    image = "https://raw.githubusercontent.com/someone/book/notebooks/img/x.png"
    assert f"![An x]({image})" in words(notebook)
    monkeypatch.setenv("BOOK_REPO_URL", "https://example.org/book.git")
    first = convert(folder / "a.md").cells[0].source
    assert 'else "git+https://example.org/book"' in first


def test_the_address_is_the_one_that_the_pages_use(monkeypatch: pytest.MonkeyPatch) -> None:
    import make_notebooks

    monkeypatch.syspath_prepend(BOOK / "_ext")
    import book_repository

    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    configured = settings.get("repository", {}).get("url") or ""
    for environment in ({}, {"GITHUB_REPOSITORY": "a/b"}, {"BOOK_REPO_URL": "https://c.d/e.git/"}):
        for name in ("GITHUB_REPOSITORY", "BOOK_REPO_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert make_notebooks.repository_url() == book_repository.repository_url(configured)


def first_cell(monkeypatch: pytest.MonkeyPatch, *address: str) -> list[list[str]]:
    """What pip is told by a first cell that finds nothing installed."""
    import importlib.util

    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: ran.append(command))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(setup_cell(*address), {})
    return [command[5:] for command in ran]


def test_without_an_address_the_first_cell_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exec(setup_cell(""), {})
    monkeypatch.chdir(tmp_path)
    name = "wganlib-0.1.0-py3-none-any.whl"
    with pytest.raises(ModuleNotFoundError, match=rf"Put {re.escape(name)} into the folder"):
        first_cell(monkeypatch, "", name)
    (tmp_path / name).touch()
    assert first_cell(monkeypatch, "", name)[0] == ["--no-deps", name]


def test_the_first_cell_takes_the_wheel_of_the_site_before_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wheel = "https://example.org/notebooks/wganlib-0.1.0-py3-none-any.whl"
    found = first_cell(monkeypatch, "https://example.org/book", wheel)
    assert found[0] == ["--no-deps", wheel]


def test_the_first_cell_keeps_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TENSORFLOW", "JAX", "CUPY"):
        monkeypatch.delenv(f"POT_BACKEND_DISABLE_{name}", raising=False)
    monkeypatch.setenv("POT_BACKEND_DISABLE_JAX", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.chdir(tmp_path)
    installed = first_cell(monkeypatch, "https://example.org/book")
    assert installed[0] == ["--no-deps", "git+https://example.org/book"]
    assert [part[0].split(">")[0] for part in installed[1:]] == ["POT", "anywidget"]
    assert os.environ["POT_BACKEND_DISABLE_TENSORFLOW"] == "1"
    assert os.environ["POT_BACKEND_DISABLE_JAX"] == "0", "a reader's own choice stands"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    monkeypatch.delenv("OMP_NUM_THREADS")
    first_cell(monkeypatch, "https://example.org/book")
    assert os.environ.pop("OMP_NUM_THREADS") == "1", "small networks train on one thread"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_that_trains_does_so_on_one_thread(path: Path, book: Book) -> None:
    """With two on a busy machine, networks this small take many times as long."""
    code = "\n".join(code_of(convert(path, book)))
    trains = re.search(r"\b(?:wg|experiments|training)\.train(?:_critic|_many)?\(", code)
    at = code.find("torch.set_num_threads(1)")
    assert not trains or 0 <= at < trains.start()


def test_a_gpu_is_asked_for_only_where_the_chapter_needs_one(folder: Path) -> None:
    assert "accelerator" not in convert(folder / "a.md").metadata
    text = CHAPTER.replace("---\njupytext", "---\naccelerator: GPU\njupytext", 1)
    (folder / "a.md").write_text(text, "utf-8")
    assert convert(folder / "a.md").metadata["accelerator"] == "GPU"


def test_only_chapters_become_notebooks(folder: Path, tmp_path: Path) -> None:
    written = write_all(folder, tmp_path / "out")
    assert [path.name for path in written] == ["a.ipynb", "b.ipynb"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.ipynb", "b.ipynb"]


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    once, again = write_all(BOOK, tmp_path / "1"), write_all(BOOK, tmp_path / "2")
    assert [path.name for path in once] == [f"{path.stem}.ipynb" for path in CHAPTERS]
    for one, two in zip(once, again, strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.fixture(scope="module")
def book() -> Book:
    return read_book(BOOK)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebook_is_valid_plain_and_without_outputs(path: Path, book: Book) -> None:
    notebook = convert(path, book)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert ids == [f"cell-{number:03d}" for number in range(len(ids))]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
        else:
            left = MYST.search(without_code(cell.source))
            assert left is None, f"{path.name}: {left[0]!r} is left in {cell.source!r}"
    wants_gpu = front_matter(path.read_text("utf-8")).get("accelerator") == "GPU"
    assert ("accelerator" in notebook.metadata) == wants_gpu


def run(notebook: nbformat.NotebookNode, kernel: str = "python3") -> nbformat.NotebookNode:
    wait_in_slices()
    client = NotebookClient(
        notebook,
        timeout=300,
        iopub_timeout=30,
        raise_on_iopub_timeout=True,
        kernel_name=kernel,
        resources={"metadata": {"path": str(BOOK)}},
    )
    done = client.execute()
    for cell in done.cells:
        for output in cell.get("outputs", ()):
            loud = output.output_type == "stream" and output.name == "stderr"
            assert not loud, f"a cell prints to stderr: {output.text}"
    return done


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_the_first_cell_says_what_all_cells_take(book: Book) -> None:
    costs = json.loads(COSTS.read_text("utf-8"))
    assert set(costs) <= {path.stem for path in CHAPTERS}
    long = {path.stem for path in CHAPTERS if "set_num_threads" in path.read_text("utf-8")}
    assert long <= set(costs), "measure with tools/chapter_costs.py"
    for stem, cost in costs.items():
        first = code_of(convert(ROOT / "book" / f"{stem}.md", book))[0].splitlines()[1]
        found = re.fullmatch(
            r"# All cells together take about (\d+) (seconds|minutes) of one core, and "
            r"(\d+\.\d) GB of memory\.",
            first,
        )
        assert found is not None, first
        seconds = int(found[1]) * (60 if found[2] == "minutes" else 1)
        assert cost["cpu_seconds"] <= seconds
        assert float(found[3]) * 1000 >= cost["memory_mb"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebook_runs_what_the_page_has_run(path: Path, book: Book) -> None:
    """Cell by cell the code that the build ran to its end, after the cell that sets Colab up."""
    done = ROOT / "_build" / "jupyter_execute" / "book" / f"{path.stem}.ipynb"
    assert done.is_file(), NOT_BUILT
    executed = nbformat.read(done, as_version=4)
    setup, *code = code_of(convert(path, book))
    assert setup == setup_cell(repository_url(), cost=sentence(path.stem))
    assert code == code_of(executed)
    counts = [cell.execution_count for cell in executed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.slow
def test_notebook_that_needs_torch_runs(book: Book) -> None:
    """The quickest of those; notebooks without torch run further down, beside Colab's versions."""
    notebook = convert(BOOK / "stability.md", book)
    assert needs_torch("\n".join(code_of(notebook)))
    run(notebook)


def call(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with Colab's versions, less torch.

    Colab runs Python 3.13; this is whatever runs the tests (3.11 in the lock), so what differs
    between the two interpreters stays untested here. Kept in .colab-venv until the pins change.
    """
    lines = COLAB.read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith(("#", "torch=="))]
    wanted = [*pins, "ipykernel", "POT>=0.9.5,<0.9.7", "tqdm"]
    present = hashlib.sha256(json.dumps([wanted, sys.version]).encode()).hexdigest()
    folder = ROOT / ".colab-venv"
    python, stamp = folder / "bin" / "python", folder / ".pins"
    if not stamp.is_file() or stamp.read_text() != present:
        call(sys.executable, "-m", "venv", "--clear", folder)
        # Only what is imported is compiled, as it is imported.
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-compile"]
        install += ["--disable-pip-version-check"]
        done = subprocess.run([*install, *wanted], capture_output=True, text=True)
        if done.returncode and os.environ.get("CI") != "true" and offline(done.stderr):
            pytest.skip("pip reaches no package index, so Colab's versions cannot be installed")
        assert done.returncode == 0, done.stderr
        call(*install, "--no-deps", "--editable", ROOT)
        stamp.write_text(present)
    return python


def offline(message: str) -> bool:
    signs = ("NewConnectionError", "Temporary failure in name resolution", "ConnectTimeoutError")
    return any(sign in message for sign in signs)


@pytest.mark.slow
def test_the_library_imports_beside_colabs_versions(colab: Path) -> None:
    code = """
import importlib, pkgutil, wganlib
for module in pkgutil.walk_packages(wganlib.__path__, "wganlib."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        assert error.name in ("torch", "numba"), (module.name, error)
for name in wganlib.__all__:
    try:
        getattr(wganlib, name)
    except ModuleNotFoundError as error:
        assert error.name in ("torch", "numba"), (name, error)
"""
    call(colab, "-c", code)


@pytest.mark.slow
def test_a_workshop_beside_colabs_versions_has_a_view_a_picture_and_a_table(colab: Path) -> None:
    """The picture's training needs torch, which is left out here: a drawing takes its place."""
    code = """
import ipywidgets
from wganbook.widgets import Workshop
assert ipywidgets.__version__ == "7.7.1", ipywidgets.__version__
for method, found in {
    "svg": "<svg role='img'></svg>", "rows": [["steps", "EM"], ["0", "2.1"]], "texts": ("a", "b")
}.items():
    setattr(Workshop, f"fallback_{method}", lambda self, found=found: found)
workshop = Workshop(data="lines", rule="sphere", radius=4, compare={"objective": "minimax"})
data = workshop._repr_mimebundle_()
data = data[0] if isinstance(data, tuple) else data
assert "application/vnd.jupyter.widget-view+json" in data, list(data)
assert f'data-wg-model="{workshop.model_id}"' in data["text/html"]
assert "data:image/svg+xml," in data["text/html"] and "<td>2.1</td>" in data["text/html"]
assert workshop.setup["runs"][1] == workshop.setup["runs"][0] | {"objective": "minimax"}
workshop.setup = workshop.setup | {"seed": 4}
for bad in ({"seed": -1}, {"data": "moons"}, {"runs": []}):
    try:
        workshop.setup = workshop.setup | bad
    except Exception as error:
        assert "expected" in str(error), error
    else:
        raise AssertionError(bad)
state = workshop.get_state()
assert state["setup"]["seed"] == 4
assert "export default { render }" in state["_esm"] and ".wg-shop" in state["_css"]
"""
    call(colab, "-c", code)


@pytest.mark.slow
def test_installing_changes_none_of_colabs_versions(colab: Path) -> None:
    # What pip would do for the whole requirement: nothing but torch, which Colab has.
    lines = COLAB.read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    listed = subprocess.run(
        [colab, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    found = {one["name"].lower(): one["version"] for one in json.loads(listed.stdout)}
    assert "torch" not in found
    del pins["torch"]
    assert {name: found[name] for name in pins} == pins


def needs_torch(code: str) -> bool:
    """Say whether code uses torch, or a name of the library that lives in a module that does."""
    if re.search(r"^\s*(?:import|from) torch\b", code, re.MULTILINE):
        return True
    used = set(re.findall(r"\bwg\.(?:\w+\.)?(\w+)", code))
    sources = [
        ROOT.joinpath(*package.__name__.split("."), *home.split(".")).with_suffix(".py")
        for package in (wg, wg.distances, wg.training, wg.images)
        for home, names in package._HOMES.items()
        if used & set(names)
    ]
    return any(
        re.search(r"^(?:import|from) torch\b", source.read_text("utf-8"), re.MULTILINE)
        for source in sources
        if source.is_file()
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebook_runs_beside_colabs_versions(
    path: Path, book: Book, colab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = convert(path, book)
    code = "\n".join(code_of(notebook))
    if needs_torch(code):
        pytest.skip("the chapter needs torch, which this environment leaves out for its size")
    spec = tmp_path / "kernels" / "colab" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [str(colab), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Colab", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook.cells.append(nbformat.v4.new_code_cell("import sys; print(sys.prefix)"))
    try:
        done = run(notebook, kernel="colab")
    except CellExecutionError as error:
        if "No module named 'torch'" in str(error):  # a figure's module needs it
            pytest.skip("the chapter needs torch, which this environment leaves out for its size")
        raise
    # ipywidgets 7 would show a widget's view alone; saved, or where no kernel runs, nothing.
    # A slider over a live kernel is ipywidgets' own: without a kernel there is nothing to show.
    views = [output.data for cell in done.cells if "ipywidgets" not in cell.source
             for output in cell.get("outputs", ()) if VIEW in output.get("data", {})]  # fmt: skip
    assert views or "SliderFigure(" not in code
    for data in views:
        assert "data-wg-model=" in data["text/html"]
    assert Path(done.cells[-1].outputs[0].text.strip()) == ROOT / ".colab-venv"
