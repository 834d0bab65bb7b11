"""A second scorer, written from spec/scoring.md alone: an oracle for the tests of the first.

It shares no code with `hecha` and takes plain data (see `score_county`). The rules of the 50
default items are in default_items.py, their points and where 缺项 may stand in catalogue.csv.
"""

from fractions import Fraction as F
from math import ceil

from tests.oracle import default_items as rule
from tests.oracle.default_items import clamp, half_up, number, plain, yes

NA, MISSING, GRADES = "缺项", "missing", ["好", "较好", "一般", "较差"]
DERIVED = {**rule.PER_HOUSEHOLD, **rule.SHARE}


def score_item(item, points, rows, homes, poor_villages, benchmark, attendance):
    """The item before fraud: a Fraction, NA or MISSING. `rows`: measure -> its values."""
    once = {m: v for m, v in rows.items() if item != "D-E3-1" and (item, m) != ("T-A2-1", "value")}
    if rows and item in DERIVED or any(len(v) > 1 for v in once.values()):
        raise ValueError(f"{item}: two rows of one measure, or a row of a derived item")
    if item in rule.PER_HOUSEHOLD:
        due = "students_due" if item in ("T-B2-2", "V-B2-1") else "members"
        lost = sum(F(rule.PER_HOUSEHOLD[item](h)) for h in homes)
        return points - min(points, lost) if any(h[due] for h in homes) else NA
    if item in rule.SHARE:
        top, bottom = (sum(F(rule.SHARE[item](h)[i]) for h in homes) for i in (0, 1))
        return points * clamp(top / bottom, 0, 1) if bottom else NA
    if item == "D-E3-1":
        stories = {}
        for level, titles in rows.items():
            for title in map(plain, titles):
                stories[title] = max(stories.get(title, F(0)), rule.STORY[level])
        return min(points, F(sum(stories.values())))
    if item.startswith("D-E1-"):
        late = yes(rows["late"][0]) if "late" in rows else None
        if late is None or not late and "value" not in rows:
            return MISSING
        return F(0 if late else 6 if (n := number(rows["value"][0])) <= 0 else 4 if n <= 2 else 2)
    if item == "T-A2-1":
        values = [clamp(points * number(v) / benchmark, 0, points) for v in rows.get("value", [])]
        if len(values) != len(poor_villages):
            return MISSING
        return sum(values) / len(values) if values else NA
    wanted = [*rule.CASES.get(item, []), *rule.LISTS.get(item, []), *rule.BESIDE.get(item, []),
              *sum(rule.RATIOS.get(item, []), ())]
    if item not in ("V-B3-1", "D-E4-3") and any(m not in rows for m in wanted):
        return MISSING
    if item in rule.CASES:
        counts = {m: number(rows.get(m, ["0"])[0]) + attendance.count(m) for m in rule.CASES[item]}
        if any(n < 0 or n.denominator > 1 for n in counts.values()):
            raise ValueError(f"{item}: cases are counted whole")
        wrong = sum(yes(h["wrongly_identified"]) for h in homes)
        if item == "T-C1-3" and number(rows["严重违规"][0]) >= 1 or (  # the two gates
                item == "T-D1-1" and homes and F(wrong, len(homes)) >= F(5, 100)):
            return F(0)
        return points - min(points, sum(n * rule.CASES[item][m] for m, n in counts.items()))
    if item in rule.LISTS:
        marks = [yes(rows[m][0]) for m in wanted if m == "met" or plain(rows[m][0]) != "不适用"]
        return points * F(sum(marks), len(marks)) if marks else NA
    if item in rule.RATIOS:
        pairs = [(number(rows[a][0]), number(rows[b][0])) for a, b in rule.RATIOS[item]]
        shares = [clamp(a / b, 0, 1) for a, b in pairs if b]
        return points * sum(shares) / len(pairs) if len(shares) == len(pairs) else NA
    x = number(rows[wanted[0]][0])
    if item in ("T-B2-1", "T-B2-4"):  # a started tenth of a percent costs a point
        return points - min(points, F(max(0, ceil((100 - x) / F(1, 10)))))
    if item in rule.TIERS:
        return next((F(p) for bound, p in rule.TIERS[item] if x >= bound), F(0))
    return points * clamp((x - 60) / (95 - 60), 0, 1)  # T-C1-1: the straight line from 60 to 95


def score_sheet(sheet, unit, entries, rows, homes, cases, adjustments, drawn, poor, benchmark):
    """Its items (Fraction, NA or MISSING), and its score without any external result, or None."""
    items, mine = {}, [a for a in adjustments if (a[1], a[2]) == (sheet, unit)]
    faked = [a[3] for a in mine if a[0] == "fraud"]
    for item, points, na_when in ((e["code"], F(e["points"]), e["na_when"]) for e in entries):
        observed = rows.get((sheet, unit, item), {})
        whose = {"V-B3-1": 3, "D-E4-3": 2}.get(item, 0)  # the village served, the member's own town
        present = [c[1] for c in cases if c[0] == "实地核查" and c[1] != "正常" and c[whose] == unit]
        if "na" not in observed:
            score = score_item(item, points, observed, homes, poor, benchmark, present)
        elif na_when and item not in DERIVED and not present and (
                list(observed) == ["na"] and list(map(yes, observed["na"])) == [1]):
            score = NA
        else:
            raise ValueError(f"{sheet} {unit} {item}: cannot be 缺项")
        if score is NA and not na_when and (drawn or item not in DERIVED):
            score = MISSING
        if score is NA and item in faked:
            raise ValueError(f"{sheet} {unit} {item}: fraud on a 缺项 item")
        items[item] = F(0) if item in faked and score is not MISSING else score
    full = sum(F(e["points"]) for e in entries if items[e["code"]] is not NA)
    if not full or MISSING in items.values():
        return items, None
    off = min(20, 5 * len(faked)) + sum(F(str(a[4])) for a in mine if a[0] == "penalty")
    return items, clamp(100 * sum(s for s in items.values() if s is not NA) / full - off, 0, 100)


def score_county(catalogue, observations, households, cases, external, adjustments, drawn, villages,
                 *, income_standard=10620, village_standard=14160, bands=(90, 80, 60),
                 weights=(F(60, 100), F(40, 100), F(30, 100), F(70, 100))):
    """`drawn`: town -> its sampled villages; `villages`: town -> the codes of its 相对贫困村;
    `weights`: of 县核查分, 抽查村平均分, 日常工作 and 年终成效."""
    town_of, homes, rows, outside = {v: t for t in drawn for v in drawn[t]}, {}, {}, {}
    for h in households:
        income = sum(sign * F(str(h[part])) for part, sign in rule.INCOME.items()) / h["members"]
        sound = h["housing"] in "AB" and all(h[c] != "不达标" for c in rule.CONDITIONS)
        facts = {**h, "rich": income >= F(str(income_standard)), "sound": sound,
                 "able": h["able_workers"] > 0}
        for unit in (h["village"], town_of.get(h["village"])):  # not drawn: counts nowhere
            homes.setdefault(unit, []).append(facts)
    for sheet, unit, item, measure, value, _ in observations:
        rows.setdefault((sheet, unit, item), {}).setdefault(plain(measure), []).append(value)
    if len({e[:2] for e in external}) < len(external):
        raise ValueError("two results of one level for one unit")
    for _, unit, score, full in sorted(external, key=lambda e: e[0] == "省"):  # 省 last: it wins
        outside["town" if unit in drawn else "village", unit] = 100 * F(str(score)) / F(str(full))
    items, sheets, towns = {}, {}, {}
    for sheet, units in (("town", drawn), ("village", town_of), ("daily", drawn)):
        for unit in units:
            found, score = score_sheet(
                sheet, unit, [e for e in catalogue if e["sheet"] == sheet], rows, homes.get(unit, []),
                cases, adjustments, drawn.get(unit, True), villages.get(unit, []), F(village_standard))
            items |= {(sheet, unit, item): s for item, s in found.items()}
            if (sheet, unit) in outside or score is not None:
                sheets[sheet, unit] = clamp(outside.get((sheet, unit), score), 0, 100)
    for town, sampled in drawn.items():
        county, daily = sheets.get(("town", town)), sheets.get(("daily", town))
        scores = [sheets.get(("village", v)) for v in sampled]
        mean = sum(scores) / len(scores) if scores and None not in scores else None
        year = whole = published = grade = None
        if county is not None and None not in scores:
            year = county * weights[0] + mean * weights[1] if scores else county
        if None not in (year, daily):
            whole = daily * weights[2] + year * weights[3]
            published = half_up(whole)
            serious = rows.get(("town", town, "T-C1-3"), {}).get("严重违规", ["0"])[0]
            caps = [a[5] for a in adjustments if a[0] == "grade_cap" and a[2] == town]
            caps += ["较好"] if number(serious) >= 1 else []
            grade = GRADES[max([sum(published < b for b in bands), *map(GRADES.index, caps)])]
        towns[town] = {"county_check": county, "village_mean": mean, "year_end": year, "daily": daily,
                       "comprehensive": whole, "published": published, "grade": grade, "rank": None}
    if all(t["published"] is not None for t in towns.values()):
        for t in towns.values():
            t["rank"] = 1 + sum(o["published"] > t["published"] for o in towns.values())
    return {"items": {k: s if isinstance(s, F) else None for k, s in items.items()},
            "missing": {k for k in items if items[k] is MISSING}, "sheets": sheets, "towns": towns}
