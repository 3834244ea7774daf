"""Print the lock: the exact version of everything installed beside the library."""

import re
from importlib.metadata import distributions

# What every environment brings in a version of its own, and the library itself.
LEFT_OUT = {"pip", "wganlib"}
# Which of these torch brings depends on the machine, and torch itself pins them exactly.
OF_TORCH = ("nvidia-", "cuda-", "triton")
HEADER = """\
# Exact versions of everything that `.[book,test]` installs. Written by `make lock`.
# Install with: pip install -c constraints.txt -e ".[book,test]"
"""


def lock() -> str:
    """Return the text of constraints.txt for the running environment."""
    lines = set()
    for found in distributions():
        name = found.metadata["Name"]
        plain = re.sub(r"[-_.]+", "-", name).lower()
        if plain not in LEFT_OUT and not plain.startswith(OF_TORCH):
            # A local part (2.13.0+cpu) names one build; any build of that version will do.
            lines.add(f"{name}=={found.version.split('+')[0]}")
    return HEADER + "\n".join(sorted(lines, key=str.lower)) + "\n"


if __name__ == "__main__":
    print(lock(), end="")
