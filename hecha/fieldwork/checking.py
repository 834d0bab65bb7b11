"""Checking: a draw redone from its certificate, and a draw as handed in held to its frame.

With the frozen frame (a verifier has it) everything is computed anew.  Without it a
citizen still checks the commitment, the seed and every village's ticket and order.  A draw
that came as a workbook without a certificate can only be held to the frame of the roster.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from hecha.field.certificate import (
    Certificate,
    differences,
    json_text,
    names_in,
    towns_in,
    verify,
)
from hecha.field.commitment import Commitment, opens
from hecha.field.draw import CHOSEN, RESERVE, Draw, draw
from hecha.field.frame import VILLAGE_DIGITS, Frame, FrameTexts, frame_of
from hecha.field.rules import SampleRule
from hecha.field.tickets import NotATicket, seed_of
from hecha.fieldwork.freezing import TEXTS
from hecha.folders import NoSuchFolder
from hecha.problems import HechaError, Place, Problems

_PAPER = Place("抽签证书")
_LABELS = {"eligible": "可抽户数", "disabled": "残疾人户数", "chosen": "正选户数",
           "reserves": "备选户数"}


class NotACertificate(HechaError):
    """A file that is no certificate."""


def read_certificate(path: str | Path) -> Certificate:
    """The certificate of a file; NotACertificate when it is none."""
    file = Path(path)
    if not file.is_file():
        raise NoSuchFolder(f"没有“{path}”这个文件，请检查路径")
    try:
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
    except ValueError:
        raise NotACertificate(f"“{file.name}”不是抽签证书（JSON读不出来）") from None
    if not isinstance(found, dict) or "scheme" not in found:
        raise NotACertificate(f"“{file.name}”不是抽签证书")
    return found


def texts_in(folder: Path) -> FrameTexts | None:
    """The three frozen texts of a folder, None where one is missing."""
    files = [folder / f"{name}.csv" for name in TEXTS]
    if not all(file.is_file() for file in files):
        return None
    return FrameTexts(*(file.read_bytes().decode("utf-8", "replace") for file in files))


def verify_paper(paper: Certificate, texts: FrameTexts | None) -> Problems:
    """Redo a draw from its certificate, with the frozen texts or, without, as far as it goes."""
    if texts is None:
        return _verify_villages(paper)
    try:
        frame = frame_of(texts, names_in(paper), towns_in(paper))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return _said("not_a_certificate", f"证书缺少内容或内容不合规范：{error}")
    return verify(paper, frame)


def _verify_villages(paper: Certificate) -> Problems:
    """What a citizen checks: commitment, seed, the tickets and the order of the villages."""
    problems = Problems()
    problems.warning(_PAPER, "no_frame", "没有抽样框文件，只核对承诺、种子和村的签号、次序；"
                                         "户须由持有抽样框的核验人核对")
    try:
        _redo_villages(paper, problems)
    except NotATicket as error:
        problems.error(_PAPER, "commitment", str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problems.error(_PAPER, "not_a_certificate", f"证书缺少内容或内容不合规范：{error}")
    return problems


def _redo_villages(paper: Certificate, problems: Problems) -> None:
    if paper["state"] == "sealed":
        problems.warning(_PAPER, "sealed", "随机数尚未公布，村和户待公布后再验证")
        return
    given = paper["commitment"]
    if not opens(Commitment(given["sha256"], tuple(given["halves"])), paper["nonce"]):
        problems.error(_PAPER, "commitment", "出示的随机数与事先公布的承诺不符")
    seed, rule = seed_of(paper["dice"], paper["nonce"]), SampleRule.from_data(paper["rule"])
    frame = Frame(towns_in(paper).assign(villages=1), pd.DataFrame(paper["villages"]),
                  pd.DataFrame(columns=["household", "village", "disabled", "stratum"]))
    again = draw(frame, seed, rule, tuple(paper["last_year"])).village_order
    expected = json.loads(json_text(again.assign(chance=again["chance"].map(str))
                                    .to_dict("records")))
    found: dict[str, Any] = {"seed": paper["seed"], "villages": paper["villages"]}
    for path, left, right in differences(found, {"seed": seed, "villages": expected}):
        problems.error(replace(_PAPER, column=path), "not_as_drawn", "与重新计算的结果不符",
                       found=str(left), expected=str(right))


def _said(code: str, message: str) -> Problems:
    problems = Problems()
    problems.error(_PAPER, code, message)
    return problems


# -- the workbook as handed in -----------------------------------------------------------------


def same_as_drawn(drawn: Draw, villages: pd.DataFrame, households: pd.DataFrame) -> Problems:
    """Whether draw/抽样结果 is what was drawn; every unit that is not, told."""
    problems = Problems()
    _compare_units(set(drawn.villages["village"]), set(villages["village"]), "村", problems)
    left, right = ({row.household: (row.choice, int(row.order))
                    for row in table.dropna(subset="order").itertuples()}
                   for table in (drawn.households, households))
    _compare_units(set(left), set(right), "户", problems)
    for unit in sorted(set(left) & set(right)):
        if left[unit] != right[unit]:
            problems.error(Place("抽样结果", "户", 0, unit), "not_as_drawn", "类别或顺序与抽签不符",
                           found=f"{right[unit][0]}{right[unit][1]}",
                           expected=f"{left[unit][0]}{left[unit][1]}")
    return problems


def _compare_units(drawn: set[str], listed: set[str], sheet: str, problems: Problems) -> None:
    for unit in sorted(drawn - listed):
        problems.error(Place("抽样结果", sheet, 0, unit), "missing_drawn",
                       f"抽中的{sheet}不在表里")
    for unit in sorted(listed - drawn):
        problems.error(Place("抽样结果", sheet, 0, unit), "not_drawn", f"没有抽中的{sheet}在表里")


def fits_frame(frame: Frame, rule: SampleRule, villages: pd.DataFrame,
               households: pd.DataFrame) -> Problems:
    """A draw without a certificate held to the frame: counts, membership, and the rule's numbers.

    `villages` and `households` are the case's `drawn_villages` and `drawn_households`.
    """
    problems = Problems()
    known = {row.village: row for row in frame.villages.itertuples()}
    for row in villages.itertuples():
        if row.village not in known:
            problems.error(_at(row), "not_in_frame", f"{row.village_name}不在村抽样框里",
                           units=(row.village,))
        else:
            _village_fits(row, known[row.village], rule, households, problems)
    inside = dict(zip(frame.households["household"], frame.households["disabled"]))
    for row in households.itertuples():
        _household_fits(row, inside, problems)
    _towns_fit(frame, rule, villages, problems)
    return problems


def _at(row) -> Place:
    return Place(row.file, row.sheet, int(row.row))


def _village_fits(row, known, rule: SampleRule, households: pd.DataFrame,
                  problems: Problems) -> None:
    homes = households[households["village"] == row.village]
    counts = Counter(homes["choice"])
    expected = {"eligible": known.eligible, "disabled": known.disabled,
                "chosen": counts[CHOSEN], "reserves": counts[RESERVE]}
    for name, label in _LABELS.items():
        found = getattr(row, name)
        if not pd.isna(found) and int(found) != expected[name]:
            problems.error(_at(row).at(label), "count_differs", f"{row.village_name}的{label}不对",
                           found=str(int(found)), expected=str(expected[name]),
                           units=(row.village,))
    least = min(rule.wanted(row.village), known.eligible)
    if counts[CHOSEN] < least:
        problems.error(_at(row), "too_few", f"{row.village_name}抽的户不够", units=(row.village,),
                       found=str(counts[CHOSEN]), expected=f"{least}户以上")
    marked = homes.loc[homes["choice"] == CHOSEN, "disabled"].fillna(False).astype(bool)
    if marked.sum() < min(rule.disabled, known.disabled):
        problems.error(_at(row), "no_disabled",
                       f"{row.village_name}有残疾人户{known.disabled}户，正选里不到{rule.disabled}户",
                       found=str(int(marked.sum())), units=(row.village,))


def _household_fits(row, inside: dict[str, bool], problems: Problems) -> None:
    units = (row.household[:VILLAGE_DIGITS],)
    if row.household not in inside:
        problems.error(_at(row).at("户编号"), "not_in_frame", "不在户抽样框里",
                       found=row.household, units=units)
    elif not pd.isna(row.disabled) and bool(row.disabled) != bool(inside[row.household]):
        problems.error(_at(row).at("残疾人户"), "mark_differs", "残疾人户标记与花名册不符",
                       found="是" if row.disabled else "否", units=units)


def _towns_fit(frame: Frame, rule: SampleRule, villages: pd.DataFrame,
               problems: Problems) -> None:
    counts = Counter(villages["town"])
    for town in frame.towns[frame.towns["has_task"]].itertuples():
        wanted = min(rule.villages, town.villages)
        if counts[town.town] != wanted:
            problems.error(Place("draw/抽样结果", "村"), "village_count",
                           f"{town.town_name}抽到的村数不对", found=str(counts[town.town]),
                           expected=str(wanted), units=(town.town,))


__all__ = ["NotACertificate", "fits_frame", "read_certificate", "same_as_drawn", "texts_in",
           "verify_paper"]
