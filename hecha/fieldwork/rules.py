"""Rules: what the plan decides, in the words that the stages of the field take.

Every figure is the plan's; a plan that asks for what the draw cannot do is refused, and
never done approximately.
"""

from __future__ import annotations

from collections.abc import Mapping

from hecha.field.rules import SampleRule, StratumRule, TeamRule
from hecha.plan import Plan
from hecha.problems import Place, Problems

_TABLE = {"A-15", "A-16", "A-17", "A-18"}  # the readings that the draw names by itself


def sample_rule(plan: Plan, more: Mapping[str, int] | None = None) -> SampleRule:
    """The plan's rule for the draw; `more` names villages of which more households are wanted.

    Refused when the plan has no block `sample`, or asks for something the draw cannot do.

    >>> from hecha.plan import load_plan
    >>> sample_rule(load_plan("params/xian2023")).exit_years
    (2018, 2023)
    """
    problems, sample, place = Problems(), plan.sample, Place("方案", "", 0, "sample")
    if sample is None:
        problems.error(place, "no_sample", "方案没有抽样的规定，不能抽签")
    else:
        if sample.strata and sample.disabled_per_village:
            problems.error(place.at("strata"), "not_supported",
                           "分层抽的，不能另定残疾人户的户数（disabled_per_village 应为0，"
                           "或把残疾人户列为一层）",
                           found="、".join(one.name for one in sample.strata))
        if sample.disabled_per_village > sample.households_per_village:
            problems.error(place.at("disabled_per_village"), "too_many",
                           f"每村只抽{sample.households_per_village}户，抽不出这么多残疾人户",
                           found=str(sample.disabled_per_village))
        problems.extend(_too_few(sample.households_per_village, more or {}))
    problems.raise_if_errors("抽样规则有误")
    this_year = sample.frame == "this_year_only"
    return SampleRule(
        villages=sample.villages_per_town, households=sample.households_per_village,
        disabled=sample.disabled_per_village,
        reserves=sample.reserves, village_types=tuple(sample.village_types),
        statuses=tuple(sample.statuses),
        exit_years=(plan.plan.year if this_year else sample.exit_from,
                    plan.plan.year if this_year else sample.exit_to),
        away_notes=tuple(sample.excluded_notes), household_rule=sample.household_rule,
        avoid_last_year=sample.avoid_last_year,
        more_households=tuple(sorted((more or {}).items())),
        strata=tuple(StratumRule(one.name, tuple(one.statuses), one.households_per_village,
                                 one.any_exit_year)
                     for one in sample.strata),
        reading="" if _TABLE & {r.id for r in plan.readings} else "、".join(sample.reading))


def _too_few(least: int, more: Mapping[str, int]) -> list:
    """A village may be given more households than the plan's least, never fewer (A-43)."""
    problems = Problems()
    for village, wanted in more.items():
        if wanted < least:
            problems.error(Place(village), "too_few", f"每村至少{least}户，不能少抽",
                           found=str(wanted))
    return list(problems)


def team_rule(plan: Plan) -> TeamRule:
    """The plan's rule for the teams; Refused when the plan has no block `teams`.

    >>> from hecha.plan import load_plan
    >>> rule = team_rule(load_plan("params/xian2023"))
    >>> rule.mode, rule.size, rule.mutual, rule.served
    ('block', 7, 'forbid', 'warn')
    """
    problems, teams = Problems(), plan.teams
    if teams is None:
        problems.error(Place("方案", "", 0, "teams"), "no_teams", "方案没有编组的规定，不能编组")
    problems.raise_if_errors("编组规则有误")
    training = plan.day("training_date")
    return TeamRule(
        mode=teams.mode, from_town=teams.from_town, size=teams.size,
        most_from_town=teams.most_from_town, mutual="forbid" if teams.no_mutual else "allow",
        served=teams.served, training_date=training.isoformat() if training else "")


__all__ = ["sample_rule", "team_rule"]
