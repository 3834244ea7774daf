"""Compile the workshop's arithmetic to WebAssembly: ``python tools/build_kernels.py``.

Needs clang 15 and its lld (Debian: ``apt-get install clang-15 lld-15``), nothing else: no library
is linked. Of one source there are two modules, and a browser takes the first that it knows: the
one with fused products (relaxed SIMD), or the one without. ``--check FOLDER`` writes them there
and leaves those in the package alone. Each ends with a section of its own that holds the SHA-256
of the source, so that a test sees without a compiler whether they belong together.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SOURCE = HERE / "book" / "wganbook" / "widgets" / "workshop_kernels.c"
#: Each module, and with what options beside the common ones it is made.
MODULES = {
    "workshop_kernels.wasm": "",
    "workshop_kernels_fused.wasm": "-mrelaxed-simd -DFUSED",
}
COMPILER, LINKER = "clang-15", "wasm-ld-15"
COMMAND = (
    f"{COMPILER} --target=wasm32 -std=c11 -O3 -ffreestanding -msimd128 -mbulk-memory -nostdlib "
    "-Wall -Wextra -Werror -Wl,--no-entry -Wl,--import-memory -Wl,-z,stack-size=8192 "
    "-Wl,--strip-all"
)


def missing() -> list[str]:
    """Return what is needed and not here."""
    return [name for name in (COMPILER, LINKER) if shutil.which(name) is None]


def mark() -> bytes:
    """Return the section that says what the module was made of."""
    name = b"source"
    content = bytes([len(name)]) + name + hashlib.sha256(SOURCE.read_bytes()).digest()
    return bytes([0, len(content)]) + content


def build(folder: Path) -> list[Path]:
    """Compile each module to a part file and rename it; return where they are."""
    targets = []
    for name, options in MODULES.items():
        target, part = folder / name, folder / f"{name}.part"
        command = [*COMMAND.split(), *options.split(), "-o", str(part), str(SOURCE)]
        subprocess.run(command, check=True)
        part.write_bytes(part.read_bytes() + mark())
        part.chmod(0o644)
        part.replace(target)
        targets.append(target)
    return targets


def main() -> None:
    """Build, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="where to write instead")
    folder = parser.parse_args().check or SOURCE.parent
    if missing():
        raise SystemExit(
            f"{' and '.join(missing())}: not found (Debian: apt-get install clang-15 lld-15)"
        )
    for target in build(folder):
        print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
