"""The ledger page: every claim, what the chapters of this build measured, and the verdict.

Chapters leave their measurements in the metadata of cell outputs (`wganbook.claims.record`).
The directive ``claims-ledger`` reads the executed notebooks and lays them out as tables.
"""

from __future__ import annotations

import html
import json
import platform
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from wganbook.claims import VERDICTS, Claim, catalogue, format_value

GROUPS = {
    "D": "Distances",
    "E": "Example 1 and Figure 1: parallel lines",
    "M": "Metrics and convergence",
    "L": "Learning a distribution",
    "T": "Continuity",
    "K": "Duality",
    "G": "Why GANs are hard",
    "F": "The other figures",
    "A": "The algorithm and its constraint",
    "S": "Stability",
    "R": "Relatives",
    "X": "Beyond the paper",
}


class LedgerNode(nodes.General, nodes.Element):
    """Stands for the tables until every chapter has been read."""


class LedgerDirective(SphinxDirective):
    """``claims-ledger``: the place where the tables go."""

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder: the chapters may not have been executed yet."""
        return [LedgerNode()]


def measurements(executed: Path, chapters: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Collect what the executed chapters recorded, by claim, each with its chapter."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for chapter in chapters:
        path = executed / f"{chapter}.ipynb"
        if not path.is_file():
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                claim = output.get("metadata", {}).get("wganlib", {}).get("claim")
                if claim:
                    found[claim["id"]].append({**claim, "chapter": chapter})
    return found


def paragraph(*children: nodes.Node | str) -> nodes.paragraph:
    """Build a paragraph from nodes and strings."""
    parts = [nodes.Text(child) if isinstance(child, str) else child for child in children]
    return nodes.paragraph("", "", *parts)


#: The order in which the tally names verdicts.
ORDER = (*VERDICTS, "not measured yet")


def verdicts_of(records: list[dict[str, Any]]) -> list[str]:
    """Return the verdicts of a row, in the order of the tally."""
    found = {record["verdict"] for record in records}
    return [name for name in ORDER if name in found] or ["not measured yet"]


def verdict_words(records: list[dict[str, Any]]) -> nodes.paragraph:
    """Name the verdicts of a row, each in its colour."""
    words: list[nodes.Node | str] = []
    for name in verdicts_of(records):
        slug = name.replace(" ", "-")
        words += [", "] if words else []
        words += [nodes.inline("", name, classes=["wg-verdict", f"wg-{slug}"])]
    return paragraph(*words)


def measured_cell(app: Sphinx, page: str, records: list[dict[str, Any]]) -> list[nodes.Node]:
    """Say what was found in a sentence, and fold the numbers behind it."""
    cell: list[nodes.Node] = []
    for record in records:
        shown = "; ".join(f"{name}: {format_value(value)}" for name, value in record["values"])
        uri = app.builder.get_relative_uri(page, record["chapter"])
        link = nodes.reference("", record["chapter"].rpartition("/")[2], refuri=uri, internal=True)
        plural = "s" if record["seeds"] > 1 else ""
        seeds = f" ({record['seeds']} seed{plural})" if record["seeds"] else ""
        where = f"study {record['study']}" if record.get("study") else "measured in this build"
        said = record.get("sentence") or record["note"] or "As the claim says."
        note = f" {record['note']}" if record["note"] and said != record["note"] else ""
        text = html.escape(f"{shown}{seeds}.{note} {where.capitalize()}.")
        cell += [
            paragraph(f"{said} ", link),
            nodes.raw(
                "",
                f"<details><summary>Numbers</summary><p>{text}</p></details>",
                format="html",
            ),
        ]
    return cell


def table(app: Sphinx, page: str, rows: list[tuple[Claim, list[dict[str, Any]]]]) -> nodes.table:
    """Build one table of claims."""
    head = ("No.", "Claim", "What was found", "Verdict")
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=width) for width in (5, 40, 40, 15)]
    group += nodes.thead("", nodes.row("", *[nodes.entry("", paragraph(t)) for t in head]))
    body = nodes.tbody()
    for claim, records in rows:
        source = nodes.emphasis("", claim.source)
        body += nodes.row(
            "",
            nodes.entry("", paragraph(nodes.strong("", claim.id))),
            nodes.entry("", paragraph(claim.claim + " ", source)),
            nodes.entry("", *(measured_cell(app, page, records) or [paragraph("—")])),
            nodes.entry("", verdict_words(records)),
        )
    group += body
    return nodes.table("", group, classes=["wg-ledger"])


def tally(rows: list[list[dict[str, Any]]]) -> nodes.paragraph:
    """Count the rows by verdict; a row with two verdicts counts as the weaker of the two."""
    weakest = [verdicts_of(records)[-1] for records in rows]
    words: list[nodes.Node | str] = []
    for name in ORDER:
        if count := weakest.count(name):
            slug = name.replace(" ", "-")
            words += [", "] if words else []
            words += [f"{count} ", nodes.inline("", name, classes=["wg-verdict", f"wg-{slug}"])]
    return paragraph(nodes.strong("", f"{len(rows)} rows: "), *words, ".")


def versions() -> str:
    """Name the software that measured."""
    packages = ("wganlib", "numpy", "scipy", "POT", "torch")
    python = f"Python {platform.python_version()}"
    return ", ".join([*(f"{name} {metadata.version(name)}" for name in packages), python])


def fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the placeholder by the tables, once all chapters are there."""
    for node in list(doctree.findall(LedgerNode)):
        executed = Path(app.outdir).parent / "jupyter_execute"
        found = measurements(executed, sorted(app.env.found_docs))
        claims = catalogue()
        count = sum(bool(found.get(key)) for key in claims)
        missing = "" if count == len(claims) else "; the chapters of the others were not run"
        out: list[nodes.Node] = [
            paragraph(
                nodes.strong("", f"{count} of {len(claims)} rows"),
                f" have been measured{missing}.",
            ),
            tally([found.get(key, []) for key in claims]),
            paragraph(f"Rows that need no training were measured in this build, by {versions()}."),
        ]
        for letter, title in GROUPS.items():
            rows = [(c, found.get(key, [])) for key, c in claims.items() if key[0] == letter]
            out += [nodes.rubric("", title), table(app, page, rows)]
        node.replace_self(out)


def outdated(app: Sphinx, env: Any, added: Any, changed: Any, removed: Any) -> list[str]:
    """Write the ledger anew in every build: any chapter may have changed."""
    return [doc for doc in env.found_docs if doc.endswith("/claims")]


def write_json(app: Sphinx, error: Exception | None) -> None:
    """Leave the measurements beside the pages, for tests and for readers' own programs."""
    if error is None and app.builder.format == "html":
        executed = Path(app.outdir).parent / "jupyter_execute"
        found = measurements(executed, sorted(app.env.found_docs))
        target = Path(app.outdir) / "claims-measured.json"
        part = target.with_suffix(".json.part")
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
        part.write_text(text, encoding="utf-8")
        part.replace(target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(LedgerNode)
    app.add_directive("claims-ledger", LedgerDirective)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", fill)
    app.connect("build-finished", write_json)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
