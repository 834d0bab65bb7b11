"""How large a county's run is: each kind of file, the county page and all pages together.

    python benchmarks/sizes.py outputs/yunxi

Prints megabytes and, where the project promises one, the share of the limit that is used
(county page 1 MB, all pages of 15 towns 15 MB).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

MEGABYTE = 1_000_000
LIMITS = {"县级报告": 1.0, "全部网页": 15.0}


def sizes(folder: Path) -> dict[str, float]:
    """Megabytes by what it is."""
    found: dict[str, float] = defaultdict(float)
    for path in (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        size = path.stat().st_size / MEGABYTE
        found[path.suffix.removeprefix(".")] += size
        if path.suffix == ".html":
            found["全部网页"] += size
            found["县级报告"] += size if path.name.startswith("county") else 0
    return dict(found)


def main() -> None:
    """Print the sizes of the run that is named."""
    asked = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/yunxi")
    if not asked.is_dir():
        print(f"没有“{asked}”这个批次，请先 hecha run")
    for what, size in sorted(sizes(asked).items()):
        limit = LIMITS.get(what)
        print(f"{what}\t{size:.2f} MB" + (f"\t限额的{size / limit:.0%}" if limit else ""))


if __name__ == "__main__":
    main()
