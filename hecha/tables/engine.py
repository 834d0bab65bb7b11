"""The SQL engine: counting and sorting over tables too long for a frame.

DuckDB reads Parquet files piece by piece, in memory that has a limit (what does not fit goes to
a folder of the system's for passing files, gone afterwards), and answers in small tables.  It is asked to count, to sum and to sort whole numbers and texts and
nothing else, so that its answers are the same on any number of threads.  This is the
only module that imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from hecha.problems import HechaError

MEMORY = "600MB"


class NotParquet(HechaError):
    """A file that should be Parquet cannot be read as such."""


class EngineStopped(HechaError):
    """A query was begun and could not be ended."""


@dataclass(frozen=True)
class Engine:
    """An open connection; `ask` answers with a frame."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, sql: str) -> pd.DataFrame:
        """The answer to a query, as a frame; EngineStopped where it cannot be worked out."""
        with _said():
            return self.connection.execute(sql).fetchdf()

    def keep(self, sql: str, path: str | Path) -> Path:
        """The answer to a query as a Parquet file, never whole in memory."""
        target = str(path).replace("'", "''")
        with _said():
            self.connection.execute(f"copy ({sql}) to '{target}' (format parquet)")
        return Path(path)

    def plan_without(self, way: str) -> None:
        """Leave one of the engine's ways to plan a query out, where this version of it knows it.

        The answers are the same whichever way it plans; only time and memory differ.

        >>> with engine({"t": pd.DataFrame({"a": [1, 2]})}) as e:
        ...     e.plan_without("a way of another version")
        ...     e.plan_without("top_n")
        ...     e.ask("select a from t order by a limit 1")["a"].tolist()
        [1]
        """
        known = self.connection.execute("select * from duckdb_optimizers()").fetchall()
        if (way,) in known:
            self.connection.execute(f"set disabled_optimizers = '{way}'")

    def columns(self, name: str) -> dict[str, str]:
        """The columns of a table or view and their types, as the engine names them."""
        found = self.ask(f"describe {name}")
        return dict(zip(found["column_name"], found["column_type"], strict=True))

    def columns_in(self, path: str | Path) -> dict[str, str]:
        """As `columns`, of one Parquet file: a view of many takes the first one's types for all."""
        _view(self.connection, "one_file", [str(path)])
        return self.columns("one_file")


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
    with TemporaryDirectory(prefix="hecha-") as apart:
        connection = duckdb.connect(config={
            "memory_limit": memory, "preserve_insertion_order": False, "temp_directory": apart,
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


@contextmanager
def _said() -> Iterator[None]:
    """What the data or the machine did not let the engine do, in a sentence; not our own faults."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
        raise
    except duckdb.Error as error:
        raise EngineStopped("数不下去：文件坏了、读取当中被改动，或者内存、临时文件夹的磁盘不够。"
                            f"引擎的原话：{str(error).splitlines()[0]}") from error


def _view(connection: duckdb.DuckDBPyConnection, name: str, paths: list[str]) -> None:
    try:
        connection.read_parquet(paths, filename=True, file_row_number=True).create_view(
            name, replace=True)
    except duckdb.Error as error:
        lacking = [p for p in paths if not Path(p).exists() and not set(p) & set("*?[:")]
        if lacking:
            raise NotParquet(f"没有这个文件：{'、'.join(lacking)}，请检查路径") from None
        unmatched = [p for p in paths if set(p) & set("*?[") and "://" not in p
                     and not glob(p, recursive=True)]
        if unmatched:
            raise NotParquet(f"没有文件与这些名字相符：{'、'.join(unmatched)}，请检查路径") from None
        raise NotParquet(f"“{'、'.join(Path(p).name for p in paths)}”不是 Parquet 文件，或者不完整。"
                         f"引擎的原话：{str(error).splitlines()[0]}") from None
