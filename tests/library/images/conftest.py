"""Packed files are read by whoever is there: tests that unpack run with each."""

from __future__ import annotations

import pytest

from wganlib.images import unpacking


@pytest.fixture(params=["zlib", "isal"])
def unpacker(request, monkeypatch):
    """Unpack with Python's own modules, as in Colab, and with the extra `fast`."""
    if request.param == "isal":
        pytest.importorskip("isal")
        assert unpacking.unpacker() is not unpacking.PLAIN, "the faster one is taken"
    else:
        monkeypatch.setattr(unpacking, "unpacker", lambda: unpacking.PLAIN)
    return request.param
