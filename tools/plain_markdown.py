"""Turn MyST Markdown into the plain Markdown that Colab and Jupyter show.

Directives become block quotes, roles become words, labelled equations carry their number as a
tag, and the book's TeX macros are written out. What has no plain form raises ``ValueError``:
a notebook that shows ``{prf:theorem}`` to its reader is worse than none.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))

from wganbook.numbers import number

# The empty ones take their title from the argument.
ADMONITIONS = {
    "attention": "Attention",
    "caution": "Caution",
    "danger": "Danger",
    "error": "Error",
    "hint": "Hint",
    "important": "Important",
    "note": "Note",
    "tip": "Tip",
    "warning": "Warning",
    "seealso": "See also",
    "admonition": "",
    "margin": "",
    "sidebar": "",
    "topic": "",
}
THEOREMS = {
    "algorithm",
    "assumption",
    "axiom",
    "conjecture",
    "corollary",
    "criterion",
    "definition",
    "example",
    "lemma",
    "observation",
    "property",
    "proposition",
    "remark",
    "theorem",
}
FOLDED = {"dropdown": "More", "toggle": "More"}
WRAPPERS = {
    "div",
    "grid",
    "grid-item",
    "grid-item-card",
    "card",
    "tab-set",
    "container",
    "only",
}
# Made by Sphinx from the rest of the book, or for the printed page: nothing to show elsewhere.
DROPPED = {"tableofcontents", "toctree", "bibliography", "contents", "raw", "index", "eval-rst",
           "claims-ledger", "exercise-end", "solution-end", "automodule", "autofunction",
           "autoclass", "currentmodule", "comment"}  # fmt: skip

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[\w:+-]+)\})?(?P<rest>.*)$"
)
HEADING = re.compile(r"^#{1,6} +(?P<title>.+?)\s*$")
TARGET = re.compile(r"^\((?P<label>[^\s()]+)\)=\s*$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):\s*(?P<value>.*)$")
INLINE = re.compile(
    r"""(?P<role>\{(?P<name>[\w:.+-]+)\}(?P<tick>`+)(?P<content>.+?)(?P=tick)(?!`))
    |(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
    |(?P<display>\$\$(?P<equation>.+?)\$\$(?:[ ]*\((?P<label>[\w:.-]+)\))?)
    |(?P<environment>\\begin\{(?P<env>align|equation|gather|multline|alignat|eqnarray)\*?\}
        .+?\\end\{(?P=env)\*?\})
    |(?P<math>(?<![\\$])\$(?=[^\s$])(?:\\.|[^$\\])+?(?<!\s)\$(?!\d))
    |(?P<span>(?<![!\]])\[(?P<words>[^\[\]]+)\]\{[^{}]*\})
    |(?P<attributes>(?<=\))\{[^{}]*\})
    |(?P<image>!\[(?P<alt>[^\[\]]*)\]\((?P<source>[^()\s]+)\))
    |(?P<link>(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<href>[^()\s]+)\))
    |(?P<substitution>\{\{[ ]*(?P<variable>\w+)[ ]*\}\})""",
    re.VERBOSE | re.DOTALL,
)


class Label(NamedTuple):
    """What a label names, as a reference shows it."""

    page: str
    words: str
    title: str = ""


@dataclass
class Book:
    """What the pages of one book share."""

    labels: dict[str, Label] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    citations: dict[str, tuple[str, str]] = field(default_factory=dict)
    macros: dict[str, tuple[str, int]] = field(default_factory=dict)
    substitutions: dict[str, str] = field(default_factory=dict)
    image_base: str = ""


def read_citations(bib: str) -> dict[str, tuple[str, str]]:
    """Return the authors, as a sentence names them, and the year of each BibTeX entry."""
    found = {}
    for entry in re.split(r"(?m)^\s*@", bib)[1:]:
        head = re.match(r"\w+\s*\{\s*([^,\s]+)", entry)
        fields = dict(re.findall(r"(?ms)^\s*(\w+)\s*=\s*[{\"]?(.*?)[}\"]?\s*,?\s*$", entry))
        if head is None:
            continue
        names = [
            name.split(",")[0] if "," in name else name.split()[-1]
            for name in re.split(r"\s+and\s+", fields.get("author", head[1]).strip())
        ]
        names = [re.sub(r"[{}\\\"'`]", "", name) for name in names]
        shown = names[0] if len(names) == 1 else " and ".join(names)
        found[head[1]] = (
            f"{names[0]} et al." if len(names) > 2 else shown,
            fields.get("year", ""),
        )
    return found


def _group(text: str, start: int) -> tuple[str, int]:
    """Return the TeX argument that begins at ``start``, and where it ends."""
    while start < len(text) and text[start] == " ":
        start += 1
    if start >= len(text) or text[start] != "{":
        token = re.match(r"\\[A-Za-z]+|\\.|.", text[start:], re.DOTALL)
        return (token[0], start + token.end()) if token else ("", start)
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0) * (text[at - 1] != "\\")
        if depth == 0:
            return text[start + 1 : at], at + 1
    raise ValueError(f"unclosed brace in {text!r}")


def expand(tex: str, macros: dict[str, tuple[str, int]]) -> str:
    """Write out the book's TeX macros, which only the book's own pages define."""
    shown, at = "", 0
    while found := re.compile(r"\\([A-Za-z]+)").search(tex, at):
        shown += tex[at : found.start()]
        at = found.end()
        if found[1] not in macros:
            shown += found[0]
            continue
        body, count = macros[found[1]]
        for place in range(1, count + 1):
            argument, at = _group(tex, at)
            body = body.replace(f"#{place}", argument)
        # As an index or exponent, what was one token needs braces to stay one.
        body = expand(body, macros)
        shown += f"{{{body}}}" if shown.rstrip().endswith(("_", "^")) else body
    return shown + tex[at:]


@dataclass
class Page:
    """One chapter being converted; ``strict`` refuses references to unknown labels."""

    name: str
    book: Book
    strict: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    waiting: str = ""

    def convert(self, text: str) -> str:
        """Return ``text`` (one cell, or the inside of a directive) as plain Markdown."""
        lines, shown, plain, at = text.splitlines(), [], [], 0
        while at < len(lines):
            fence = FENCE.match(lines[at])
            opens = fence and (
                fence["name"] or (fence["mark"][0] != ":" and "`" not in fence["rest"])
            )
            if not fence or not opens:
                plain.append(lines[at])
                at += 1
                continue
            end = self._closing(lines, at, fence)
            inside = [line.removeprefix(fence["indent"]) for line in lines[at + 1 : end]]
            shown.append(self._prose("\n".join(plain)))
            plain = []
            if fence["name"]:
                block = self._directive(fence["name"], fence["rest"].strip(), inside)
                shown.append("\n".join(fence["indent"] + line for line in block.splitlines()))
            else:
                shown.append("\n".join(lines[at : end + 1]))
            at = end + 1
        shown.append(self._prose("\n".join(plain)))
        return re.sub(r"\n{3,}", "\n\n", "\n\n".join(part for part in shown if part.strip())).strip(
            "\n"
        )

    def _closing(self, lines: list[str], start: int, fence: re.Match[str]) -> int:
        mark = fence["mark"]
        # Fences of colons nest by name; fences of backticks need a longer fence outside.
        depth = 1
        for at in range(start + 1, len(lines)):
            line = lines[at].strip()
            if set(line) == {mark[0]} and len(line) >= len(mark):
                depth -= 1 if mark[0] == ":" and len(line) == len(mark) else depth
                if depth == 0:
                    return at
            elif mark[0] == ":" and re.match(rf":{{{len(mark)}}}\{{", line):
                depth += 1
        raise ValueError(f"{self.name}: the fence {lines[start]!r} is never closed")

    def _number(self, kind: str, label: str, title: str = "") -> str:
        self.counts[kind] += 1
        number = str(self.counts[kind])
        words = f"({number})" if kind == "Equation" else f"{kind} {number}"
        for name in filter(None, (label, self.waiting)):
            self.book.labels[name] = Label(self.name, words, title)
        self.waiting = ""
        return number

    def _prose(self, text: str) -> str:
        kept: list[str] = []
        for line in text.splitlines():
            if target := TARGET.match(line):
                self.waiting = target["label"]
            elif line.startswith("% ") or line == "%" or re.match(r"^\{[.#][^{}]*\}\s*$", line):
                continue
            elif re.match(r"^: ", line) and kept and kept[-1].strip():
                # A definition list, which plain Markdown lacks.
                kept[-1] = f"**{kept[-1].strip()}**: {line[2:].strip()}"
            else:
                if heading := HEADING.match(line):
                    title = self.inline(heading["title"])
                    self.book.titles.setdefault(self.name, title)
                    if self.waiting:
                        self.book.labels[self.waiting] = Label(self.name, f"*{title}*", title)
                        self.waiting = ""
                kept.append(line)
        return self.inline("\n".join(kept))

    def inline(self, text: str) -> str:
        """Replace roles, labelled equations, macros and attributes in running text."""
        return INLINE.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        if found["role"]:
            return self._role(found["name"], found["content"].strip())
        if found["display"]:
            return self._equation(found["equation"], found["label"] or "")
        if found["environment"] or found["math"]:
            # On one line: inside a block quote, a second line would begin with its mark.
            return expand(" ".join(found[0].split()), self.book.macros)
        if found["span"]:
            return self.inline(found["words"])
        if found["attributes"]:
            return ""
        if found["image"]:
            return self._image(found["alt"], found["source"])
        if found["link"]:
            return self._link(self.inline(found["text"]), found["href"])
        if found["substitution"]:
            return self.book.substitutions.get(found["variable"], "")
        return found[0]

    def _image(self, alt: str, source: str) -> str:
        if self.book.image_base and not re.match(r"https?:|data:|/", source):
            source = f"{self.book.image_base}/{source}"
        return f"![{alt}]({source})"

    def _equation(self, tex: str, label: str) -> str:
        tex = expand(" ".join(tex.split()), self.book.macros)
        if not label:
            return f"$${tex}$$"
        # A tag stands beside an inner environment, not beside one that numbers its own lines.
        tex = re.sub(r"\\(begin|end)\{(align|gather)\*?\}", r"\\\1{\2ed}", tex)
        return f"$${tex} \\tag{{{self._number('Equation', label)}}}$$"

    def _link(self, text: str, href: str) -> str:
        if re.match(r"https?:|mailto:", href):
            return f"[{text}]({href})"
        page, _, label = href.partition("#")
        if page.endswith((".md", ".ipynb")):
            # Colab opens no relative links, so the other chapter is named, not linked.
            title = self.book.titles.get(page.removesuffix(".md").removesuffix(".ipynb"), page)
            return f"{text} (*{title}*)" if text and text != title else f"*{title}*"
        return text or self._reference(label or page)

    def _reference(self, label: str, words: str = "") -> str:
        if label not in self.book.labels:
            if self.strict:
                raise ValueError(f"{self.name}: nothing carries the label {label!r}")
            return words or label
        known = self.book.labels[label]
        shown = words or known.words
        if known.page == self.name or known.words == f"*{self.book.titles.get(known.page)}*":
            return shown
        return f"{shown} in *{self.book.titles.get(known.page, known.page)}*"

    def _role(self, name: str, content: str) -> str:
        named = re.match(r"^(?P<words>.+?)\s*<(?P<target>[^<>]+)>$", content, re.DOTALL)
        words, target = (named["words"], named["target"]) if named else ("", content)
        words = self.inline(words)
        if name in {"ref", "numref", "prf:ref", "eq"}:
            if "%s" in words:
                words = words.replace("%s", self._reference(target).split()[-1])
            return self._reference(target, words)
        if name == "doc":
            title = self.book.titles.get(target.rpartition("/")[2], target)
            return f"{words} (*{title}*)" if words and words != title else f"*{title}*"
        if name.split(":")[0] == "cite":
            return self._citation(name.partition(":")[2], target)
        if name == "math":
            return f"${expand(content, self.book.macros)}$"
        if name in {"ko", "term", "abbr", "index", "download", "dfn"}:
            return content if name == "abbr" else words or self.inline(content)
        if name == "measured":
            return number(content)
        if name in {"sub", "sup"}:
            return f"<{name}>{content}</{name}>"
        if name.removeprefix("py:") in {
            "func",
            "class",
            "mod",
            "meth",
            "attr",
            "obj",
            "data",
            "exc",
        }:
            shown = content.rpartition(".")[2] if content.startswith("~") else content
            return f"`{words or shown}`"
        if name in {"code", "file", "command", "kbd", "samp", "envvar", "program"}:
            return f"`{content}`"
        raise ValueError(f"{self.name}: the role {name!r} has no plain Markdown")

    def _citation(self, style: str, keys: str) -> str:
        shown = []
        for key in (part.strip() for part in keys.split(",")):
            if key not in self.book.citations:
                raise ValueError(f"{self.name}: no reference has the key {key!r}")
            names, year = self.book.citations[key]
            shown.append(f"{names} ({year})" if style.startswith("t") else f"{names}, {year}")
        return "; ".join(shown) if style.startswith("t") else f"({'; '.join(shown)})"

    def _directive(self, name: str, argument: str, lines: list[str]) -> str:
        options, body = self._options(lines)
        label = options.get("label") or options.get("name") or ""
        classes = options.get("class", "").split()
        if name in DROPPED:
            return ""
        if name in WRAPPERS or name == "tab-item":
            title = f"**{self.inline(argument)}**\n\n" if name == "tab-item" else ""
            return title + self.convert(body)
        if name in FOLDED or ("dropdown" in classes and name != "prf:proof"):
            return self._folded(name, argument, label, body)
        if name in ADMONITIONS:
            title = self.inline(argument) if ADMONITIONS[name] == "" else ADMONITIONS[name]
            text = body if ADMONITIONS[name] == "" else f"{argument}\n\n{body}".strip()
            return self._quoted(title, text)
        kind = name.removeprefix("prf:")
        if name == "prf:proof":
            return self._quoted("*Proof*", self._open(argument) + body, end=" ∎", bold=False)
        if name.startswith("prf:") and kind in THEOREMS:
            title = self._head(kind.capitalize(), argument, label, options)
            return self._quoted(title, body)
        if name in {"exercise", "exercise-start"}:
            title = self._head("Exercise", argument, label, options)
            return self._quoted(title, body)
        if name in {"solution", "solution-start"}:
            title = f"Solution to {self._reference(argument)}"
            if name == "solution-start":
                return f"**{title}.** {self.convert(body)}".strip()
            return self._details(title, self.convert(body))
        if name == "math":
            return self._equation(f"{argument} {body}".strip(), label)
        if name in {"figure", "image", "figure-md"}:
            return self._figure(name, argument, label, options, body)
        if name == "glossary":
            return self.convert(re.sub(r"(?m)^(\S.*)\n[ \t]+(?=\S)", r"\1\n: ", body))
        if name in {"code-block", "code", "sourcecode", "code-cell"}:
            return f"```{argument}\n{body}\n```"
        if name in {"table", "list-table"}:
            return self._table(name, argument, label, options, body)
        raise ValueError(f"{self.name}: the directive {name!r} has no plain Markdown")

    @staticmethod
    def _options(lines: list[str]) -> tuple[dict[str, str], str]:
        options: dict[str, str] = {}
        at = 0
        if lines and lines[0].strip() == "---":
            at = lines.index("---", 1) + 1
            pairs = (line.partition(":") for line in lines[1 : at - 1])
            options = {key.strip(): value.strip() for key, _, value in pairs}
        else:
            while at < len(lines) and (found := OPTION.match(lines[at])):
                options[found["key"]] = found["value"].strip()
                at += 1
        return options, "\n".join(lines[at:]).strip("\n")

    def _head(self, kind: str, argument: str, label: str, options: dict[str, str]) -> str:
        title = self.inline(argument)
        named = f" ({title})" if title else ""
        if "nonumber" in options:
            self.book.labels[label] = Label(self.name, kind + named, title)
            return kind + named
        return f"{kind} {self._number(kind, label, title)}{named}"

    @staticmethod
    def _open(argument: str) -> str:
        return f"{argument} " if argument else ""

    def _quoted(self, title: str, body: str, end: str = "", bold: bool = True) -> str:
        text = self.convert(body)
        if title:
            shown = f"**{title}.**" if bold else f"{title}."
            # A list, a table or a listing begins a paragraph of its own.
            apart = "\n\n" if re.match(r"[-*+>|`]|\d+\.|\$\$", text) else " "
            text = shown + (apart + text if text else "")
        if not text.endswith(end.strip() or "\n"):
            text += end
        return "\n".join(f"> {line}".rstrip() for line in text.splitlines())

    @staticmethod
    def _details(title: str, text: str) -> str:
        return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"

    def _folded(self, name: str, argument: str, label: str, body: str) -> str:
        if name == "solution":
            title = f"Solution to {self._reference(argument)}"
        elif name == "exercise" or name.startswith("prf:"):
            title = self._head(name.removeprefix("prf:").capitalize(), argument, label, {})
        else:
            title = self.inline(argument) or ADMONITIONS.get(name) or FOLDED.get(name, "More")
        return self._details(title, self.convert(body))

    def _figure(
        self, name: str, argument: str, label: str, options: dict[str, str], body: str
    ) -> str:
        if name == "figure-md":
            label = label or argument
            image, _, caption = body.partition("\n\n")
            image = self.inline(image)
        else:
            image, caption = self._image(options.get("alt", ""), argument), body
        if name == "image":
            return image
        number = self._number("Figure", label) if label or self.waiting else ""
        head = f"**Figure {number}.** " if number else ""
        text = self.convert(caption)
        return f"{image}\n\n{head}{text}".strip()

    def _table(
        self, name: str, argument: str, label: str, options: dict[str, str], body: str
    ) -> str:
        head = ""
        if argument:
            number = self._number("Table", label) if label or self.waiting else ""
            head = f"**Table{' ' + number if number else ''}.** {self.inline(argument)}\n\n"
        if name == "table":
            return head + self.convert(body)
        rows: list[list[str]] = []
        for line in body.splitlines():
            if found := re.match(r"^\* - ?(.*)$", line):
                rows.append([found[1]])
            elif found := re.match(r"^  - ?(.*)$", line):
                rows[-1].append(found[1])
            elif line.strip():
                rows[-1][-1] += " " + line.strip()
        if options.get("header-rows", "0") == "0":
            rows.insert(0, [""] * len(rows[0]))
        rows.insert(1, ["---"] * len(rows[0]))
        return head + "\n".join(f"| {' | '.join(map(self.inline, row))} |" for row in rows)
