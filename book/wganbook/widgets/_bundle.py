"""Modules of the front end made into one, as a widget must be: no page loads a second file."""

from __future__ import annotations

import base64
import json
import re

from wganbook.widgets._fallback import HERE, asset

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|let|function|class) (\w+))", re.MULTILINE)
_LIST = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def bundle(entry: str, *, module: bool = True, **constants: object) -> str:
    """Return an ES module and all that it imports as one text.

    An imported file becomes a function that is called where it stands and returns what the
    file exports, so what it keeps to itself cannot clash. What ``entry`` exports stays
    exported.

    Parameters
    ----------
    entry : str
        Name of a file beside this one. An import in it, or in what it imports, is of names in
        braces that are not renamed, and from a file in the same place.
    module : bool
        Whether the text is a module. If not, it is a script, in which what ``entry`` exports
        are names: a page opened from a file may start a worker from no other.
    constants
        More names that all files see, with values that JSON can hold.

    Examples
    --------
    >>> text = bundle("workshop_kernels.mjs", LIMIT=3)
    >>> text.splitlines()[0], "export class PlainKernels" in text
    ('const LIMIT = 3;', True)
    """
    parts = [f"const {name} = {json.dumps(value)};\n" for name, value in constants.items()]
    seen = set[str]()

    def add(name: str) -> str:
        """Put the imports of a file before it, and return what is left of it."""
        text = asset(name)
        for _, imported in _IMPORT.findall(text):
            if imported not in seen:
                seen.add(imported)
                parts.append(_closed(add(imported)))
        return _IMPORT.sub("", text)

    text = add(entry)
    parts.append(text if module else _closed(text))
    return "".join(parts)


def _closed(text: str) -> str:
    exported = _EXPORT.findall(text)
    for listed in _LIST.findall(text):
        exported += _names(listed)
    names = ", ".join(exported)
    body = _LIST.sub("", _EXPORT.sub("", text))
    return f"const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n"


def encoded(name: str) -> str:
    """Return a binary file beside this one as base64."""
    return base64.b64encode((HERE / name).read_bytes()).decode("ascii")
