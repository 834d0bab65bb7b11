"""The frame: who may be drawn, frozen before anybody knows the dice.

From the roster of persons and the list of villages come the households and
villages that may be drawn (R-08, R-09, A-20), each with the one mark that the
draw looks at: whether it is a 残疾人户 (A-19).  The frame is then three small
texts, the same on every machine: codes only, sorted, one a line.  Their hashes
are published, so that nobody can add a household after the dice.

Nobody is dropped in silence: `Frame.outside` says of every household that is not
in the frame why, and in + out is the roster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from hecha.digests import sha256_text
from hecha.field.rules import SampleRule
from hecha.points import NotANumber, narrow, yes
from hecha.problems import Place, Problems

TOWN_DIGITS, VILLAGE_DIGITS = 9, 12
_DISABILITY_CARD = re.compile(r"\d{17}[\dX][1-7][1-4](B\d)?")
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_HOUSEHOLD_FACTS = ["village", "head", "exit_year", "status"]

VILLAGE_COLUMNS = ["town", "town_name", "village", "village_name", "eligible", "disabled"]
HOUSEHOLD_COLUMNS = ["town", "town_name", "village", "village_name", "household", "head",
                     "disabled", "stratum"]
FLAG_COLUMNS = ["level", "unit", "reading", "message"]


@dataclass(frozen=True)
class FrameTexts:
    """The frozen frame as three texts: what is hashed, kept, and given to a verifier.

    `villages` and `households`: header `unit`, then a code a line.  `flags`: header
    `unit,flag`, every household with 1 (残疾人户) or 0, and its stratum in a third column
    where the rule has strata; only its hash is published.
    """

    villages: str
    households: str
    flags: str

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each text, by name."""
        return {name: sha256_text(getattr(self, name))
                for name in ("villages", "households", "flags")}


@dataclass(frozen=True)
class Frame:
    """The frame of a county.

    * `towns`: town, town_name, has_task (bool), village count `villages`;
    * `villages`: VILLAGE_COLUMNS, `eligible` households and `disabled` ones of them;
    * `households`: HOUSEHOLD_COLUMNS, `disabled` a bool, `stratum` "" without strata;
    * `outside`: household, village, reason: the rest of the roster.
    """

    towns: pd.DataFrame
    villages: pd.DataFrame
    households: pd.DataFrame
    outside: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["household", "village", "reason"]))

    @property
    def texts(self) -> FrameTexts:
        """The three canonical texts (design: The draw, 1)."""
        homes = self.households["household"]
        marks = dict(zip(homes, self.households["disabled"]))
        return FrameTexts(unit_text(self.villages["village"]), unit_text(homes),
                          flag_text(marks, dict(zip(homes, self.households["stratum"]))))


def unit_text(units: Iterable[str]) -> str:
    r"""The canonical text of a list of codes: header, sorted, LF, final newline.

    >>> unit_text(["440923101205", "440923101201"])
    'unit\n440923101201\n440923101205\n'
    """
    return "".join(f"{line}\n" for line in ["unit", *sorted(set(units))])


def flag_text(marks: Mapping[str, bool], strata: Mapping[str, str] | None = None) -> str:
    r"""The canonical text of the marks: every unit, with 1 or 0, and its stratum if it has one.

    >>> flag_text({"b": True, "a": False})
    'unit,flag\na,0\nb,1\n'
    >>> flag_text({"a": False}, {"a": "监测对象"})
    'unit,flag,stratum\na,0,监测对象\n'
    """
    found = strata or {}
    more = any(found.values())
    rows = [f"{unit},{int(bool(marks[unit]))}{f',{found[unit]}' if more else ''}"
            for unit in sorted(marks)]
    return "".join(f"{line}\n" for line in [f"unit,flag{',stratum' if more else ''}", *rows])


def is_disability_card(identity: object) -> bool:
    """Whether an identity text is a 20-digit 残疾证号 (or a renewed one, ending B1, B2 …).

    Identity number, then category 1-7, then degree 1-4 (A-19); blanks, a leading apostrophe
    and full-width digits are how people type.

    >>> is_disability_card("44990119560531903X11"), is_disability_card("44990119560531903X")
    (True, False)
    >>> is_disability_card("44990119560531903x11b1"), is_disability_card("44990119560531903X91")
    (True, False)
    """
    typed = _BLANKS.sub("", narrow(identity)).lstrip("'‘’`").upper()
    return bool(_DISABILITY_CARD.fullmatch(typed))


def build_frame(villages: pd.DataFrame, persons: pd.DataFrame, rule: SampleRule,
                problems: Problems, ticked: pd.DataFrame | None = None) -> Frame:
    """The frame of a county, from the case's `villages` and `persons` (R-08, R-09, A-20).

    A household is in it when its village may be drawn, and its status and exit year are
    the rule's, and no row of it carries the remark that the whole household is away.  It
    is a 残疾人户 when a member has a 20-digit number, or when `ticked` (columns household,
    reason) names it by hand.  Found wrong and told: a code that does not begin with its
    village's or town's, a household whose rows contradict each other, a village not listed,
    a tick without a reason.

    >>> villages = pd.DataFrame({
    ...     "town": ["440923101"], "town_name": ["甲镇"], "village": ["440923101205"],
    ...     "village_name": ["甲村"], "village_type": ["非贫困村"], "has_task": [True]})
    >>> persons = pd.DataFrame({
    ...     "household": ["4409231012050001"] * 2 + ["4409231012050002"],
    ...     "village": ["440923101205"] * 3, "head": ["张", "张", "李"],
    ...     "identity": ["44092319560531903X", "44092319560531903X11", "440923197102072417"],
    ...     "exit_year": [2019, 2019, 2016], "status": ["脱贫"] * 3, "note": [""] * 3})
    >>> rule = SampleRule(4, 5, 1, 3, ("非贫困村",), ("脱贫", "脱贫退出"), (2018, 2023),
    ...                   ("整户外出超过6个月",), "last_gives_way")
    >>> frame = build_frame(villages, persons, rule, Problems())
    >>> frame.villages[["village", "eligible", "disabled"]].values.tolist()
    [['440923101205', 1, 1]]
    >>> frame.outside[["household", "reason"]].values.tolist()
    [['4409231012050002', '脱贫年度2016不在2018—2023']]
    """
    listed = _listed_villages(villages, problems)
    homes = _households(persons, problems).merge(
        listed[["town", "town_name", "village", "village_name", "village_type", "has_task"]],
        on="village", how="left")
    homes["reason"] = _reasons(homes, rule)
    homes["stratum"] = [rule.stratum_of(status) for status in homes["status"]]
    homes["disabled"] |= homes["household"].isin(_ticked(ticked, homes, problems))
    inside = homes[homes["reason"] == ""]
    _check_codes(inside, "household", "village", problems)
    drawable = listed[_may_be_drawn(listed, rule)]
    return Frame(_towns(listed, drawable), _count_villages(drawable, inside),
                 inside[HOUSEHOLD_COLUMNS].reset_index(drop=True),
                 homes.loc[homes["reason"] != "", ["household", "village", "reason"]]
                 .reset_index(drop=True))


def _listed_villages(villages: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """The village list, sorted, each once, `has_task` a bool."""
    listed = villages.drop_duplicates("village").sort_values("village").reset_index(drop=True)
    listed["has_task"] = [_is_yes(value) for value in listed["has_task"]]
    _check_codes(listed, "village", "town", problems)
    return listed


def _is_yes(value: object) -> bool:
    """A yes, typed or already read; what cannot be read is no yes."""
    if isinstance(value, str):
        try:
            return yes(value)
        except NotANumber:
            return False
    return not pd.isna(value) and bool(value)


def _may_be_drawn(villages: pd.DataFrame, rule: SampleRule) -> pd.Series:
    return villages["has_task"] & villages["village_type"].isin(rule.village_types)


def _households(persons: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """One row per household: its facts, `disabled` and the remarks of its rows, joined."""
    rows = persons.copy()
    for name in ("head", "status", "note", "identity"):
        rows[name] = [narrow("" if pd.isna(value) else value) for value in rows[name]]
    rows["exit_year"] = pd.to_numeric(rows["exit_year"], errors="coerce").astype("Int64")
    rows["disabled"] = [is_disability_card(text) for text in rows["identity"]]
    _tell_contradictions(rows, problems)
    rows = rows.sort_values(["household", *_HOUSEHOLD_FACTS, "note"], kind="stable")
    grouped = rows.groupby("household", sort=True)
    homes = grouped[_HOUSEHOLD_FACTS].first()
    homes["disabled"] = grouped["disabled"].any()
    homes["note"] = grouped["note"].agg("\n".join)
    return homes.reset_index()


def _tell_contradictions(rows: pd.DataFrame, problems: Problems) -> None:
    """A household says the same of itself on each of its rows, or it is told."""
    kinds = rows.groupby("household")[_HOUSEHOLD_FACTS].nunique(dropna=False)
    for household in kinds.index[(kinds > 1).any(axis=1)]:
        first = rows[rows["household"] == household].iloc[0]
        problems.error(_place(first, "户编号"), "household_rows_differ",
                       f"同一户各行的村、户主、脱贫年度或状态不一致：{household}",
                       units=(str(household)[:VILLAGE_DIGITS],))


def _place(row: pd.Series, column: str) -> Place:
    """Where a row came from, as far as the frame says."""
    file, sheet, line = (row.get(name) for name in ("file", "sheet", "row"))
    return Place("" if pd.isna(file) else str(file), "" if pd.isna(sheet) else str(sheet),
                 0 if pd.isna(line) else int(line), column)


def _check_codes(rows: pd.DataFrame, inner: str, outer: str, problems: Problems) -> None:
    """A code begins with the code of what it lies in; a verifier relies on it."""
    labels = {"household": "户编号", "village": "村代码", "town": "镇代码"}
    strange = [not str(a).startswith(str(b)) for a, b in zip(rows[inner], rows[outer])]
    for _, row in rows[strange].iterrows():
        problems.error(_place(row, labels[inner]), "code_outside",
                       f"{labels[inner]}{row[inner]}不是以{labels[outer]}开头",
                       expected=f"{row[outer]}…", units=(str(row[outer]),))


def _reasons(homes: pd.DataFrame, rule: SampleRule) -> list[str]:
    """Why each household may not be drawn: "" when it may; the first reason that holds."""
    return [_reason(home, rule) for home in homes.itertuples(index=False)]


def _reason(home, rule: SampleRule) -> str:
    first, last = rule.exit_years
    if pd.isna(home.town):
        return "所在村不在镇村名单"
    if not home.has_task:
        return "所在单位没有核查任务"
    if home.village_type not in rule.village_types:
        return f"村类型是{home.village_type}"
    if home.status not in rule.statuses:
        return f"状态是{home.status or '空白'}"
    if rule.asks_exit_year(home.status):
        if pd.isna(home.exit_year):
            return "没有脱贫年度"
        if not first <= home.exit_year <= last:
            return f"脱贫年度{home.exit_year}不在{first}—{last}"
    return next((note for note in rule.away_notes if note in home.note), "")


def _ticked(ticked: pd.DataFrame | None, homes: pd.DataFrame, problems: Problems) -> set[str]:
    """The households ticked by hand as 残疾人户, each with its reason (A-19)."""
    if ticked is None or ticked.empty:
        return set()
    for _, row in ticked.iterrows():
        if pd.isna(row["reason"]) or not narrow(row["reason"]):
            problems.error(_place(row, "理由"), "tick_without_reason",
                           f"人工认定残疾人户要写理由：{row['household']}")
        if row["household"] not in set(homes["household"]):
            problems.error(_place(row, "户编号"), "unknown_unit",
                           f"人工认定的残疾人户不在花名册：{row['household']}")
    reasoned = ticked["reason"].fillna("").map(narrow) != ""
    return set(ticked.loc[reasoned, "household"])


def _count_villages(drawable: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """The villages that may be drawn, with their eligible and 残疾人 households."""
    counts = inside.groupby("village")["disabled"].agg(["size", "sum"])
    table = drawable[["town", "town_name", "village", "village_name"]].copy()
    table["eligible"] = table["village"].map(counts["size"]).fillna(0).astype(int)
    table["disabled"] = table["village"].map(counts["sum"]).fillna(0).astype(int)
    return table[VILLAGE_COLUMNS].reset_index(drop=True)


def _towns(listed: pd.DataFrame, drawable: pd.DataFrame) -> pd.DataFrame:
    """Every town with whether it takes part, and how many villages it can offer."""
    towns = listed.groupby("town", sort=True).agg(
        town_name=("town_name", "first"), has_task=("has_task", "any")).reset_index()
    counts = drawable["town"].value_counts()
    towns["villages"] = towns["town"].map(counts).fillna(0).astype(int)
    return towns


def frame_of(texts: FrameTexts, names: Mapping[str, str] | None = None,
             towns: pd.DataFrame | None = None) -> Frame:
    r"""The frame that three frozen texts say, for whoever redoes the draw without a roster.

    Town and village are the first 9 and 12 digits of a code.  `names` gives names to
    codes, `towns` (town, town_name, has_task) the towns without a village.  Raises Refused
    when a text is not canonical, or the flags are not the households'.

    >>> texts = FrameTexts("unit\n440923101205\n", "unit\n4409231012050001\n",
    ...                    "unit,flag\n4409231012050001,1\n")
    >>> frame_of(texts).villages[["town", "village", "eligible", "disabled"]].values.tolist()
    [['440923101', '440923101205', 1, 1]]
    """
    problems = Problems()
    villages = _units_of(texts.villages, "村抽样框", problems)
    households = _units_of(texts.households, "户抽样框", problems)
    marks, strata = _marks_of(texts.flags, households, problems)
    problems.raise_if_errors("抽样框文件不合规范")
    names = names or {}
    homes = pd.DataFrame({"household": households, "head": "", "disabled": marks,
                          "stratum": strata})
    homes["disabled"] = homes["disabled"].astype(bool)
    for name, digits in (("town", TOWN_DIGITS), ("village", VILLAGE_DIGITS)):
        homes[name] = [unit[:digits] for unit in households]
        homes[f"{name}_name"] = [names.get(unit[:digits], "") for unit in households]
    listed = pd.DataFrame({"village": villages, "town": [u[:TOWN_DIGITS] for u in villages],
                           "village_name": [names.get(u, "") for u in villages]})
    listed["town_name"] = [names.get(town, "") for town in listed["town"]]
    here = _towns(listed.assign(has_task=True), listed)
    more = _towns_without_villages(towns, set(here["town"]))
    return Frame(pd.concat([here, more], ignore_index=True).sort_values("town", ignore_index=True),
                 _count_villages(listed, homes), homes[HOUSEHOLD_COLUMNS])


def _towns_without_villages(towns: pd.DataFrame | None, known: set[str]) -> pd.DataFrame:
    columns = ["town", "town_name", "has_task"]
    table = pd.DataFrame(columns=columns) if towns is None else towns[columns]
    return table[~table["town"].isin(known)].assign(villages=0)


def _units_of(text: str, title: str, problems: Problems) -> list[str]:
    """The codes of a canonical text; what is not canonical is told."""
    units = text.split("\n")[1:-1]
    if unit_text(units) != text:
        problems.error(Place(title), "not_canonical",
                       "应为第一行unit，以下每行一个代码、从小到大、不重复，末尾换行")
    return units


def _marks_of(text: str, households: list[str],
              problems: Problems) -> tuple[list[bool], list[str]]:
    """The marks and the strata of the households, in their order."""
    rows = [(*line.split(",", 2), "", "")[:3] for line in text.split("\n")[1:-1]]
    marks = {unit: flag == "1" for unit, flag, _ in rows}
    strata = {unit: stratum for unit, _, stratum in rows}
    if flag_text(marks, strata) != text or sorted(marks) != households:
        problems.error(Place("户标记"), "not_canonical",
                       "应为第一行unit,flag，以下每户一行、值为1或0（分层的另有一列层名），"
                       "与户抽样框的户相同")
    return [marks.get(unit, False) for unit in households], [strata.get(u, "") for u in households]


def shortfalls(frame: Frame, rule: SampleRule) -> pd.DataFrame:
    """What the frame cannot give: FLAG_COLUMNS, one row per shortfall and its reading.

    A town with fewer villages than wanted (A-15) or none (A-16), a town without a task
    (A-38); a village with fewer households than wanted (A-17) or without a 残疾人户 (A-18).
    Nothing is filled up in silence: the flag travels with the draw to the reports.
    """
    rows = [row for town in frame.towns.itertuples() for row in _town_shortfalls(town, rule)]
    rows += [row for village in frame.villages.itertuples()
             for row in _village_shortfalls(village, rule)]
    rows += _stratum_shortfalls(frame, rule)
    return pd.DataFrame(rows, columns=FLAG_COLUMNS)


def _town_shortfalls(town, rule: SampleRule) -> list[tuple[str, str, str, str]]:
    name = town.town_name or town.town
    if not town.has_task:
        return [("town", town.town, rule.treated_by("A-38"), f"{name}没有核查任务，不抽村，只列出")]
    if town.villages == 0:
        return [("town", town.town, rule.treated_by("A-16"), f"{name}没有可抽的村，年终成效只按县核查分，须报批准")]
    if town.villages < rule.villages:
        return [("town", town.town, rule.treated_by("A-15"),
                 f"{name}可抽的村只有{town.villages}个（应抽{rule.villages}个），全部抽取")]
    return []


def _village_shortfalls(village, rule: SampleRule) -> list[tuple[str, str, str, str]]:
    name, wanted = village.village_name or village.village, rule.wanted(village.village)
    found = []
    if village.eligible < wanted:
        found.append(("village", village.village, rule.treated_by("A-17"),
                      f"{name}可抽的户只有{village.eligible}户（应抽{wanted}户），全部抽取"))
    if rule.disabled and village.disabled == 0:
        found.append(("village", village.village, rule.treated_by("A-18"),
                      f"{name}无残疾人户：可抽的{village.eligible}户中没有持残疾证的成员"))
    elif village.disabled < rule.disabled:
        found.append(("village", village.village, rule.treated_by("A-18"),
                      f"{name}可抽的残疾人户只有{village.disabled}户（至少应抽{rule.disabled}户）"))
    return found


def _stratum_shortfalls(frame: Frame, rule: SampleRule) -> list[tuple[str, str, str, str]]:
    """The villages that cannot give what a stratum asks; the others fill up (A-17)."""
    counts = frame.households.groupby(["village", "stratum"]).size().to_dict()
    return [("village", v.village, rule.treated_by("A-17"),
             f"{v.village_name or v.village}的{one.name}只有{counts.get((v.village, one.name), 0)}户"
             f"（至少应抽{one.households}户），有几户抽几户，由其他户补足")
            for v in frame.villages.itertuples() for one in rule.strata
            if counts.get((v.village, one.name), 0) < one.households]


def cross_check(frame: Frame, exits: pd.DataFrame) -> Problems:
    """This year's exits against the frame (A-46): each must be in it, or be told with why.

    `exits`: the roster exported «以备抽查» (R-13), column `household`, and file, sheet, row
    when they are known.  Where the plan says that only this year counts, `exit_years` of
    the rule is that one year, and the check still holds.
    """
    problems = Problems()
    inside = set(frame.households["household"])
    reasons = dict(zip(frame.outside["household"], frame.outside["reason"]))
    for _, row in exits.drop_duplicates("household").sort_values("household").iterrows():
        household = row["household"]
        if household in inside:
            continue
        reason = reasons.get(household)
        report = problems.warning if reason else problems.error
        report(_place(row, "户编号"), "exit_not_in_frame",
               f"当年脱贫户{household}不在抽样框（{reason or '花名册里没有这一户'}）",
               units=(household[:VILLAGE_DIGITS],))
    return problems


__all__ = [
    "FLAG_COLUMNS", "HOUSEHOLD_COLUMNS", "VILLAGE_COLUMNS", "Frame", "FrameTexts", "build_frame",
    "cross_check", "flag_text", "frame_of", "is_disability_card", "shortfalls",
    "unit_text",
]
