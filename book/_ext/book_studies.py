"""The role ``measured``: a number in a sentence, read from the kept study that found it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wganbook.numbers import number


class Measured(SphinxRole):
    """``{measured}`study:name```: the number as the study wrote it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the number up; a wrong address fails the build."""
        try:
            shown = number(self.text)
        except (ValueError, TypeError) as error:
            message = self.inliner.reporter.error(f"measured: {error}", line=self.lineno)
            return [nodes.problematic(self.rawtext, self.rawtext)], [message]
        return [nodes.inline("", shown, classes=["wg-measured"])], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_role("measured", Measured())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
