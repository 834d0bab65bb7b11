"""The SQL engine: counting and sorting over tables too long for a frame.

DuckDB reads Parquet files piece by piece, in memory that has a limit, and answers in
small tables.  It is asked to count, to sum and to sort whole numbers and texts and
nothing else, so that its answers are the same on any number of threads.  This is the
only module that imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from hecha.problems import HechaError

MEMORY = "600MB"


class NotParquet(HechaError):
    """A file that should be Parquet cannot be read as such."""


@dataclass(frozen=True)
class Engine:
    """An open connection; `ask` answers with a frame."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, sql: str) -> pd.DataFrame:
        """The answer to a query, as a frame."""
        return self.connection.execute(sql).fetchdf()

    def keep(self, sql: str, path: str | Path) -> Path:
        """The answer to a query as a Parquet file, never whole in memory."""
        target = str(path).replace("'", "''")
        self.connection.execute(f"copy ({sql}) to '{target}' (format parquet)")
        return Path(path)

    def columns(self, name: str) -> dict[str, str]:
        """The columns of a table or view and their types, as the engine names them."""
        found = self.ask(f"describe {name}")
        return dict(zip(found["column_name"], found["column_type"], strict=True))


@contextmanager
def engine(frames: Mapping[str, pd.DataFrame] | None = None,
           files: Mapping[str, Sequence[str | Path]] | None = None,
           threads: int | None = None, memory: str = MEMORY) -> Iterator[Engine]:
    """An engine that knows these frames and Parquet files by these names.

    A view of files has two columns more, `filename` and `file_row_number` (from 0).
    Raises NotParquet where a file cannot be read.

    >>> with engine({"t": pd.DataFrame({"a": [1, 2]})}) as e:
    ...     int(e.ask("select sum(a) as s from t")["s"][0])
    3
    """
    connection = duckdb.connect(config={"memory_limit": memory, "preserve_insertion_order": False,
                                        **({"threads": threads} if threads else {})})
    try:
        connection.execute("set enable_progress_bar = false")
        for name, frame in (frames or {}).items():
            connection.register(name, frame)
        for name, paths in (files or {}).items():
            _view(connection, name, [str(path) for path in paths])
        yield Engine(connection)
    finally:
        connection.close()


def _view(connection: duckdb.DuckDBPyConnection, name: str, paths: list[str]) -> None:
    try:
        connection.read_parquet(paths, filename=True, file_row_number=True).create_view(name)
    except duckdb.Error as error:
        raise NotParquet(f"“{'、'.join(Path(p).name for p in paths)}”不能当 Parquet 文件读："
                         f"{str(error).splitlines()[0]}") from None
