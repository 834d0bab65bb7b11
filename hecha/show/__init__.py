"""Show (展示): the verbs a notebook calls, one a cell, each giving something to look at.

`open_results` opens a county's results; `county_…`, `town_…` and `plan_…` tell them, each
answering one question of its reader; `open_draw` and `draw_…` tell the draw.  They read the results' frames through
hecha.report.views and dress them with hecha.report's tables and charts; they compute
nothing.  Whatever is missing is said where the figure would have stood.
"""

from hecha.show.certainty import (
    certainty_bottom_line,
    certainty_chart,
    certainty_detection,
    certainty_doubts,
    certainty_grades,
    certainty_pairs,
    certainty_ranks,
    certainty_rates,
    certainty_refused,
    certainty_severity,
    certainty_severity_chain,
    certainty_severity_gain,
    certainty_severity_pairs,
    certainty_town_rates,
    certainty_without_one,
    county_certainty,
    open_certainty,
)
from hecha.show.county import (
    consequences,
    county_bottom_line,
    county_ranking,
    distance_to_next_grade,
    doubts,
    heat_map,
    income_turns,
    largest_losses,
    missing_and_replaced,
    problems_by_type,
    ranking_chart,
    readings_in_force,
    self_vs_verified,
)
from hecha.show.draw import (
    draw_bottom_line,
    draw_chances,
    draw_doubts,
    draw_faults,
    draw_how_to_verify,
    draw_shortfalls,
    draw_towns,
    draw_villages,
    open_draw,
)
from hecha.show.explore import (
    explore_board,
    explore_bottom_line,
    explore_doubts,
    explore_save,
    open_explore,
)
from hecha.show.intake import (
    intake_accounts,
    intake_bottom_line,
    intake_errors,
    intake_files,
    intake_lateness,
    intake_missing,
    intake_patterns,
    intake_warnings,
    open_returned,
)
from hecha.show.opening import open_plan, open_results
from hecha.show.plan import (
    plan_decisions,
    plan_items,
    plan_overview,
    plan_readings,
    plan_unset,
    plan_values,
)
from hecha.show.province import (
    open_province,
    province_bottom_line,
    province_counties,
    province_doubts,
    province_grades,
    province_lost,
    province_outliers,
    province_plans,
    province_tiles,
)
from hecha.show.rectification import (
    open_rectification,
    rectification_bottom_line,
    rectification_by_indicator,
    rectification_chart,
    rectification_doubts,
    rectification_left,
    rectification_overdue,
    rectification_progress,
    rectification_repeated,
)
from hecha.show.sensitivity import (
    open_sensitivity,
    sensitivity_bottom_line,
    sensitivity_changes,
    sensitivity_influence,
    sensitivity_keeps,
    sensitivity_ranges,
    sensitivity_ranks,
)
from hecha.show.town import (
    town_bottom_line,
    town_deductions,
    town_doubts,
    town_missing,
    town_not_applicable,
    town_problems,
    town_rectification_list,
    town_self_vs_verified,
    town_sheets,
    town_waterfall,
    town_work,
    villages_compared,
)
from hecha.show.truth import (
    truth_bottom_line,
    truth_doubts,
    truth_drawn_units,
    truth_items,
    truth_power,
    truth_self_assessed,
)
from hecha.show.truth_households import (
    truth_alike,
    truth_back_check,
    truth_crowding,
    truth_heaping,
    truth_incomes,
    truth_incomes_chart,
    truth_rates,
    truth_to_visit,
)
from hecha.show.truth_seen import open_truth
from hecha.show.yearly import (
    open_years,
    years_bottom_line,
    years_chart,
    years_doubts,
    years_indicators,
    years_items,
    years_not_divided,
    years_plans,
    years_repeated,
    years_towns,
)

__all__ = [
    "certainty_bottom_line", "certainty_chart", "certainty_detection", "certainty_doubts",
    "certainty_grades", "certainty_pairs", "certainty_ranks", "certainty_rates", "certainty_refused",
    "certainty_severity", "certainty_severity_chain", "certainty_severity_gain",
    "certainty_severity_pairs", "certainty_town_rates", "certainty_without_one",
    "open_certainty",
    "consequences", "county_bottom_line", "county_certainty", "county_ranking", "distance_to_next_grade", "doubts",
    "draw_bottom_line", "draw_chances", "draw_doubts", "draw_faults", "draw_how_to_verify",
    "draw_shortfalls", "draw_towns", "draw_villages",
    "explore_board", "explore_bottom_line", "explore_doubts", "explore_save", "heat_map", "income_turns",
    "intake_accounts", "intake_bottom_line", "intake_errors", "intake_files", "intake_lateness",
    "intake_missing", "intake_patterns", "intake_warnings", "largest_losses", "missing_and_replaced", "open_draw", "open_explore", "open_sensitivity", "open_plan", "open_results", "open_returned",
    "plan_decisions", "plan_items", "plan_overview", "plan_readings",
    "plan_unset", "plan_values", "problems_by_type", "ranking_chart", "readings_in_force",
    "self_vs_verified", "sensitivity_bottom_line", "sensitivity_changes", "sensitivity_influence",
    "sensitivity_keeps", "sensitivity_ranges", "sensitivity_ranks", "town_bottom_line", "town_deductions", "town_doubts", "town_missing",
    "town_not_applicable", "town_problems", "town_rectification_list", "town_self_vs_verified", "town_sheets", "town_waterfall",
    "town_work", "villages_compared",
    "open_truth", "truth_alike", "truth_back_check", "truth_bottom_line", "truth_crowding",
    "truth_doubts", "truth_drawn_units", "truth_heaping", "truth_incomes", "truth_incomes_chart",
    "truth_items", "truth_power", "truth_rates", "truth_self_assessed", "truth_to_visit",
    "open_rectification", "rectification_bottom_line", "rectification_by_indicator",
    "rectification_chart", "rectification_doubts", "rectification_left", "rectification_overdue",
    "rectification_progress", "rectification_repeated",
    "open_years", "years_bottom_line", "years_chart", "years_doubts", "years_indicators",
    "years_items", "years_not_divided", "years_plans", "years_repeated", "years_towns",
    "open_province", "province_bottom_line", "province_counties", "province_doubts",
    "province_grades", "province_lost", "province_outliers", "province_plans", "province_tiles",
]
