"""Intake: what came back, and what is wrong with it, for analysts and team leaders.

The verbs of notebooks/intake.ipynb.  They read a folder without recording anything and
show what :mod:`hecha.report.returned` writes as the 收表报告.
"""

from __future__ import annotations

from hecha.batch.receiving import Received, receive
from hecha.report import returned
from hecha.report.fragments import Fragment, heading, stack


def open_returned(folder: str, plan: str, case: str = "") -> Received:
    """Read the folder of returned files, held against a case's roster and draw if one is named."""
    return receive(folder, plan, case, keep=False)


def intake_bottom_line(received: Received) -> Fragment:
    """How much came, how much is usable, and the proof that nothing is lost."""
    return stack(heading("收表情况", f"来自文件夹 {received.folder.name}"),
                 returned.opening_tiles(received), returned.balance_notice(received))


def intake_errors(received: Received) -> Fragment:
    """What must be mended, file by file, each with its cell."""
    return returned.by_file(received, "error")


def intake_warnings(received: Received) -> Fragment:
    """What deserves a look."""
    return returned.by_file(received, "warning")


def intake_missing(received: Received) -> Fragment:
    """What the forms that came still lack."""
    return returned.missing_fragment(received)


def intake_files(received: Received) -> Fragment:
    """Every file and what became of it."""
    return returned.files_fragment(received)


def intake_accounts(received: Received) -> Fragment:
    """Rows read = used + set aside, sheet by sheet, and why a row was not used."""
    return returned.accounts_fragment(received)


def intake_lateness(received: Received) -> Fragment:
    """Scores due on the day of the visit, the report on the next."""
    return returned.lateness_fragment(received)


def intake_patterns(received: Received) -> Fragment:
    """What should be looked at on site; suspicions, never verdicts."""
    return returned.patterns_fragment(received)


__all__ = ["intake_accounts", "intake_bottom_line", "intake_errors", "intake_files",
           "intake_lateness", "intake_missing", "intake_patterns", "intake_warnings", "open_returned"]
