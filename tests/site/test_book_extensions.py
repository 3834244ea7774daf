"""The book's Sphinx extensions, piece by piece and in a small book of two pages."""

from __future__ import annotations

import asyncio
import html
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import kernel_messages
import nbformat
import pytest
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session
from PIL import Image

from tests.built_site import widget_states
from tests.conftest import ROOT
from wganbook import record
from wganbook.claims import catalogue

EXTENSIONS = ROOT / "book" / "_ext"
GITHUB = "https://github.com/group/book"
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}


def extension(name):
    """Import an extension as Sphinx does, from its folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXTENSIONS))
        return __import__(name)


@pytest.fixture(autouse=True)
def no_address(monkeypatch):
    """A build server sets these; the tests say for themselves which of them are there."""
    for name in ("BOOK_REPO_URL", "BOOK_SITE_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


# --- the repository's address --------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "configured", "expected"),
    [
        ({}, "", ""),
        ({}, None, ""),
        ({}, GITHUB, GITHUB),
        ({"GITHUB_REPOSITORY": "group/book"}, "", GITHUB),
        ({"GITHUB_REPOSITORY": "group/book"}, "https://github.com/older/one", GITHUB),
        ({"BOOK_REPO_URL": f"{GITHUB}.git"}, "", GITHUB),
        ({"BOOK_REPO_URL": f"{GITHUB}.git/"}, "", GITHUB),
        ({"BOOK_REPO_URL": f"{GITHUB}/", "GITHUB_REPOSITORY": "a/b"}, "", GITHUB),
        ({"BOOK_REPO_URL": "", "GITHUB_REPOSITORY": ""}, GITHUB, GITHUB),
    ],
)
def test_the_address_comes_from_the_environment_first(
    environment, configured, expected, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert extension("book_repository").repository_url(configured) == expected


def configured(url=""):
    options = {"repository_url": url, "launch_buttons": dict(LAUNCH), "use_edit_page_button": True}
    config = SimpleNamespace(html_theme_options=options, html_baseurl="")
    extension("book_repository").configure(None, config)
    return config


def test_with_an_address_there_are_buttons():
    options = configured(GITHUB).html_theme_options
    assert options["repository_url"] == GITHUB
    assert options["launch_buttons"] == LAUNCH
    for button in extension("book_repository").BUTTONS:
        assert options[button] is True


def test_without_an_address_nothing_that_needs_one_is_left():
    assert configured("").html_theme_options == {}


def test_the_site_knows_its_own_address_if_it_is_given(monkeypatch):
    assert configured().html_baseurl == ""
    monkeypatch.setenv("BOOK_SITE_URL", "https://group.github.io/book/")
    assert configured().html_baseurl == "https://group.github.io/book/"


def test_launch_buttons_without_addresses_are_left_alone():
    button = {"label": "launch", "buttons": [{"type": "link"}, {"url": "https://x.org/a.md"}]}
    context = {"header_buttons": ["text", {"type": "x"}, {"buttons": None}, button]}
    extension("book_repository").launch_notebook(None, "p", "", context, None)
    assert button["buttons"][1]["url"] == "https://x.org/a.md"
    extension("book_repository").launch_notebook(None, "p", "", {}, None)


# --- the execution cache -------------------------------------------------------------


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "book"
    (root / "wganlib" / "widgets").mkdir(parents=True)
    (root / "wganlib" / "a.py").write_text("1")
    (root / "wganlib" / "widgets" / "b.mjs").write_text("2")
    (root / "constraints.txt").write_text("numpy==2")
    return root


def test_every_file_of_the_library_and_the_lock_count(library):
    hash_of_library = extension("book_cache").hash_of_library
    seen = [hash_of_library(library)]
    assert seen == [hash_of_library(library)]
    for change in (
        lambda: (library / "wganlib" / "a.py").write_text("1 "),
        lambda: (library / "wganlib" / "widgets" / "b.mjs").write_text("3"),
        lambda: (library / "wganlib" / "claims.json").write_text("[]"),
        lambda: (library / "wganlib" / "a.py").rename(library / "wganlib" / "c.py"),
        lambda: (library / "constraints.txt").write_text("numpy==3"),
        lambda: (library / "wganlib" / "claims.json").unlink(),
    ):
        change()
        seen.append(hash_of_library(library))
    assert len(set(seen)) == len(seen)


def test_bytecode_and_other_folders_do_not_count(library):
    hash_of_library = extension("book_cache").hash_of_library
    before = hash_of_library(library)
    (library / "wganlib" / "__pycache__").mkdir()
    (library / "wganlib" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"\x00")
    (library / "tests").mkdir()
    (library / "tests" / "test_a.py").write_text("")
    assert hash_of_library(library) == before


@pytest.fixture
def houses(library):
    """The book's package beside the library, with two chapters."""
    book = library / "book" / "wganbook"
    for folder in ("figures", "questions", "results/coins"):
        (book / folder).mkdir(parents=True)
    (book / "scene.py").write_text("1")
    names = '_NAMES: dict[str, tuple[str, ...]] = {"one": ("first",), "two": ("second",)}'
    (book / "figures" / "__init__.py").write_text(names)
    (book / "figures" / "one.py").write_text("1")
    (book / "figures" / "two.py").write_text("from wganbook.figures import one")
    (book / "questions" / "one.py").write_text("1")
    (book / "results" / "coins" / "config.json").write_text("{}")
    (library / "book" / "one.md").write_text("figures.first()")
    (library / "book" / "two.md").write_text('figures.second(); evidence.study("coins")')
    (library / "book" / "none.md").write_text("words")
    return library


@pytest.mark.parametrize(
    ("changed", "rerun"),
    [
        ("figures/one.py", {"one", "two"}),
        ("figures/two.py", {"two"}),
        ("questions/one.py", {"one"}),
        ("results/coins/config.json", {"two"}),
    ],
)
def test_a_chapters_own_files_concern_it_and_no_other(houses, changed, rerun):
    cache, book = extension("book_cache"), houses / "book"

    def digests():
        return {
            page.stem: cache.hash_of_files(cache.files_of_chapter(houses, page), houses)
            for page in book.glob("*.md")
        }

    before, whole = digests(), cache.hash_of_library(houses)
    (book / "wganbook" / changed).write_text("changed")
    assert {name for name, digest in digests().items() if digest != before[name]} == rerun
    assert cache.hash_of_library(houses) == whole
    (book / "wganbook" / "scene.py").write_text("2")
    assert cache.hash_of_library(houses) != whole, "what all chapters share concerns all"


def test_a_change_drops_old_outputs_and_sphinxs_memory(library):
    cache = extension("book_cache")
    app = SimpleNamespace(
        outdir=str(library / "_build" / "html"),
        srcdir=str(library),
        doctreedir=str(library / "_build" / ".doctrees"),
    )
    folders = []
    for text in ("1", "1", "2"):
        (library / "wganlib" / "a.py").write_text(text)
        config = SimpleNamespace(nb_execution_cache_path="")
        cache.configure(app, config)
        folders.append(Path(config.nb_execution_cache_path))
        assert folders[-1].is_dir()
        assert Path(app.doctreedir).is_dir()
        memory = Path(app.doctreedir) / "index.doctree"
        # The second build changes nothing, so it finds what the first one left.
        assert memory.exists() == (len(folders) == 2)
        memory.write_text("")
    assert folders[0] == folders[1] != folders[2]
    assert not folders[0].exists(), "the cache does not grow with every change"
    assert folders[2].parent == library / "_build" / ".jupyter_cache"


# --- what the chapters measured ------------------------------------------------------


def executed(folder, name, *records):
    """Leave an executed notebook with some measurements in the metadata of its outputs."""
    cells = [nbformat.v4.new_markdown_cell("# Two"), nbformat.v4.new_code_cell("1")]
    for one in records:
        data, metadata = one._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", data, metadata=metadata)
        stream = nbformat.v4.new_output("stream", text="printed")
        cells.append(nbformat.v4.new_code_cell("record()", outputs=[stream, output]))
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


E3 = record("E3", {"KL <θ ≠ 0>": math.inf, "KL at θ = 0": 0.0}, holds=True)
E5 = record("E5", {"slope": 0.5}, holds=False, note='Half of it is "missing" & <gone>.', seeds=20)
G1 = record("G1", {"z": 3.0, "a": -math.inf}, holds=True, scaled_down=True, seeds=1)
E3_AGAIN = record("E3", {"KL, again": 1.0}, holds=False, note="Too few points by far.")


def test_measurements_are_read_from_executed_notebooks(tmp_path):
    executed(tmp_path, "book/one", E3, E5)
    executed(tmp_path, "book/two", G1, E3_AGAIN)
    executed(tmp_path, "book/removed", record("E1", {"a": 1.0}, holds=True))
    found = extension("book_claims").measurements(
        tmp_path, ["book/one", "book/two", "book/not-executed"]
    )
    assert {key: len(records) for key, records in found.items()} == {"E3": 2, "E5": 1, "G1": 1}
    assert [one["chapter"] for one in found["E3"]] == ["book/one", "book/two"]
    assert found["E3"][0]["values"] == [["KL <θ ≠ 0>", "∞"], ["KL at θ = 0", "below 1e-9"]]
    assert found["G1"][0]["values"] == [["z", 3.0], ["a", "−∞"]], "in the order of the chapter"
    assert found["E5"][0]["verdict"] == "differs"


def test_a_failed_build_writes_no_measurements(tmp_path):
    app = SimpleNamespace(outdir=str(tmp_path), builder=SimpleNamespace(format="html"))
    extension("book_claims").write_json(app, RuntimeError("broken"))
    assert list(tmp_path.iterdir()) == []


def test_the_ledger_names_the_software():
    import numpy

    words = extension("book_claims").versions()
    assert f"numpy {numpy.__version__}" in words
    assert "wganlib 0." in words
    assert re.search(r"Python 3\.\d+\.\d+$", words)


def test_thebe_is_dropped_and_nothing_else():
    class Script:
        def __init__(self, filename="", body=""):
            self.filename, self.attributes = filename, {"body": body}

    keep = [Script("_static/a.js"), Script(body="const A = 1"), "_static/plain.js"]
    drop = [Script("_static/sphinx-thebe.js"), Script(body="const THEBE_JS_URL = 'x'")]
    files = [keep[0], drop[0], keep[1], drop[1], keep[2]]
    context = {"script_files": files, "css_files": ["thebe.css", "book.css"]}
    extension("book_site").drop_thebe(None, "p", "", context, None)
    assert context == {"script_files": keep, "css_files": ["book.css"]}
    assert context["script_files"] is files, "Sphinx keeps the list itself"
    extension("book_site").drop_thebe(None, "p", "", {}, None)


def test_widgets_of_a_kind_share_their_code_and_models_of_interact_stay_away(tmp_path):
    class Script:
        def __init__(self, **attributes):
            self.attributes = attributes

    kind = "application/vnd.jupyter.widget-state+json"
    code = "export default { render }; // </script> – 수송"
    state = {
        "version_major": 2,
        "state": {
            "a": {"model_name": "AnyModel", "state": {"_esm": code, "_css": ".x {}", "index": 1}},
            "b": {"model_name": "AnyModel", "state": {"_esm": code, "_css": ".x {}", "index": 2}},
            "c": {"model_name": "AnyModel", "state": {"_esm": "other", "index": 3}},
            "d": {"model_name": "LayoutModel", "state": {"width": "9em"}},
        },
    }
    other = Script(type="module", body="1")
    script = Script(type=kind, body=json.dumps(state))
    context = {"script_files": [other, "plain.js", script]}
    extension("book_weight").slim_widgets(context, tmp_path, "")
    body = script.attributes["body"]
    assert other.attributes["body"] == "1"
    assert "</script>" not in body
    assert body.count("export default") == 1
    slim = json.loads(body)
    assert slim["version_major"] == 2
    assert sorted(slim["state"]) == ["a", "b", "c"]
    page = f'<script type="{kind}">{body}</script>'
    assert widget_states(page) == {key: state["state"][key]["state"] for key in "abc"}
    extension("book_weight").slim_widgets({}, tmp_path, "")
    assert list(tmp_path.iterdir()) == [], "nothing here is large"


def test_a_large_text_lies_in_a_file_that_says_the_same(tmp_path):
    weight = extension("book_weight")
    large = "export default {}; // ` ${x} </script> \u2028 수송\n" * 4000
    assert len(large) >= weight.LARGE
    state = {"state": {}, "shared": {"0": "small", "1": large}}
    for _ in range(2):
        apart = weight.large_texts_apart(state, tmp_path, "../_widgets/")
    assert apart["shared"]["0"] == "small"
    (path,) = tmp_path.iterdir()
    assert apart["shared"]["1"]["file"] == f"../_widgets/{path.name}"
    told, _, text = path.read_text("utf-8").partition("] = ")
    assert apart["shared"]["1"]["key"] in told
    assert json.loads(text.removesuffix(";\n")) == large


def test_pictures_of_figures_lie_in_files_of_the_same_size_and_are_the_same(tmp_path):
    weight = extension("book_weight")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="561.6pt" height="259.2pt">수송 &amp;</svg>'
    )
    other = '<img src="data:image/png;base64,AA" alt="wg-picture">'
    place = '<div class="wg-static wg-x" data-wg-model="0a"'
    picture = f'<img class="wg-picture" src="data:image/svg+xml,{quote(svg)}" alt="Two">'
    body = f"<p>{other}{place}>{picture}"
    found = weight.pictures_apart(body, tmp_path, "../_images/")
    (path,) = tmp_path.iterdir()
    assert path.read_text("utf-8") == svg
    assert found == (
        f'<p>{other}{place} style="--wg-wide: 749px; --wg-room: 749 / 346">'
        f'<img class="wg-picture" loading="lazy" width="749" height="346" '
        f'src="../_images/{path.name}" alt="Two">'
    )
    with pytest.raises(ValueError, match="expected a size in points, got <svg/>"):
        weight.pictures_apart(body.replace(quote(svg), "<svg/>"), tmp_path, "")


def test_images_wait_in_the_room_that_they_will_take(tmp_path):
    weight = extension("book_weight")
    path = tmp_path / "picture.png"
    Image.new("L", (30, 20)).save(path)
    sources = {"a.png": str(path), "gone.svg": str(tmp_path / "gone.svg")}
    body = (
        '<img alt="A" src="../_images/a.png"><img src="../_images/a.png" style="width: 9em">'
        '<img src="../_images/b.png"><img loading="eager" src="../_images/a.png"><img src="c.png">'
    )
    assert weight.images_when_seen(body, sources) == (
        '<img loading="lazy" width="30" height="20" alt="A" src="../_images/a.png">'
        '<img loading="lazy" src="../_images/a.png" style="width: 9em">'
        '<img loading="lazy" src="../_images/b.png"><img loading="eager" src="../_images/a.png">'
        '<img src="c.png">'
    )


def test_only_the_page_of_results_loads_the_search():
    head = (
        '<meta name="v">\n    <script src="../_static/searchtools.js"></script>\n'
        '    <script src="../_static/language_data.js?v=1"></script>\n'
        '    <script src="../searchindex.js"></script>\n<script src="own.js"></script>'
    )
    without = extension("book_weight").without_search(head)
    assert without == '<meta name="v">\n<script src="own.js"></script>'


def test_pictures_and_texts_of_earlier_builds_are_cleared(tmp_path):
    for name in ("_images/figure-0a.svg", "_images/figure-0b.svg", "_widgets/text-0c.js",
                 "_widgets/text-0d.js", "_images/figure-a.png"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "p.html").write_text("../_images/figure-0a.svg ../_widgets/text-0c.js")
    app = SimpleNamespace(outdir=str(tmp_path), builder=SimpleNamespace(format="html"))
    extension("book_weight").clear(app, RuntimeError("stopped"))
    assert len(list(tmp_path.rglob("*.*"))) == 6, "a build that failed clears nothing"
    extension("book_weight").clear(app, None)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == [
        "figure-0a.svg", "figure-a.png", "p.html", "text-0c.js",
    ]  # fmt: skip


# --- a small book --------------------------------------------------------------------

CONF = f"""
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
project = "small"
extensions = ["myst_nb", "sphinx_proof", "sphinx_thebe",
              "book_site", "book_repository", "book_claims"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
html_theme = "sphinx_book_theme"
html_theme_options = {{"repository_branch": "main", "launch_buttons": {LAUNCH!r}}}
suppress_warnings = ["myst-nb.lexer"]
"""
INDEX = """
# Small

```{toctree}
book/one
book/two
book/claims
```

A term ({ko}`수송 <계획> & 짝`).

````{prf:proof}
:class: dropdown

**Upper.** Because $a < b$. ∎
````

```{prf:proof}
:class: dropdown
Straight away.
```

```{prf:proof}
It stays open.
```
"""
CHAPTER = (ROOT / "book" / "parallel-lines.md").read_text("utf-8").split("# Two parallel lines")[
    0
] + "# One\n\n```{code-cell} ipython3\n1 + 1\n```\n"


def build(folder, **environment):
    """Build the small book by the command line, warnings being errors."""
    source = folder / "source"
    (source / "book").mkdir(parents=True)
    (source / "conf.py").write_text(CONF, "utf-8")
    (source / "index.md").write_text(INDEX, "utf-8")
    (source / "book" / "one.md").write_text(CHAPTER, "utf-8")
    (source / "book" / "claims.md").write_text("# Claims\n\n```{claims-ledger}\n```\n", "utf-8")
    executed(source, "book/two", E3, E5, G1, E3_AGAIN)
    site = folder / "build" / "html"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(source), str(site)],
        capture_output=True,
        text=True,
        env=clean | environment,
    )
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("without"))


@pytest.fixture(scope="module")
def first(site):
    return (site / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def ledger(site):
    return (site / "book" / "claims.html").read_text("utf-8")


def test_without_an_address_no_page_names_a_host(site):
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"colab\.|mybinder|github\.com/[\w-]+/[\w-]+/(issues|edit)", text)


def test_with_an_address_the_buttons_open_the_generated_notebook(tmp_path):
    site = build(tmp_path, BOOK_REPO_URL=f"{GITHUB}.git/", BOOK_SITE_URL="https://site.org/")
    text = (site / "book" / "one.html").read_text("utf-8")
    links = re.findall(r'href="(https://[^"]*(?:colab|binder|group/book)[^"]*)"', text)
    assert {link.split("?")[0] for link in links} == {
        GITHUB,
        f"{GITHUB}/edit/main/book/one.md",
        f"{GITHUB}/issues/new",
        "https://colab.research.google.com/github/group/book/blob/notebooks/book/one.ipynb",
        "https://mybinder.org/v2/gh/group/book/environment",
    }
    (binder,) = [link for link in links if "mybinder" in link]
    (pull,) = parse_qs(urlsplit(html.unescape(binder)).query)["urlpath"]
    assert pull.startswith("git-pull?")
    assert parse_qs(urlsplit(pull).query) == {
        "repo": [GITHUB],
        "branch": ["notebooks"],
        "urlpath": ["lab/tree/book/book/one.ipynb"],
    }
    assert '<link rel="canonical" href="https://site.org/book/one.html"' in text
    shutil.rmtree(site)  # fonts of MathJax: megabytes in each


def test_korean_terms_are_korean_and_escaped(first):
    assert '<span class="ko" lang="ko">수송 &lt;계획&gt; &amp; 짝</span>' in first


def test_korean_terms_can_be_searched_for(site):
    text = (site / "searchindex.js").read_text("utf-8")
    found = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    assert "수송" in found["terms"]


def test_marked_proofs_fold_without_a_script_and_others_stay(first):
    folded = re.findall(r'<details class="wg-proof">(.*?)</details>', first, re.DOTALL)
    assert len(folded) == 2
    for proof in folded:
        assert proof.startswith("<summary>Proof</summary>")
        assert "Proof." not in proof, "the summary says it"
    assert "<strong>Upper.</strong>" in folded[0]
    assert "Straight away." in folded[1]
    rest = re.sub(r"<details.*?</details>", "", first, flags=re.DOTALL)
    assert re.search(r"Proof\. It stays open", rest)


def test_pages_load_mathjax_and_scripts_of_their_own(site, first):
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', first)
    assert any("mathjax/tex-chtml.js" in script for script in scripts)
    own = [Path(script.partition("?")[0]).name for script in scripts]
    # The host asks for what the first defines.
    assert own.index("reader-state.js") < own.index("widget-host.js")
    assert own.index("widget-host.js") < own.index("tex-chtml.js"), "figures before formulas"
    assert not any("thebe" in script or script.startswith("http") for script in scripts)
    assert "THEBE_JS_URL" not in first
    mathjax = site / "_static" / "mathjax"
    for part in ("tex-chtml.js", "output/chtml/fonts", "sre/mathmaps/en.json"):
        assert (mathjax / part).exists(), part
    assert not (mathjax / "sre" / "mathmaps" / "de.json").exists()
    assert (site / "_static" / "book.css").is_file()


def test_the_ledger_shows_what_was_measured(ledger):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", ledger))
    assert f"3 of {len(catalogue())} rows have been measured" in text
    assert "As the claim says. two" in text
    assert "KL &lt;θ ≠ 0&gt;: ∞; KL at θ = 0: below 1e-9. Measured in this build." in text
    assert "Too few points by far. two" in text
    assert "KL, again: 1. Measured in this build." in text
    plain = text.replace("&quot;", '"')
    assert 'Half of it is "missing" &amp; &lt;gone&gt;. two' in plain
    assert "slope: 0.5 (20 seeds). Measured in this build." in plain
    assert "z: 3; a: −∞ (1 seed). Measured in this build." in text
    for claim in catalogue().values():
        assert ledger.count(f"<strong>{claim.id}</strong>") == 1
    assert 'href="two.html"' in ledger


@pytest.mark.parametrize(
    ("claim", "style", "verdict"),
    [
        ("E3", "wg-reproduced", "reproduced"),
        ("E3", "wg-differs", "differs"),
        ("E5", "wg-differs", "differs"),
        ("G1", "wg-scaled-down", "scaled down"),
        ("E1", "wg-not-measured-yet", "not measured yet"),
    ],
)
def test_the_ledger_shows_the_verdict(ledger, claim, style, verdict):
    row = ledger[ledger.index(f"<strong>{claim}</strong>") :]
    row = row[: row.index("</tr>")]
    assert f'<span class="wg-verdict {style}">{verdict}</span>' in row


def test_the_measurements_lie_beside_the_pages(site):
    found = json.loads((site / "claims-measured.json").read_text("utf-8"))
    assert {key: [one["verdict"] for one in records] for key, records in found.items()} == {
        "E3": ["reproduced", "differs"],
        "E5": ["differs"],
        "G1": ["scaled down"],
    }
    assert found["E3"][0]["values"][0][1] == "∞"
    assert not list(site.glob("*.part"))


# --- running chapters ----------------------------------------------------------------

HEAD = CHAPTER.split("# One")[0]
#: Says that it has started, and ends when the other one has: alone it would wait in vain.
WAITS = """# {mine}

```{{code-cell}} ipython3
import pathlib
import time

pathlib.Path("{mine}.started").write_text("")
for _ in range(600):
    if pathlib.Path("{other}.started").exists():
        break
    time.sleep(0.1)
else:
    raise RuntimeError("the other chapter never started")
```

```{{code-cell}} ipython3
with pathlib.Path("runs.txt").open("a") as runs:
    print("{mine}", file=runs)
from wganbook import record

record("{claim}", {{"value": 1.0}}, holds=True)
```
"""


def run_build(source, *, expect=0):
    """Build a book whose chapters run, and return what was printed."""
    conf = CONF.replace('nb_execution_mode = "off"', 'nb_execution_mode = "cache"\n')
    conf = conf.replace('"book_claims"]', '"book_claims", "book_cache"]')
    conf += "nb_execution_raise_on_error = True\nexclude_patterns = ['_build']\n"
    (source / "conf.py").write_text(conf, "utf-8")
    site = source / "_build" / "html"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-E", "-W", "-b", "html", str(source), str(site)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    source = tmp_path_factory.mktemp("running")
    index = "# Small\n\n```{toctree}\none\ntwo\nclaims\n```\n"
    (source / "index.md").write_text(index, "utf-8")
    (source / "claims.md").write_text("# Claims\n\n```{claims-ledger}\n```\n", "utf-8")
    for mine, other, claim in (("one", "two", "E1"), ("two", "one", "E2")):
        text = HEAD + WAITS.format(mine=mine, other=other, claim=claim)
        (source / f"{mine}.md").write_text(text, "utf-8")
    return source


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core runs one chapter at a time")
def test_chapters_run_side_by_side_and_once(running):
    """And a second build shows what the first one measured."""
    run_build(running)
    first = (running / "_build" / "html" / "claims-measured.json").read_text("utf-8")
    assert sorted(json.loads(first)) == ["E1", "E2"]
    assert sorted((running / "runs.txt").read_text().split()) == ["one", "two"]
    run_build(running)
    again = sorted((running / "runs.txt").read_text().split())
    assert again == ["one", "two"], "the second build takes outputs from the cache"
    assert (running / "_build" / "html" / "claims-measured.json").read_text("utf-8") == first


@pytest.mark.slow
def test_a_chapter_that_fails_stops_the_build_with_its_own_words(running):
    source = running.parent / "failing"
    shutil.copytree(running, source, ignore=shutil.ignore_patterns("_build", "runs.txt"))
    text = (source / "two.md").read_text("utf-8").replace('record("E2"', '1 / 0\nrecord("E2"')
    (source / "two.md").write_text(text, "utf-8")
    assert "ZeroDivisionError" in run_build(source, expect=2)


def test_a_reply_whose_wake_up_was_missed_is_found_at_the_next_look(monkeypatch):
    """The socket is real; the first look is made to miss what is there, as an edge can."""
    monkeypatch.setattr(AsyncZMQSocketChannel, "get_msg", kernel_messages.in_one_wait)
    session = Session(key=b"")
    looks = []

    async def exchange():
        context = zmq.asyncio.Context()
        here, there = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        port = there.bind_to_random_port("tcp://127.0.0.1")
        here.connect(f"tcp://127.0.0.1:{port}")
        look = here.poll

        async def misses_once(timeout=None, flags=zmq.POLLIN):
            looks.append(timeout)
            return 0 if len(looks) == 1 else await look(timeout, flags)

        monkeypatch.setattr(here, "poll", misses_once)
        try:
            await there.send_multipart(session.serialize(session.msg("status")))
            channel = AsyncZMQSocketChannel(here, session)
            found = await channel.get_msg(timeout=60)
            with pytest.raises(Empty):
                await channel.get_msg(timeout=0)
            return found
        finally:
            context.destroy(linger=0)

    with pytest.raises(Empty):
        asyncio.run(exchange())
    looks.clear()
    kernel_messages.wait_in_slices()
    assert asyncio.run(exchange())["msg_type"] == "status"
    assert max(looks) <= 1000 * kernel_messages.SLICE


# --- what a page may load ----------------------------------------------------------------

RULED = """<html><head>
<meta charset="utf-8" />
<script>let a = 1;</script>
<script type="application/json">{"no": "script"}</script>
<script src="x.js"></script>
</head><body><button onclick="go(&quot;x&quot;)">Go</button></body></html>"""


def test_the_policy_names_what_stands_in_the_page_and_no_host():
    policy = extension("book_policy")
    ruled = policy.with_policy(RULED)
    assert ruled.index("Content-Security-Policy") < ruled.index("<script>")
    sources = policy.policy(RULED).split()
    assert sum(one.startswith("'sha256-") for one in sources) == 2
    assert "'unsafe-hashes'" in sources
    assert "'unsafe-eval'" not in sources
    assert not any("//" in one or one == "*" or one.startswith("http") for one in sources)
    assert policy.with_policy(ruled) == ruled, "the same each time"
    assert policy.with_policy(RULED.replace("a = 1", "a = 2")) != ruled
    # A browser that has met a policy looks no further ahead: what it will need is named at once.
    (ahead,) = re.findall(r'<link rel="preload" as="script" [^>]*href="([^"]+)"', ruled)
    assert ahead == "x.js"
    maths = '<script defer="defer" src="../_static/mathjax/tex-chtml.js?v=1"></script>'
    with_maths = policy.with_policy(RULED.replace("</head>", f"{maths}</head>"))
    assert maths in with_maths
    assert with_maths.count("data-ahead") == ruled.count("data-ahead"), "figures come first"
    assert ruled.index("preload") < ruled.index("<script>")
    assert policy.with_policy("<p>nothing</p>") == "<p>nothing</p>"


def test_a_chapter_offers_its_notebook_first_and_other_pages_do_not():
    downloads = extension("book_downloads")
    for page, offered in (("book/duality", True), ("book/references", False), ("genindex", False)):
        buttons = [{"label": "download-source-button"}]
        context = {
            "header_buttons": [{"label": "download-buttons", "buttons": buttons}],
            "pathto": lambda name, level: f"../{name}",
        }
        downloads.add_button(None, page, "", context, None)
        found = [one["url"] for one in buttons if "url" in one]
        assert found == (["../notebooks/duality.ipynb"] if offered else [])
        assert ("url" in buttons[0]) is offered


def test_a_chapter_says_at_its_foot_what_running_it_takes(monkeypatch, tmp_path):
    downloads = extension("book_downloads")
    costs = downloads.tool("chapter_costs")
    monkeypatch.setattr(costs, "COSTS", tmp_path / "costs.json")
    # References hold no cell, whatever a list says; the quiz has cells and is not in it.
    cost = {"cpu_seconds": 21, "memory_mb": 430}
    costs.COSTS.write_text(json.dumps({"duality": cost, "references": cost}))
    said = {}
    for page in ("book/duality", "book/references", "book/quiz", "genindex"):
        context = {"body": "<p>All.</p>", "pathto": lambda name, level: f"../{name}"}
        downloads.add_cost(None, page, "", context, None)
        said[page] = context["body"].removeprefix("<p>All.</p>")
    assert 'href="../notebooks/duality.ipynb"' in said["book/duality"]
    assert "about 30 seconds of one core, and 1.0 GB of memory." in said.pop("book/duality")
    assert set(said.values()) == {""}
    bare = {"pathto": str}
    downloads.add_cost(None, "book/duality", "", bare, None)
    assert set(bare) == {"pathto"}, "a page without a body, as the search's, is left alone"
