"""Compile the workshop's arithmetic to WebAssembly: ``python tools/build_kernels.py``.

Needs clang and lld (Debian: ``apt-get install clang lld``), nothing else: no library is
linked. ``--check PATH`` writes the module there and leaves the one in the package alone.
The module ends with a section of its own that holds the SHA-256 of the source, so that a test
sees without a compiler whether the two belong together.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SOURCE = HERE / "book" / "wganbook" / "widgets" / "workshop_kernels.c"
MODULE = SOURCE.with_suffix(".wasm")
COMMAND = (
    "clang --target=wasm32 -std=c11 -O3 -msimd128 -mbulk-memory -nostdlib -Wall -Wextra -Werror "
    "-Wl,--no-entry -Wl,--import-memory -Wl,-z,stack-size=8192 -Wl,--strip-all"
)


def missing() -> list[str]:
    """Return what is needed and not here."""
    return [name for name in ("clang", "wasm-ld") if shutil.which(name) is None]


def mark() -> bytes:
    """Return the section that says what the module was made of."""
    name = b"source"
    content = bytes([len(name)]) + name + hashlib.sha256(SOURCE.read_bytes()).digest()
    return bytes([0, len(content)]) + content


def build(target: Path) -> None:
    """Compile to a part file and rename it."""
    part = target.with_name(target.name + ".part")
    subprocess.run([*COMMAND.split(), "-o", str(part), str(SOURCE)], check=True)
    part.write_bytes(part.read_bytes() + mark())
    part.chmod(0o644)
    part.replace(target)


def main() -> None:
    """Build, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, help="where to write instead")
    target = parser.parse_args().check or MODULE
    if missing():
        raise SystemExit(
            f"{' and '.join(missing())}: not found (Debian: apt-get install clang lld)"
        )
    build(target)
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
