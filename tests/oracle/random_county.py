"""Small random counties for Hypothesis: valid data only, as `second_scorer.score_county` takes it.

A sheet or a household is told by a *tape* of bytes: each choice takes the next byte, and a tape of
zeros tells a flawless sheet. So drawing is fast, and a failing example shrinks towards a county
without a fault, one household and one village to a town.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.oracle import default_items as rule
from tests.oracle.read_county import read_catalogue

CATALOGUE = read_catalogue()
DERIVED = {**rule.PER_HOUSEHOLD, **rule.SHARE}
WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
INCOME_STANDARD, VILLAGE_STANDARD = 10620, 14160
LONGEST = {"town": 224, "village": 80, "household": 96, "county": 40}  # more than is ever read


@dataclass
class County:
    """The inputs of `score_county`: `score_county(**vars(county))`."""

    catalogue: list = field(default_factory=lambda: CATALOGUE, repr=False)
    observations: list = field(default_factory=list)
    households: list = field(default_factory=list)
    cases: list = field(default_factory=list)
    external: list = field(default_factory=list)
    adjustments: list = field(default_factory=list)
    drawn: dict = field(default_factory=dict)
    villages: dict = field(default_factory=dict)


class Tape:
    """Choices read from bytes; past the end, the first choice.

    The first byte says how often the first choice is kept whatever the byte: so that counties of
    every grade are drawn, and not only bad ones.
    """

    def __init__(self, data=b""):
        self.left = iter(data)
        self.calm = (0, 128, 200, 235)[self.byte() % 4]

    def byte(self):
        return next(self.left, 0)

    def pick(self, *options):
        byte = self.byte()
        return options[0 if byte < self.calm else byte % len(options)]

    def rarely(self, one_in=8):
        byte = self.byte()
        return byte >= self.calm and byte % one_in == one_in - 1

    def below(self, limit):
        return (self.byte() * 256 + self.byte()) % limit

    def typed(self, text, percent=False):
        text += self.pick("", "%") if percent else ""
        return self.pick(text, text, text.translate(WIDE))

    def yes_no(self, answer, seldom=False):
        """An answer, now and then the other one, in one of its spellings."""
        if (self.rarely(16) if seldom else self.rarely(4)):
            answer = not answer
        return self.pick("是", "√", "Y", "1", "１", "Ｙ") if answer else self.pick("否", "×", "N", "0", "０")


def observe(tape, sheet, unit, poor=()):
    """(rows of one sheet, its 缺项 items) for everything that is observed on it."""
    rows, absent = [], set()
    for entry in (e for e in CATALOGUE if e["sheet"] == sheet and e["code"] not in DERIVED):
        item = entry["code"]
        if not poor if item == "T-A2-1" else entry["na_when"] and tape.rarely(10):
            rows.append((sheet, unit, item, "na", tape.pick("是", "√", "1"), entry["na_when"]))
            absent.add(item)
            continue
        facts = item_facts(tape, item, poor)
        values = [value for _, value, _ in facts]
        if item in rule.LISTS and set(values) == {"不适用"} or (
                item in ("D-E2-2", "D-E2-3") and values[1] == "0"):
            absent.add(item)
        rows += [(sheet, unit, item, *fact) for fact in facts]
    return rows, absent


def item_facts(tape, item, poor):
    """(measure, value, note) for one observed item."""
    if item == "T-A2-1":
        near = ("14160", "14159.99", "14160.01", "13000", "20000", "0")
        return [("value", tape.typed(tape.pick(*near, str(9000 + tape.below(9000)))), f"{v} 某村")
                for v in poor]
    if item == "D-E3-1":
        first = tape.pick(3, 0, 1, 2, 4, 5, 6)
        titles = ("乡村振兴1", "特色产业2", "电商３", "乡村振兴１", " 特色产业2", "电商3 ")
        return [(tape.pick("中央", "省", "市", "县"), titles[(i + tape.pick(0, 0, 1, 3)) % 6], f"剪报{i}")
                for i in range(first)]
    if item.startswith("D-E1-"):
        late = tape.yes_no(False)
        value = tape.typed(tape.pick("0", "1", "2", "3", "7"))
        return [("late", late, "")] + [("value", value, "")] * (
            not (rule.yes(late) and tape.pick(True, False)))
    if item in rule.LISTS:
        facts = []
        for sub in rule.LISTS[item]:
            blank = sub != "met" and tape.rarely(5)
            facts.append((sub, "不适用" if blank else tape.yes_no(True), ""))
        if item != "V-C1-1" and all(value == "不适用" for _, value, _ in facts):
            facts[0] = (facts[0][0], tape.yes_no(True), "")
        return facts
    if item in rule.RATIOS:
        facts = []
        for top, bottom in rule.RATIOS[item]:
            whole = tape.pick(40, 7, 3, 1, 0 if item in ("D-E2-2", "D-E2-3") else 9, 1 + tape.below(999))
            part = whole and tape.pick(whole, whole, whole + 1, tape.below(whole + 1))
            facts += [(top, tape.typed(str(part)), ""), (bottom, tape.typed(str(whole)) if whole else "0", "")]
        return facts
    if item in rule.CASES:
        if item in ("V-B3-1", "D-E4-3"):  # no row means none
            options = [m for m in rule.CASES[item] if tape.rarely(3)]
        else:
            options = list(rule.CASES[item])
        facts = [(m, tape.typed(tape.pick("0", "0", "0", "1", "2", "3", "11")), "") for m in options]
        if item == "T-C1-3":
            serious = {8: "1", 9: "2"}.get(tape.below(10), "0")  # on good sheets too: it caps the grade
            facts.append(("严重违规", tape.typed(serious), ""))
        return facts
    hundredths = tape.below(10001)
    any_percent = f"{hundredths // 100}.{hundredths % 100:02d}"
    if item in ("T-B2-1", "T-B2-4"):
        rate = tape.pick("100", "99.95", "99.9", "99.90", "99.89", "99.81", "99.80", "99.7", any_percent)
        return [("rate", tape.typed(rate, percent=True), "")]
    edges = ("95", "60", "94.99", "60.01", "59.99", "77.5") if item == "T-C1-1" else (
        "100", "99.99", "80", "79.99", "60", "59.99", "120")
    value = "100" if tape.pick(True, False) else tape.pick(*edges, any_percent)
    return [("value", tape.typed(value, percent=True), "")]


def yuan(cents):
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def visit(tape, household, village):
    """One visited household; the income is near the standard, or exactly on it."""
    members = tape.pick(1, 2, 3, 4, 5, 6)
    off = tape.pick(0, 0, 1, -1, 100, -100, 500000, -500000, 2000000, 2000000 + tape.below(65536))
    cents = {part: tape.pick(0, 0, 1000 * tape.below(500), tape.below(65536)) for part in rule.INCOME}
    cents["工资性收入"] = 0
    gap = INCOME_STANDARD * 100 * members + off - sum(rule.INCOME[p] * c for p, c in cents.items())
    cents["工资性收入" if gap >= 0 else "经营费用"] += abs(gap)
    amounts = {part: yuan(c) for part, c in cents.items()}
    amounts["其中养老金"] = tape.pick("0", amounts["转移性收入"])
    amounts["自有住房折算净租金"] = tape.pick("0", "800.55")
    amounts["不计入收入"] = tape.pick("0", "3000")
    amounts["核实可支配收入合计"] = yuan(INCOME_STANDARD * 100 * members + off)

    def condition():
        return tape.pick("达标", "达标", "达标", "达标", "达标", "达标", "不适用", "不达标")

    def served(due):
        return max(0, due - tape.pick(0, 0, 0, 1, 2)) + (1 if tape.rarely(12) else 0)

    facts = {name: condition() for name in rule.CONDITIONS}
    facts["housing"] = tape.pick("A", "B", "A", "B", "A", "B", "C", "D")
    for name in ("students", "dibao", "pension"):
        due = min(members, tape.pick(1, 0, 2, 3))
        facts |= {f"{name}_due": due, f"{name}_served": served(due)}
    facts["insured"] = max(0, members - tape.pick(0, 0, 0, 1, 2))
    facts["able_workers"] = able = min(members, tape.pick(1, 0, 2, 3))
    facts["willing_workers"] = willing = max(0, able - tape.pick(0, 0, 1, 3))
    facts["employed_workers"] = served(willing)
    facts["industry_measure"], facts["effective_measure"] = tape.yes_no(True), tape.yes_no(True)
    facts["handbook_errors"] = tape.pick(0, 0, 0, 1, 2, 5, 11)
    facts["inconsistencies"] = tape.pick(0, 0, 0, 1, 2, 5, 11)
    facts["wrongly_identified"] = tape.yes_no(False, seldom=True)
    facts["self_income"] = tape.pick("10620.00", "15000", "9999.99")
    return {"household": household, "village": village, "members": members, **amounts, **facts}


def results_of_others(tape, unit):
    """省 and 市 results of one unit: mostly none."""
    rows = []
    for level in tape.pick(*[()] * 7, ("省",), ("市",), ("市", "省")):
        full = tape.pick("100", "120", "150")
        score = tape.below(int(full) * 100 + 1) if tape.pick(False, True) else int(full) * 90
        rows.append((level, unit, f"{score // 100}.{score % 100:02d}", full))
    return rows


def adjusted(tape, sheet, unit, absent):
    """Fraud on distinct items that are not 缺项, and penalties, on one sheet."""
    items = [e["code"] for e in CATALOGUE if e["sheet"] == sheet and e["code"] not in absent]
    faked = {tape.pick(*items) for _ in range(tape.pick(*[0] * 9, 1, 2, 6))}
    rows = [("fraud", sheet, unit, item, "", "") for item in sorted(faked)]
    penalties = tape.pick(*[()] * 9, ("2.5",), ("0.25", "10"), ("70",))
    return rows + [("penalty", sheet, unit, "", points, "") for points in penalties]


def nobody(item, homes):
    """Whether the households make a derived item 缺项."""
    if item in rule.SHARE:
        able = [{**h, "able": h["able_workers"] > 0, "rich": 0, "sound": 0} for h in homes]
        return not any(rule.SHARE[item](h)[1] for h in able)
    return item in ("T-B2-2", "V-B2-1") and not any(h["students_due"] for h in homes)


def build(tapes, shape):
    """The county that `tapes` tell. `shape`: for each town, for each village, its households."""
    county, absent = County(), {}
    for t, towns_villages in enumerate(shape):
        town = f"449901{100 + t}"
        tape, homes_of_town = Tape(tapes("town")), []
        county.drawn[town] = [f"{town}{200 + v}" for v in range(len(towns_villages))]
        county.villages[town] = [f"{town}{300 + v}" for v in range(tape.pick(1, 0, 2, 3))]
        for village, size in zip(county.drawn[town], towns_villages):
            homes = [visit(Tape(tapes("household")), f"{village}{n:04d}", village)
                     for n in range(1, size + 1)]
            tell(county, Tape(tapes("village")), "village", village, homes, absent)
            homes_of_town += homes
        county.households += homes_of_town
        tell(county, tape, "town", town, homes_of_town, absent, county.villages[town])
        tell(county, tape, "daily", town, [], absent)
        if cap := tape.pick(*[""] * 9, "较好", "一般", "较差"):
            county.adjustments.append(("grade_cap", "", town, "", "", cap))
        if tape.rarely():
            county.adjustments.append(("outstanding_problem", "", town, "", "", ""))
    tape = Tape(tapes("county"))
    county.external += results_of_others(tape, "449901100400")  # a village nobody drew
    towns = ["", *(t for t in county.drawn if "D-E4-3" not in absent["daily", t])]
    posts = ["", "449901100400", *(v for t in county.drawn for v in county.drawn[t]
                                   if "V-B3-1" not in absent["village", v])]
    for _ in range(tape.pick(0, 1, 2, 4, 6)):
        county.cases.append((
            tape.pick("实地核查", "实地核查", "实地核查", "核查培训"),
            tape.pick("正常", "缺勤", "迟到", "早退", "缺勤"), tape.pick(*towns), tape.pick(*posts)))
    return county


def tell(county, tape, sheet, unit, homes, absent, poor=()):
    """Add one sheet: its observations, its 省/市 results, its fraud and penalties."""
    rows, missing = observe(tape, sheet, unit, poor)
    absent[sheet, unit] = missing | {
        item for item in DERIVED if item[0].lower() == sheet[0] and nobody(item, homes)}
    county.observations += rows
    if sheet != "daily":
        county.external += results_of_others(tape, unit)
    county.adjustments += adjusted(tape, sheet, unit, absent[sheet, unit])


def flawless(shape=((1,),)):
    """A county without a fault: every sheet 100. The hand-worked cases change it."""
    return build(lambda kind: b"", shape)


@st.composite
def counties(draw):
    """1–3 towns of 1–2 drawn villages of 1–3 households."""
    shape = draw(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=2), min_size=1, max_size=3))
    return build(lambda kind: draw(st.binary(min_size=LONGEST[kind], max_size=LONGEST[kind])), shape)
