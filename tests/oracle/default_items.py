"""The default items as the oracle reads them from spec/scoring.md and catalogue.csv, as data."""

import unicodedata
from decimal import Decimal
from fractions import Fraction as F
from math import floor

WORDS = dict(zip("是√Y1否×N0", [1] * 4 + [0] * 4))


def plain(text):
    """As typed, with full-width characters made ordinary."""
    return unicodedata.normalize("NFKC", str(text)).strip()


def number(text):
    """A typed number; 99.9 and 99.9% are the same percentage."""
    return F(Decimal(plain(text).removesuffix("%")))


def yes(text):
    """1 or 0 for 是/否, √/×, Y/N, 1/0."""
    return WORDS[plain(text)]


def clamp(x, low, high):
    """x, but not below low nor above high."""
    return max(F(low), min(F(high), x))


def half_up(x, places=2):
    """Rounded to so many decimals, a half upwards."""
    return F(floor(x * 10**places + F(1, 2)), 10**places)


HALF, LATE = F(1, 2), {"迟到": F(1, 2), "早退": F(1, 2)}
ONE_RATIO = [("numerator", "denominator")]
CASES = {  # item: what one case of each option takes off
    "T-B1-1": {"少开次数": 1}, "T-B1-3": {"缺项数": 1}, "T-C1-3": {"一般问题": 2},
    "T-D1-1": {"complaints": 1}, "V-B3-1": {"缺勤": 1, **LATE}, "D-E4-1": {"缺席": 2, **LATE},
    "D-E4-2": {"漏报": 2, "迟报": HALF, "退回": HALF}, "D-E4-3": {"缺勤": 2, **LATE}}
LISTS = {item: subs.split() for items, subs in {  # sub-items, all of one weight; met: a list of one
    "T-A1-1 T-B2-5 T-D1-2 T-D1-3": "met", "T-B2-3": "低保 养老保险",
    "T-B3-1": "支部共建 党员联户 党建经费", "T-C1-2": "计划公示 结果公示 资金台账",
    "V-B1-1": "责任分工 走访记录 会议记录 帮扶计划 联系卡", "V-D1-2": "申请 评议 公示 签字 归档",
    "V-C1-1": "项目公示 资金公示 台账 验收 管护"}.items() for item in items.split()}
RATIOS = {"T-A1-2": ONE_RATIO, "T-B1-2": ONE_RATIO, "D-E2-2": ONE_RATIO, "D-E2-3": ONE_RATIO,
          "D-E2-4": [*ONE_RATIO, ("numerator2", "denominator2")]}
TIERS = {"T-B3-3": [(100, 3), (80, 2), (60, 1)], "D-E2-1": [(100, 6), (80, 4), (60, 2)]}
BESIDE = {"T-C1-3": ["严重违规"], "T-B2-1": ["rate"], "T-B2-4": ["rate"], "T-B3-3": ["value"],
          "T-C1-1": ["value"], "D-E2-1": ["value"]}  # measures that must be there besides
STORY = {"中央": F(5), "省": F(3), "市": F(1), "县": HALF}
CONDITIONS = ("food", "clothing", "education", "medical", "water")
INCOME = {"工资性收入": 1, "经营收入": 1, "经营费用": -1, "固定资产折旧": -1, "生产税": -1,
          "生产补贴": 1, "财产性收入": 1, "财产性支出": -1, "转移性收入": 1, "转移性支出": -1}  # F2
PER_HOUSEHOLD = {  # item: points one visited household takes off
    "T-A1-3": lambda h: not (h["rich"] and h["sound"]),
    "T-B2-2": lambda h: HALF * max(0, h["students_due"] - h["students_served"]),
    "T-B2-6": lambda h: HALF * (h["water"] == "不达标"),
    "V-B2-1": lambda h: h["students_served"] < h["students_due"],
    "V-B2-2": lambda h: any(h[f"{x}_served"] < h[f"{x}_due"] for x in ("dibao", "pension")),
    "V-B2-3": lambda h: h["insured"] < h["members"],
    "V-B2-4": lambda h: F(5, 2) * (h["housing"] in "CD"),
    "V-B2-5": lambda h: h["water"] == "不达标",
    "V-B3-3": lambda h: HALF * h["handbook_errors"],
    "V-D1-1": lambda h: h["inconsistencies"]}
SHARE = {  # item: what a household adds to the numerator and to the denominator
    "T-B3-2": lambda h: (h["able"] and yes(h["industry_measure"]), h["able"]),
    "T-B3-4": lambda h: (h["employed_workers"], h["willing_workers"]),
    "V-A1-1": lambda h: (h["rich"], 1),
    "V-A1-2": lambda h: (h["sound"], 1),
    "V-B3-2": lambda h: (h["able"] and yes(h["effective_measure"]), h["able"])}
