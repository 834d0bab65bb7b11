"""The workbook filled by a team and calculated by LibreOffice: its figures are hecha's."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from openpyxl import load_workbook

from hecha.case import load_case
from hecha.forms import form_workbook, visits
from hecha.plan import Plan
from hecha.plan.rules import DeductPerCase, GroupCap, Judgement, KOfN, RankStep
from hecha.points import publish
from hecha.scoring import score_case
from tests.forms.conftest import TOWNS
from tests.forms.filling import filled, put, recalculated, value_in

pytestmark = [pytest.mark.office, pytest.mark.slow]
TOWN = TOWNS[0]
BLANK, PARTLY, UNVISITED, RARE = "blank.xlsx", "partly.xlsx", "unvisited.xlsx", "rare.xlsx"


def file_of(town):
    return f"核查记录_{town}.xlsx"


def edited(data, change):
    book, out = load_workbook(io.BytesIO(data)), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def rare_plan(before):
    """The plan with kinds and modifiers that the default plan does not use."""
    plan = before.plan
    per_case = plan.item["town", "T-B1-1"].rule
    shared = GroupCap(group="B1", points=1)
    rules = {
        "T-B1-1": per_case.model_copy(update={"cap": shared}),
        "T-B1-3": DeductPerCase(kind="deduct_per_case", cap=shared,
                                options=[{"name": "缺项数", "amount": 2}]),
        "T-B2-4": plan.item["town", "T-B2-4"].rule.model_copy(update={"partial": "completed"}),
        "T-B3-1": KOfN(kind="k_of_n", k=3, options=("支部共建", "党员联户", "党建经费"),
                       else_deduct=1),
        "T-C1-3": plan.item["town", "T-C1-3"].rule.model_copy(update={"floor": "none"}),
        "T-B3-3": RankStep(kind="rank_step", step=1),
        "V-C1-1": Judgement(kind="judgement"),
    }
    items = tuple(i.model_copy(update={"rule": rules[i.code]}) if i.code in rules else i
                  for i in plan.items)
    return Plan(**{name: getattr(plan, name) for name in Plan.model_fields} | {"items": items})


@pytest.fixture(scope="module")
def rare_case(seen_alone):
    """The county with judged scores in place of the ticks of V-C1-1."""
    rows = seen_alone.observations
    judged = rows[(rows.item == "V-C1-1") & (rows.measure == "台账")].copy()
    judged["measure"], judged["value"], judged["note"] = "score", "7.5", "台账不全"
    kept = rows[(rows.item != "V-C1-1") | (rows.measure == "na")]
    return replace(seen_alone, observations=pd.concat([kept, judged], ignore_index=True))


@pytest.fixture(scope="module")
def rare_form(before, rare_plan):
    return form_workbook(rare_plan, visits(rare_plan, before.case, [TOWN])[0])


@pytest.fixture(scope="module")
def calculated(office_file, before, books, rare_plan, rare_case, rare_form, tmp_path_factory):
    """Every workbook of this file, calculated in one call of LibreOffice."""
    full = filled(books[TOWN], before.plan, before.case, TOWN)
    line = next(line for line in books[TOWN].typed["town"].cells if line[1].item.code == "T-B1-1")
    home = next(h for h in books[TOWN].homes if h.household.label == "正选2")
    files = {
        **{file_of(town): filled(form, before.plan, before.case, town)
           for town, form in books.items()},
        BLANK: edited(books[TOWN].data, lambda book: None),
        PARTLY: edited(full, lambda book: put(book, line[2], None)),
        UNVISITED: edited(full, lambda book: [put(book, c, None) for c in home.inputs.values()]),
        RARE: filled(rare_form, rare_plan, rare_case, TOWN),
    }
    return recalculated(office_file, files, tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def scored(before, seen_alone):
    return score_case(before.plan, seen_alone)


def values(path):
    book = load_workbook(path, data_only=True)

    return lambda cell: value_in(book, cell)


def said(row):
    return {"na": "缺项", "missing": "未填"}.get(row.state) or float(row.score)


def differences(form, value, results):
    items = results.items.set_index(["sheet", "unit", "item"])
    found = {key: (said(items.loc[key]), value(cell)) for key, cell in form.scores.cells.items()}
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]
            and not (isinstance(pair[1], (int, float)) and isinstance(pair[0], float)
                     and abs(pair[0] - pair[1]) < 1e-9)}


def test_what_stands_in_the_blank_form_is_what_its_formulas_give(books, calculated):
    written = load_workbook(io.BytesIO(books[TOWN].data), data_only=True)
    formulas = load_workbook(io.BytesIO(books[TOWN].data))
    counted = load_workbook(calculated[BLANK], data_only=True)
    cells = [(sheet.title, cell.coordinate) for sheet in formulas for row in sheet.iter_rows()
             for cell in row if cell.data_type == "f"]
    differing = [(s, c) for s, c in cells if (written[s][c].value or "") != (counted[s][c].value or "")]
    assert len(cells) > 5000 and differing == []


@pytest.mark.parametrize("town", TOWNS)
def test_every_item_has_hechas_score(books, calculated, scored, town):
    assert differences(books[town], values(calculated[file_of(town)]), scored) == {}


@pytest.mark.parametrize("town", TOWNS)
def test_sheets_and_figures_are_hechas_to_the_cent(books, calculated, scored, town):
    value, form = values(calculated[file_of(town)]), books[town]
    sheets = scored.sheets.set_index(["sheet", "unit"]).score
    row = scored.towns.set_index("town").loc[town]
    for key, total in form.scores.totals.items():
        assert f"{value(total.published):.2f}" == str(publish(sheets[key])), key
    for name, total in form.scores.figures.items():
        assert f"{value(total.published):.2f}" == str(publish(row[name])), name
    assert set(form.scores.figures) == {"county_check", "village_mean", "year_end"}


def test_the_sentence_of_the_rescaling_is_hechas(books, calculated, scored):
    value = values(calculated[file_of("449901111")])
    form = books["449901111"].scores
    row = form.totals["town", "449901111"].exact.rsplit("$", 1)[1]
    sentence = scored.sheets.set_index(["sheet", "unit"]).sentence["town", "449901111"]
    assert value(f"'得分'!$J${row}") == f"{sentence}；缺项超过20分"


def test_one_blank_line_keeps_the_score_from_showing(books, calculated):
    value, scores = values(calculated[PARTLY]), books[TOWN].scores
    assert value(scores.cells["town", TOWN, "T-B1-1"]) == "未填"
    assert value(scores.figures["county_check"].published) == "未填完"
    assert value(scores.figures["year_end"].published) == "未填完"
    assert isinstance(value(scores.figures["village_mean"].published), (int, float))


def test_one_household_not_visited_keeps_its_village_from_showing(books, calculated):
    value, scores = values(calculated[UNVISITED]), books[TOWN].scores
    village = next(h.household.village for h in books[TOWN].homes if h.household.label == "正选2")
    assert value(scores.totals["village", village].published) == "未填完"
    assert value(scores.figures["village_mean"].published) == "未填完"
    assert value(scores.cells["town", TOWN, "T-A1-3"]) == "未填"


def test_kinds_that_the_default_plan_does_not_use(rare_form, rare_plan, rare_case, calculated):
    value = values(calculated[RARE])
    found = differences(rare_form, value, score_case(rare_plan, rare_case))
    assert found.pop(("town", TOWN, "T-B3-3"))[1] == "以系统计分为准"
    assert found == {}
    assert value(rare_form.scores.figures["county_check"].published) == "以系统计分为准"


def test_a_filled_form_goes_in_and_scores_as_before(before, calculated, tmp_path):
    folder = tmp_path / "county"
    shutil.copytree("data/yunxi", folder)
    shutil.copy(calculated[file_of(TOWN)], folder / "returns" / file_of(TOWN))
    case = load_case(folder, before.plan.forms)
    assert list(case.problems) == []
    own = before.case.households
    for frame, again in ((own, case.households), (before.case.teams, case.teams)):
        said = [f.drop(columns=["file", "sheet", "row"]).sort_values(f.columns[0])
                .reset_index(drop=True) for f in (frame, again)]
        assert said[0].equals(said[1])
    assert len(case.observations) == len(before.case.observations)
    one, two = (score_case(before.plan, c) for c in (before.case, case))
    assert one.items.equals(two.items)
    assert one.towns.equals(two.towns)
    assert dt.date.fromisoformat(case.teams.visit_date.iloc[0])
