"""Make JupyterLab of this environment open the Markdown chapters as notebooks."""

import json
import sys
from pathlib import Path

OVERRIDES = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Jupytext Notebook", "myst": "Jupytext Notebook"}
    }
}


def write(prefix: Path) -> Path:
    """Write the setting below ``prefix`` (the environment, not the reader's home)."""
    target = prefix / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(OVERRIDES, indent=2))
    return target


if __name__ == "__main__":
    write(Path(sys.prefix))
