"""The desk: one reading of a case's folder.

It hands out grids and tables file by file and keeps the books: the digest of
every input, how many rows each sheet had, which were used and which were set
aside and why.  Cross checks take rows out of a frame only through
:meth:`Desk.set_aside`, so that read = used + set aside stays true.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from hecha.digests import sha256_bytes
from hecha.problems import Place, Problems
from hecha.tables.contract import Aside, Contract, Table, Units, read_table
from hecha.tables.files import grids_of
from hecha.tables.grid import Grid
from hecha.tables.preflight import MAX_FILE_BYTES

ENDINGS = (
    ".csv",
    ".xlsx",
    ".xls",
    ".xlsm",
    ".xlsb",
    ".et",
    ".ods",
)  # only the first two can be read
_NOT_SENT = ("~$", ".", "Thumbs.db", "desktop.ini")


class Desk:
    """Reads files of one folder and accounts for every row."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self.folder, self.problems = folder, problems
        self.inputs: dict[str, str] = {}
        self.asides: list[Aside] = []
        self.read: dict[tuple[str, str], int] = {}

    def shown(self, path: Path) -> str:
        """The file's name as the reader knows it: from the case's folder on."""
        return path.relative_to(self.folder).as_posix()

    def data(self, path: Path, units: tuple[str, ...] = ()) -> bytes | None:
        """The bytes of a file, its digest noted; None, and a problem, if it cannot be read."""
        shown = self.shown(path)
        try:
            with open(path, "rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError:
            self.problems.error(
                Place(shown), "unreadable", "文件打不开，请检查是否有权读取", units=units
            )
            return None
        self.inputs[shown] = sha256_bytes(data)
        return data

    def grids(self, path: Path, units: tuple[str, ...] = ()) -> list[Grid]:
        """The sheets of a file; none, and a problem, if it cannot be read."""
        data = self.data(path, units)
        return [] if data is None else grids_of(data, self.shown(path), self.problems, units)

    def table(self, grid: Grid, contract: Contract, units_of: Units | None = None) -> Table:
        """One sheet under its contract, entered in the books."""
        table = read_table(grid, contract, self.problems, units_of)
        self.read[grid.file, grid.sheet] = table.read
        self.asides += table.set_aside
        return table

    def find(self, *stem: str, units: tuple[str, ...] = ()) -> Path | None:
        """The file of this name, whatever kind of table it is; two of them are an error."""
        base = self.folder.joinpath(*stem[:-1])
        found = [
            path for path in (base / f"{stem[-1]}{ending}" for ending in ENDINGS) if path.is_file()
        ]
        if len(found) > 1:
            self.inputs |= {self.shown(path): sha256_bytes(path.read_bytes()) for path in found}
            self.problems.error(
                Place(self.shown(found[1])),
                "two_files",
                f"和 {self.shown(found[0])} 是同一张表的两个文件，不能确定用哪一个；请只留一个",
                units=units,
            )
            return None
        return found[0] if found else None

    def single(
        self,
        contract: Contract,
        *stem: str,
        units_of: Units | None = None,
        whole: tuple[str, ...] = (),
    ) -> Table:
        """A table that has a file to itself; empty if absent.

        `whole` are the units in doubt if the file as a whole cannot be read.
        """
        path = self.find(*stem, units=whole)
        grid = self.sheet_of(path, self.grids(path, whole), stem[-1], whole) if path else None
        if grid is None:
            return Table(contract.empty())
        return self.table(grid, contract, lambda raw: units_of(raw) if raw and units_of else whole)

    def sheet_of(
        self, path: Path, grids: list[Grid], sheet: str, units: tuple[str, ...] = ()
    ) -> Grid | None:
        """The named sheet, or the only sheet of the file."""
        for grid in grids:
            if grid.sheet.strip() == sheet:
                return grid
        if len(grids) == 1:
            return grids[0]
        if grids:
            names = "、".join(grid.sheet for grid in grids)
            self.problems.error(
                Place(self.shown(path)),
                "missing_sheet",
                f"缺少工作表“{sheet}”",
                found=names,
                units=units,
            )
        return None

    def say_unknown_files(self, *rooms: str) -> None:
        """Files in the case's rooms that nothing asked for."""
        for path in sorted(
            path for room in rooms for path in (self.folder / room).rglob("*") if path.is_file()
        ):
            shown = self.shown(path)
            if shown not in self.inputs and not path.name.startswith(_NOT_SENT):
                self.problems.warning(
                    Place(shown),
                    "unknown_file",
                    "不认得的文件，未读取；如是报送的表，请按规定的文件名重命名",
                )

    def set_aside(self, frame: pd.DataFrame, reasons: dict[int, str]) -> pd.DataFrame:
        """The frame without the rows (by index) that have a reason not to be used."""
        if not reasons:
            return frame
        for row in frame.loc[list(reasons), ["file", "sheet", "row"]].itertuples():
            self.asides.append(Aside(row.file, row.sheet, int(row.row), reasons[row.Index]))
        return frame.drop(index=list(reasons)).reset_index(drop=True)

    def accounts(self) -> pd.DataFrame:
        """file, sheet, read, used, set_aside: one row a sheet; read = used + set_aside."""
        aside: dict[tuple[str, str], int] = {}
        for row in self.asides:
            aside[row.file, row.sheet] = aside.get((row.file, row.sheet), 0) + 1
        rows = [
            (file, sheet, read, read - aside.get((file, sheet), 0), aside.get((file, sheet), 0))
            for (file, sheet), read in self.read.items()
        ]
        return pd.DataFrame(rows, columns=["file", "sheet", "read", "used", "set_aside"])

    def asides_frame(self) -> pd.DataFrame:
        """file, sheet, row, reason of every row that was not used."""
        rows = [(a.file, a.sheet, a.row, a.reason) for a in self.asides]
        return pd.DataFrame(rows, columns=["file", "sheet", "row", "reason"]).astype(
            {"row": "int64"}
        )


def stacked(tables: Iterable[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    """The frames of several files as one; the contract's empty frame if there are none."""
    frames = [frame for frame in tables if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else contract.empty()


def rows_of(frame: pd.DataFrame) -> Iterator:
    """The rows as named tuples with `Index`, as itertuples gives them, but quickly.

    >>> [row.town for row in rows_of(pd.DataFrame({"town": ["449901100"]}))]
    ['449901100']
    """
    row = namedtuple("Row", ["Index", *frame.columns])
    columns = [frame[name].to_numpy(dtype=object).tolist() for name in frame.columns]
    return map(row, frame.index.tolist(), *columns)


def given(value: object) -> bool:
    """Whether a cell of a frame holds something (neither blank nor missing).

    >>> given(0), given(None), given(float("nan")), given("")
    (True, False, False, False)
    """
    return value != "" and not pd.isna(value)


def place_of(row, column: str = "") -> Place:
    """Where a frame's row (from itertuples) stands."""
    return Place(row.file, row.sheet, int(row.row), column)
