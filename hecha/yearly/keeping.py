"""Keeping: a comparison beside a run's results, so that whoever tells it need not make it."""

from __future__ import annotations

import json

from hecha.scoring.snapshot import frame_in, frame_out
from hecha.yearly.comparing import Years

_FRAMES = ("towns", "parts", "repeated", "gone", "plans")
_PLAIN = ("county", "level", "ranked", "before", "after", "unseen")


def as_text(years: Years, mark: str = "") -> str:
    """The comparison as JSON text, every Fraction exact, with the mark this year's results carry."""
    content = {name: getattr(years, name) for name in _PLAIN}
    content["frames"] = {name: frame_out(getattr(years, name)) for name in _FRAMES}
    content["mark"] = mark
    return json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True)


def from_text(text: str) -> Years:
    """The comparison of a JSON text."""
    kept = json.loads(text)
    frames = {name: frame_in(kept["frames"][name]) for name in _FRAMES}
    return Years(**{name: kept[name] for name in _PLAIN}, **frames)


__all__ = ["as_text", "from_text"]
