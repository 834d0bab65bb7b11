"""Papers: what is published of a draw, and what the teams take along.

Public: the certificate (sealed, then revealed) as JSON and as a page, the verifier as ten
lines and as an offline page, the villages of the frame, and a workbook that computes one
ticket.  For the teams alone: 抽样结果.xlsx, which names households, in the case's `.hecha/`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hecha.field.certificate import Certificate, certificate_bytes, verifier_text
from hecha.field.certificate_page import certificate_page, verifier_page
from hecha.field.draw import Draw
from hecha.field.ticket_book import LONGEST, ticket_workbook
from hecha.fieldwork.drawing import certificate_of, drawn_of, with_heads
from hecha.fieldwork.freezing import draw_kept
from hecha.fieldwork.kept import OutOfOrder
from hecha.fieldwork.roster import Roster
from hecha.folders import write_whole
from hecha.report.fonts import css_font_face, woff2_subset
from hecha.tables.writing import write_workbook

RESULT = "抽样结果.xlsx"
_VILLAGES = {"town": "镇代码", "town_name": "镇名称", "village": "村代码", "village_name": "村名称",
             "eligible": "可抽户数", "disabled": "残疾人户数", "chosen": "正选户数",
             "reserves": "备选户数"}
_HOUSEHOLDS = {"town": "镇代码", "village": "村代码", "village_name": "村名称", "household": "户编号",
               "head": "户主姓名", "choice": "类别", "order": "顺序", "disabled": "残疾人户"}
_BASIS = {"household": "户编号", "ticket": "签号", "stands_for": "可替补", "chance": "入样概率"}


def write_result(case: Path, roster: Roster, out: Path | None = None) -> Path:
    """抽样结果.xlsx for the teams: villages, households with heads, the basis, shortfalls.

    It lies in `.hecha/draw/`, or where `out` says; the case's own draw/ is left to people.
    """
    drawn = drawn_of(case)
    target = out or draw_kept(case).path(RESULT)
    write_workbook(target, result_sheets(drawn, with_heads(drawn, roster.persons)))
    target.chmod(0o600)
    return target


def result_sheets(drawn: Draw, households: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The sheets of 抽样结果.xlsx, by name: 村 and 户 as a case hands them in, then the basis."""
    chances = households.assign(chance=[str(c) for c in households["chance"]])
    return {
        "村": _labelled(drawn.villages, _VILLAGES), "户": _labelled(households, _HOUSEHOLDS),
        "签号": _labelled(chances, _BASIS),
        "须说明": _labelled(drawn.flags, {"unit": "单位代码", "reading": "读法",
                                       "message": "情况"}),
    }


def _labelled(frame: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    return frame[list(labels)].rename(columns=labels)


def write_public(case: Path, out: Path) -> list[Path]:
    """Everything the public may have now, in one folder; OutOfOrder before the dice."""
    paper = certificate_of(case)
    if paper is None:
        raise OutOfOrder("还没有抽签，没有证书可公布")
    name = "certificate" if paper["state"] == "revealed" else "certificate-sealed"
    files = [
        write_whole(out / f"{name}.json", certificate_bytes(paper)),
        write_whole(out / f"{name}.html", _with_font(certificate_page, paper)),
        write_whole(out / "verifier.py", verifier_text()),
        write_whole(out / "verifier.html", _with_font(verifier_page)),
        write_whole(out / "villages.csv", draw_kept(case).text("villages.csv")),
    ]
    return files + _example(paper, out)


def _with_font(page, *paper: Certificate) -> str:
    """A page with the glyphs it needs, so that it reads the same on any machine."""
    return page(*paper, css_font_face(woff2_subset(frozenset(page(*paper)))))


def _example(paper: Certificate, out: Path) -> list[Path]:
    """The ticket workbook, with the first drawn village as its example, once revealed."""
    drawn = [v["village"] for v in paper.get("villages", []) if v["drawn"]]
    if not drawn or len(f"{paper['dice']}|{paper['nonce']}") > LONGEST:
        return []
    book = ticket_workbook(paper["dice"], paper["nonce"], "CUN", drawn[0])
    return [write_whole(out / "签号计算表.xlsx", book)]


__all__ = ["RESULT", "result_sheets", "write_public", "write_result"]
