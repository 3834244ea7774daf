"""The ways through the book: the hour, which stands alone, and the one name of each page."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.book.test_glossary import KOREAN, ROWS, terms
from tests.built_site import ROOT
from wganbook.questions._bank import PARTS as QUIZ

PARTS = {
    part["caption"]: [entry["file"] for entry in part["chapters"]]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
}
HOUR = PARTS["The hour"]
STORY = [page for name in ("The whole story, part 1", "The whole story, part 2", "Second reading")
         for page in PARTS[name]]  # fmt: skip
#: Words of prose that are read in an hour, figures and exercises included.
MOST_WORDS = 9_000
INDEX = (ROOT / "book" / "index.md").read_text("utf-8")
LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.md\)")
#: Words of the glossary that have a plain meaning as well, in which they need no introduction.
PLAIN = {
    "bounded", "continuous", "convergence", "corollary", "distribution", "features", "finite",
    "kernel", "map", "maximum", "minimum", "rank", "split",
}  # fmt: skip


def source(page: str) -> str:
    text = (ROOT / f"{page}.md").read_text("utf-8")
    return text.split("---\n", 2)[2] if text.startswith("---\n") else text


def title(page: str) -> str:
    found = re.search(r"^# (.+)$", source(page), re.MULTILINE)
    assert found, page
    return found[1]


def prose(text: str) -> str:
    """A page without its cells, formulas and targets of links."""
    text = re.sub(r"^```\{code-cell\}.*?^```$", " ", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", " x ", text, flags=re.DOTALL)
    text = re.sub(r"^\*(The whole story|Next):.*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"^:\w+:.*$|\{prf:ref\}`[^`]*`", " ", text, flags=re.MULTILINE)
    return LINK.sub(r"\1", text)


def used_too_early(pages: dict[str, str]) -> set[tuple[str, str]]:
    """Return page and term where a page uses a term that only a later one of them explains."""
    found = set()
    order = list(pages)
    for name, korean, *_ in ROWS:
        word = re.sub(r"\s*[,(].*", "", name)
        term = KOREAN.fullmatch(korean)[1]
        place = next((k for k, page in enumerate(order) if term in terms(pages[page])), len(order))
        if word not in PLAIN and "another word" not in name:
            use = re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)
            found |= {(page, word) for page in order[:place] if use.search(prose(pages[page]))}
    return found


def test_the_hour_is_an_hour_and_comes_first() -> None:
    words = {page: len(prose(source(page)).split()) for page in HOUR}
    assert sum(words.values()) <= MOST_WORDS
    assert min(words.values()) > 250, "a page that says nothing is no page"
    assert next(iter(PARTS)) == "The hour"


def test_the_hour_explains_each_term_before_it_is_used() -> None:
    assert used_too_early({page: source(page) for page in HOUR}) == set()


def test_the_whole_story_explains_each_term_before_it_is_used() -> None:
    """Those who come from the hour have its words; the story gives the rest where they are met."""
    assert used_too_early({page: source(page) for page in [*HOUR, *STORY]}) == set()


def test_a_term_that_comes_too_early_is_found() -> None:
    critic = next(KOREAN.fullmatch(row[1])[1] for row in ROWS if row[0] == "critic")
    late = {"one": "A critic is met.", "two": f"The critic ({{ko}}`{critic}`) is explained."}
    assert used_too_early(late) == {("one", "critic")}
    assert used_too_early(dict(reversed(late.items()))) == set()


@pytest.mark.parametrize("page", HOUR)
def test_a_page_of_the_hour_asks_shows_and_leads_on(page: str) -> None:
    text = source(page)
    assert "?" in text[: text.index("```{code-cell}")]
    assert text.index("**Predict.**") < text.index("```{code-cell}"), "it asks before it shows"
    for cell in re.finditer(r"```\{code-cell\} ipython3\n:tags: \[([^\]]*)\]", text):
        assert "remove-input" in cell[1], "the hour needs no code"
    assert text.count("```{code-cell}") == text.count("remove-input")
    assert "**Check yourself.**" in text
    following = HOUR[HOUR.index(page) + 1 :][:1]
    for later in following:
        assert f"]({later.removeprefix('book/')}.md)" in text
    whole = {f"book/{name}" for _, name in LINK.findall(text)} - set(HOUR)
    assert whole, "it says where the proofs are"


FIGURE = re.compile(r"SliderFigure\((.*?)^\)?```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", HOUR)
def test_figures_of_the_hour_ask_before_they_tell(page: str) -> None:
    """Each slider is covered until the reader has predicted; the first of a page by a sketch."""
    asked = [re.findall(r"predict=book\.(\w+)\(", each) for each in FIGURE.findall(source(page))]
    assert all(len(kinds) == 1 for kinds in asked), page
    assert asked[:1] in ([], [["Sketch"]]), page


#: The next cell of the same section, and what stands between a question and it.
ASKED = re.compile(
    r"\*\*Predict\.\*\*((?:(?!^```|^#|\*\*Predict\.\*\*).)*)^```\{code-cell\}[^\n]*\n(.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize("page", STORY)
def test_a_slider_below_a_question_asks_it(page: str) -> None:
    """Where a *Predict* stands right above a slider, the slider waits for the reader's guess."""
    told = [
        words[:60] + " … " + re.findall(r"figures\.(\w+)\(", cell)[0]
        for words, cell in ASKED.findall(source(page))
        if "SliderFigure(" in cell and "predict=" not in cell
    ]
    assert told == []


def test_the_whole_story_asks_what_the_hour_asks() -> None:
    """A figure that both show stands below the same question, so that a guess counts for both."""
    asked = re.compile(r"figures\.(\w+)\([^)]*\),\s+predict=book\.\w+\(\s*(\"[^\"]+\")")
    questions = dict(pair for page in HOUR for pair in asked.findall(source(page)))
    again = [pair for page in STORY for pair in asked.findall(source(page))]
    shared = {name for name, _ in again} & set(questions)
    assert len(shared) >= 4
    assert {(name, text) for name, text in again if name in questions} == {
        (name, questions[name]) for name in shared
    }


def test_first_page_and_sidebar_call_a_page_by_one_name() -> None:
    """The sidebar shows titles; so does the first page, which lists every chapter in order."""
    tables = [LINK.match(line[2:]) for line in INDEX.splitlines() if line.startswith("| [")]
    listed = {f"book/{link[2]}": link[1] for link in tables if link}
    assert listed == {page: title(page) for page in listed}
    assert [page for page in listed if page in {*HOUR, *STORY}] == [*HOUR, *STORY]


def test_the_quiz_calls_a_chapter_by_its_title() -> None:
    assert {name: words.replace("’", "'") for name, words in QUIZ.items()} == {
        name: title(f"book/{name}") for name in QUIZ
    }
