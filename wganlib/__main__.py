"""``python -m wganlib`` is the command line."""

from wganlib.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
