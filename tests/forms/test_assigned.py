"""编好的组印在核查表上：组号、派出镇、组长、组员、分对，每户由哪一对走访。"""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from hecha.field.teams import households_to_pairs
from hecha.field.tickets import seed_of
from hecha.fieldwork.roster import open_field
from hecha.forms import form_workbook, visits
from hecha.forms.assigned import assigned_to
from hecha.problems import Refused
from tests.fieldwork.counties import PLAN, done, staffed
from tests.forms.conftest import TOWNS

TOWN = TOWNS[0]


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    case = staffed(tmp_path_factory.mktemp("编组") / "云溪县")
    done("teams", case, "--dice", "2024001", "--source", "双色球第2024001期")
    return open_field(case, PLAN)


@pytest.fixture(scope="module")
def assigned(field, before):
    return assigned_to(field, before.case)


@pytest.fixture(scope="module")
def visit(before, assigned):
    return visits(before.plan, before.case, [TOWN], assigned)[0]


def test_每户由编组签号定的那一对走访(before, assigned, visit):
    dealt = households_to_pairs(before.case.drawn_households, assigned.members, seed_of("2024001"))
    own = {h.number: h.pair for h in visit.households if h.choice == "正选"}
    assert own == {row.household: row.pair for row in dealt.itertuples() if row.household in own}
    assert set(own.values()) == set(visit.pairs) == {1, 2, 3}
    assert {h.pair for h in visit.households if h.choice == "备选"} == {0}


def test_说明页和组员页填好了组(before, visit):
    book = load_workbook(io.BytesIO(form_workbook(before.plan, visit).data), data_only=True)
    cover = [cell.value for row in book["说明"].iter_rows() for cell in row if cell.value]
    after = dict(zip(cover, cover[1:]))
    leader = next(m["person"] for m in visit.team if m["role"] == "组长")
    assert (after["组长"], after["派出镇"]) == (leader, visit.sent_by)
    assert after["第2对"] == "、".join(visit.pairs[2]) and len(visit.pairs[2]) == 2
    names = [row[2].value for row in book["组员"].iter_rows(min_row=2)]
    assert names == [m["person"] for m in visit.team] and len(names) == 7
    assert {row[5].value for row in book["组员"].iter_rows(min_row=2)} == {TOWN}


def test_编组表一样能填_没有分对的不写分对(field, before, assigned, tmp_path):
    table = field.folder / ".hecha" / "teams" / "核查组编组.xlsx"
    again = assigned_to(field, before.case, str(table))
    assert again.members.values.tolist() == assigned.members.values.tolist()
    plain = tmp_path / "编组.csv"
    plain.write_text("组号,人员编号,姓名,单位镇代码,组内职务,核查镇代码\n"
                     f"3,X001,某甲,,组长,{TOWN}\n3,Z001,某乙,449901106,组员,{TOWN}\n", "utf-8")
    listed = visits(before.plan, before.case, [TOWN],
                    assigned_to(field, before.case, str(plain)))[0]
    assert [m["person"] for m in listed.team] == ["某甲", "某乙"] and listed.pairs == {}
    assert {h.pair for h in listed.households} == {0}


def test_读不出来的编组表_不发表(field, before, tmp_path):
    bad = tmp_path / "编组.csv"
    bad.write_text("姓名\n某甲\n", "utf-8")
    with pytest.raises(Refused, match="读不出来"):
        assigned_to(field, before.case, str(bad))
