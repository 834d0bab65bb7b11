"""评分标准 → a kind of scoring: the sentences that tables use again and again, and no others.

A sentence is tried against the patterns below in their order; the first that fits says
the kind.  What no pattern fits is left to judgement and said; what a pattern does not
cover (a veto in half a sentence, a cap above the item's points) is said as well.  Nothing
is guessed in silence: every doubt becomes a reading of the draft.

    酌情、视情况                          judgement          酌情给分
    按排位打分,每位次按0.25分递减           rank_step          名次递减
    每减少0.1个百分点扣1分                 deduct_per_step    台阶扣分
    ≤15日得满分,>30日为0分                linear_between     两限之间按比例
    按比例得分、以比例值乘以8得分            proportional       比例
    市级采用一条加1分,省级加3分             additive_capped    累加封顶
    每缺少一项扣2分、发现一处扣0.5分         deduct_per_case    每件扣分
    ≥90%得2分,≥80%得1分,其余不得分         tiered             分档
    有制度得0.5分;有台账得0.5分            checklist          逐项核对
    至少2项得满分(甲、乙、丙),否则不得分     k_of_n             至少几项
    完成的得满分,否则不得分                binary             达标得满分
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from hecha.points import narrow, plain

_N = r"(\d+(?:\.\d+)?)"
_CLAUSE = r"[^,;。]"


@dataclass
class Recognised:
    """What a sentence was taken for: the rule as plain values, and what remains unclear."""

    rule: dict[str, object]
    doubts: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    na_when: str = ""
    known: bool = True


def recognise(sentence: str, points: Decimal, name: str) -> Recognised:
    """The kind of scoring a criterion speaks of; judgement where it is not understood.

    >>> recognise("每减少0.1个百分点扣1分，扣完为止", Decimal(4), "义务教育").rule
    {'kind': 'deduct_per_step', 'target': 100, 'step': Decimal('0.1'), 'amount': 1}
    >>> recognise("会议开得好", Decimal(2), "会议").doubts
    ['评分标准没有认出来，暂作酌情给分']
    """
    text = narrow(sentence).replace(" ", "")
    plainly = _WITHOUT_NA.sub("", text)
    for pattern in _PATTERNS:
        found = pattern(plainly, points, name)
        if found is not None:
            break
    else:
        said = "评分标准没有认出来，暂作酌情给分" if text else "没有写评分标准，暂作酌情给分"
        found = Recognised({"kind": "judgement"}, [said], known=False)
    na = _NA.search(text)
    found.na_when = na[1].rstrip("的") if na else ""
    found.doubts += _left_over(plainly, points, found)
    return found


_NA = re.compile(r"((?:没有|无)[^,;。]{1,15}?)(?:的)?,?(?:按|作|为)缺项")
_WITHOUT_NA = re.compile(r"[,;。]?[^,;。]*(?:没有|无)[^,;。]{1,15}?(?:的)?,?(?:按|作|为)缺项[^,;。]*")


def number_of(text: str) -> int | Decimal:
    """A number as it is written in a plan: 2, or 0.5 exactly."""
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value


def _judgement(text: str, points: Decimal, name: str) -> Recognised | None:
    given = re.search("酌情|视情况?", text) and not re.search(rf"扣{_N}分", text)
    return Recognised({"kind": "judgement"}) if given else None


def _rank(text: str, points: Decimal, name: str) -> Recognised | None:
    found = re.search(rf"(?:每位次|每[低降]一?(?:名|个?位次))(?:按)?(?:扣|减)?{_N}分", text)
    if not found or not re.search("排位|排名|名次|位次", text):
        return None
    doubts = [] if re.search("最高|由高|从高", text) else ["没有写数值大的还是小的排在前，暂作大的在前"]
    return Recognised({"kind": "rank_step", "step": number_of(found[1])}, doubts, {"value": name})


def _step(text: str, points: Decimal, name: str) -> Recognised | None:
    found = re.search(rf"每(?:减少|降低|下降|低|少){_N}个?百分点,?扣{_N}分", text)
    if not found:
        return None
    target = re.search(rf"{_N}%", text[:found.start()])
    rule = {"kind": "deduct_per_step", "target": number_of(target[1] if target else "100"),
            "step": number_of(found[1]), "amount": number_of(found[2])}
    doubts = [] if target else ["没有写以多少为准，暂以100%为准"]
    return Recognised(rule, doubts, {"rate": f"{name}（%）"})


def _linear(text: str, points: Decimal, name: str) -> Recognised | None:
    text = _signs(text)
    best = re.search(rf"([≤≥]){_N}(%|[日天月个工作]*){_CLAUSE}*?满分", text)
    worst = re.search(rf"([<>≤≥]){_N}(?:%|[日天月个工作]*)的?(?:为|得)?(?:0分|不得分)", text)
    if not (best and worst) or best[2] == worst[2]:
        return None
    share = best[3] == "%"
    doubts = [] if "比例" in text else ["没有写两个界限之间怎样计，暂按比例"]
    rule = {"kind": "linear_between", "measured": "percent" if share else "number",
            "full_at": number_of(best[2]), "zero_at": number_of(worst[2])}
    return Recognised(rule, doubts, {"value": f"{name}（{best[3] or '数值'}）"})


def _proportional(text: str, points: Decimal, name: str) -> Recognised | None:
    if not re.search("按(?:完成)?比例(?:得|计|折算)|比例值乘以|×" + _N + "分", text):
        return None
    stated = re.search(rf"(?:乘以|×){_N}", text)
    doubts = []
    if stated and Decimal(stated[1]) != points:
        doubts.append(f"评分标准乘以{stated[1]}，分值是{plain(points)}分，请核对")
    ratio = re.search(r"([一-龥]{2,12})[÷/]([一-龥]{2,12}?)(?:×|$|,|;|。|按)", text)
    if not ratio:
        doubts.append("没有写分子、分母各是什么，请补记录项的名称")
    labels = ({"numerator": ratio[1], "denominator": ratio[2]} if ratio
              else {"numerator": f"{name}实际数", "denominator": f"{name}应达数"})
    return Recognised({"kind": "proportional"}, doubts, labels)


_LEVEL = re.compile(rf"(?:^|[,;。])(?:被|获|在)?([一-龥]{{1,10}}?)(?:采用|刊发|推广|表彰|肯定)?的?,?"
                    rf"(?:每|一)?[条篇次项个件]?加?{_N}分")


def _additive(text: str, points: Decimal, name: str) -> Recognised | None:
    if not re.search(rf"加{_N}分", text) or "扣" in text:
        return None
    found = [(n, a) for n, a in _LEVEL.findall(text)
             if not re.search("最高|最多|累计|封顶|不超过|满分", n)]
    options = [{"name": n, "amount": number_of(a)} for n, a in dict(found).items()]
    if not options:
        return None
    return Recognised({"kind": "additive_capped", "options": options})


def _per_case(text: str, points: Decimal, name: str) -> Recognised | None:
    found = list(re.finditer(rf"({_CLAUSE}*?(?:每|一|1){_CLAUSE}*?)扣{_N}分", text))
    found = [f for f in found if not f[1].startswith("扣完") and "最多" not in f[1]]
    if not found:
        return None
    options = [{"name": _case_name(f[1], name), "amount": number_of(f[2])} for f in found]
    rule: dict[str, object] = {"kind": "deduct_per_case", "options": options}
    doubts: list[str] = []
    if "不保底" in text:
        rule["floor"] = "none"
    cap = re.search(rf"(?:扣完|最多扣|扣满){_N}分", text)
    if cap and Decimal(cap[1]) < points:
        rule["cap"] = number_of(cap[1])
    elif cap and Decimal(cap[1]) > points:
        doubts.append(f"“扣完{cap[1]}分”超过本项{plain(points)}分，可能是几项共用的上限，请核对")
    return Recognised(rule, doubts)


_WORDS = {"大于等于": "≥", "不低于": "≥", "不少于": "≥", "达到": "≥", "小于等于": "≤", "不超过": "≤",
          "大于": ">", "高于": ">", "超过": ">", "小于": "<", "低于": "<"}


def _signs(text: str) -> str:
    """Bounds in words as signs: 小于3% is <3%."""
    for word, sign in _WORDS.items():
        text = re.sub(rf"{word}(?={_N})", sign, text)
    return text


_UNIT = r"(?:公里|[户人处件次个项篇条天日页场份名宗起座亩])"


def _case_name(words: str, name: str) -> str:
    """The fault in a few words: «每发现1户农户没有干部联系的» is 农户没有干部联系户数."""
    unit = re.search(rf"(?:每|一|1)(?:发现|出现|有|缺少?|少|增加)?(?:一|1)?个?({_UNIT})", words)
    bare = re.sub(rf"(?:每|发现|出现|有|增加|一|1)+(?:一|1)?个?{_UNIT}?", "", words, count=1)
    bare = re.sub(rf"(?:每|一|1){_UNIT}", "", bare).strip("的,、 ")
    fault = bare or ("缺少" if "缺" in words else name)
    counted = f"{unit[1] if unit else '次'}数"
    return fault if fault.endswith(counted) else f"{fault}{counted}"


_TIER = re.compile(rf"(?:(≥|>|≤|<)?{_N}(%?)(?:\(含\))?(及?以上|及?以下|以内)?)的?,?(?:得|计)?{_N}分")


def _tiered(text: str, points: Decimal, name: str) -> Recognised | None:
    text = _signs(text)
    found = [t for t in _TIER.finditer(text) if (t[1] or t[3] or t[4]) and "得" in t[0]]
    if len(found) > 1 and Decimal(found[-1][5]) == 0:
        del found[-1]  # ≥3%得0分 after <3%得20分 is what is otherwise
        text += ",其余不得分"
    if not found:
        return None
    tiers: list[dict[str, object]] = [{_bound(t): number_of(t[2]), "points": number_of(t[5])}
                                      for t in found]
    rest = re.search(rf"(?:其余|其他|否则|以下的?|以上的?|不足的?)(?:得|计)?{_N}分", text[found[-1].end():])
    doubts = []
    if rest is None and not re.search("不得分", text[found[-1].end():]):
        doubts.append("没有写其余情况得几分，暂作0分")
    tiers.append({"points": number_of(rest[1]) if rest else 0})
    rule = {"kind": "tiered", "measured": "percent" if found[0][3] else "number", "tiers": tiers}
    best = max(Decimal(str(t["points"])) for t in tiers)
    if best > points:
        return Recognised({"kind": "judgement"},
                          [f"有一档得{plain(best)}分，高于本项{plain(points)}分，暂作酌情给分"],
                          known=False)
    if best < points:
        doubts.append(f"最好的一档得{plain(best)}分，本项{plain(points)}分，请核对")
    return Recognised(rule, doubts, {"value": f"{name}{'（%）' if found[0][3] else ''}"})


def _bound(tier: re.Match) -> str:
    sign = {"≥": "at_least", ">": "above", "≤": "at_most", "<": "below"}.get(tier[1] or "")
    return sign or ("at_least" if "上" in (tier[4] or "上") else "at_most")


def _checklist(text: str, points: Decimal, name: str) -> Recognised | None:
    found = re.findall(rf"([^,;。:]{{2,15}}?)的?,?(?:得|计){_N}分", text)
    if len(found) < 2 or "否则" in text or sum(Decimal(p) for _, p in found) != points:
        return None
    options = [{"name": n, "points": number_of(p)} for n, p in found]
    if len({n for n, _ in found}) < len(found) or any(Decimal(p) == 0 for _, p in found):
        return None
    return Recognised({"kind": "checklist", "options": options})


def _k_of_n(text: str, points: Decimal, name: str) -> Recognised | None:
    least = re.search(r"至少(?:有|完成|做到)?(\d+|[一二两三四五])(?:种|项|个|类)", text)
    listed = re.search(r"\(([^()]*、[^()]*)\)", text)
    if not (least and listed):
        return None
    options = [o.strip() for o in re.split("、", listed[1])]
    k = dict(zip("一二两三四五", (1, 2, 2, 3, 4, 5), strict=True)).get(least[1]) or int(least[1])
    if not 1 <= k <= len(options) or len(set(options)) < len(options):
        return None
    return Recognised({"kind": "k_of_n", "k": k, "options": options})


def _binary(text: str, points: Decimal, name: str) -> Recognised | None:
    full = re.search(rf"^([^,;。]{{1,25}}?)的?,?(?:得|计)(?:满分|{_N}分)", text)
    none = re.search("不得分|(?:得|计)0分", text)
    if re.search(rf"每[项个种次]{_N}分", text):
        return None
    if full and full[2] and Decimal(full[2]) != points:
        return None
    if not (full or none) or not (none or re.fullmatch(r".*(?:满分|分)。?", text)):
        return None
    met = full[1] if full else "达标"
    doubts = [] if none else ["没有写达不到的得几分，暂作不得分"]
    if not full and not re.search("不达标|未达标|未完成|不符合|未达到", text):
        return None
    return Recognised({"kind": "binary"}, doubts, {"met": met})


def _left_over(text: str, points: Decimal, found: Recognised) -> list[str]:
    """What a recognised sentence says besides, which the rule does not hold."""
    if not found.known:
        return []
    kind, said = found.rule["kind"], []
    if kind in ("deduct_per_case", "deduct_per_step", "proportional") and "不得分" in text:
        said.append("另有“不得分”的条件，没有写进计分方式，可用一票（gate）")
    if kind != "deduct_per_case" and kind != "deduct_per_step" and re.search(rf"扣{_N}分", text):
        said.append("另有扣分的条件，没有写进计分方式")
    if "参照" in text or "另行" in text:
        said.append("评分标准引了别的文件，请补")
    return said


_PATTERNS: tuple[Callable[[str, Decimal, str], Recognised | None], ...] = (
    _judgement, _rank, _step, _linear, _proportional, _additive, _per_case, _tiered, _k_of_n,
    _checklist, _binary)


__all__ = ["Recognised", "number_of", "recognise"]
