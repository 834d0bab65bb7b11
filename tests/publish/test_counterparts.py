"""帮扶单位的参考分：所帮扶的抽查村得分的平均；方案不要就没有，没有抽到就没有。"""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest

from hecha.plan import load_plan
from hecha.scoring.results import counterparts_frame
from hecha.scoring.units import Units

PLAN = load_plan("params/xian2023")
VILLAGES = ("449901101201", "449901101202", "449901102201", "449901102202")
UNITS = Units({}, {}, {v: f"{n}村" for v, n in zip(VILLAGES, "甲乙丙丁", strict=True)}, {}, {})
SHEETS = [SimpleNamespace(sheet="village", unit=v, score=s) for v, s in
          zip(VILLAGES, (Fraction(90), Fraction(85), None), strict=False)]
HELPED = pd.DataFrame([("县直帮扶单位", "县财政局", VILLAGES[0]), ("县直帮扶单位", "县财政局", VILLAGES[1]),
                       ("县直帮扶单位", "县财政局", VILLAGES[3]), ("县直帮扶单位", "县教育局", VILLAGES[2]),
                       ("对口帮扶单位", "三江区", VILLAGES[3])], columns=["kind", "name", "village"])


def asked(reference):
    block = PLAN.counterparts.model_copy(update={"reference": reference})
    return PLAN.model_copy(update={"counterparts": block})


def means(reference=True):
    frame = counterparts_frame(asked(reference), UNITS, HELPED, SHEETS)
    return dict(zip(frame["name"], frame["mean"], strict=True))


def test_两个村九十分和八十五分_平均八十七点五():
    assert means()["县财政局"] == (Fraction(90) + Fraction(85)) / 2


@pytest.mark.parametrize("name", ["县教育局", "三江区"])
def test_村没有得分_或没有抽到_就没有参考分(name):
    assert means()[name] is None


def test_方案没有要_就一个也不列():
    assert means(reference=False) == {}
