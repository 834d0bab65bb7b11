"""How long the analysis of weights takes, against a plain Python loop, and how fast explore follows.

The plain loop does the same replications the way a script would: for every set of weights
and every town it goes over the items, adds up the sheets, weighs them, publishes, grades and
ranks.  Its ranks are compared with ours before any time is printed.  Run:

    python -m benchmarks.sensitivity
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable

from hecha.analysis.choices import all_outcomes, factors_of
from hecha.analysis.replications import Drawn, drawn_weights, replicate_trial
from hecha.batch.opening import open_case
from hecha.scoring.trials import Trial, Trials
from hecha.show import explore

CASE, PLAN, TIMES, LOOPED = "data/yunxi", "params/xian2023", 10_000, 500


def best(action: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """The best of a few runs: seconds by the clock, seconds of processor."""
    found = []
    for _ in range(times):
        wall, work = time.perf_counter(), time.process_time()
        action()
        found.append((time.perf_counter() - wall, time.process_time() - work))
    return min(w for w, _ in found), min(w for _, w in found)


def plain_loop(trial: Trial, drawn: Drawn, times: int) -> list[list[int]]:
    """The ranks of every town in each replication, by loops over floats."""
    plan, units = trial.plan, trial.ground.units
    sheets = {key: [(i.item.code, float(i.score), float(i.item.points)) for i in one.items
                    if i.state == "scored"] for key, one in trial.sheets.items()}
    off = {key: sum(float(r.points) for r in one.rows if r.part.type in ("fraud", "penalty")
                    and not r.item) for key, one in trial.sheets.items()}
    given = {key: float(one.score) for key, one in trial.sheets.items()
             if one.external is not None and one.external.score is not None}
    ranks = []
    for n in range(times):
        by = {(s, i.code): drawn.points[s][n, at] / 1000 for s in drawn.points
              for at, b in enumerate(drawn.bundles[s]) for i in b.items}
        scores = {}
        for key, items in sheets.items():
            earned = of = 0.0
            for code, got, points in items:
                weight = by.get((key[0], code), 1.0)
                earned += weight * got
                of += weight * points
            scores[key] = given.get(key, min(100.0, max(0.0, 100 * earned / of - off[key])))
        published = []
        for town in units.towns:
            figures: dict[str, float] = {}
            for figure in plan.figures:
                if figure.sheet:
                    figures[figure.id] = scores[(figure.sheet, town)]
                elif figure.mean_of:
                    own = units.drawn[town]
                    if own:
                        figures[figure.id] = sum(scores[(figure.mean_of, v)] for v in own) / len(own)
                else:
                    there = [(p, drawn.parts[figure.id][n, at]) for at, p in enumerate(figure.parts)
                             if p in figures]
                    figures[figure.id] = (sum(figures[p] * w for p, w in there)
                                          / sum(w for _, w in there))
            published.append(int(figures[plan.grades.of] * 100 + 0.5 + 1e-7))
        ranks.append([1 + sum(other > own for other in published) for own in published])
    return ranks


def main() -> None:
    """Print seconds, megabytes and ratios."""
    opened = open_case(CASE, PLAN)
    trials = Trials.of(opened.plan, opened.case)
    official = trials.under()
    drawn = drawn_weights(opened.plan, TIMES)
    ours = replicate_trial(official, drawn)
    assert plain_loop(official, drawn, LOOPED) == ours.ranks[:LOOPED].tolist()
    drawing = best(lambda: drawn_weights(opened.plan, TIMES))
    scoring = best(lambda: replicate_trial(official, drawn))
    wall, work = best(lambda: plain_loop(official, drawn, LOOPED), 2)
    scale = TIMES / LOOPED
    print(f"{TIMES} replications, {len(ours.towns)} towns")
    print(f"  draw the weights           {drawing[0]:7.3f} s   processor {drawing[1]:7.3f} s")
    print(f"  score, grade, rank         {scoring[0]:7.3f} s   processor {scoring[1]:7.3f} s")
    print(f"  plain Python loop          {wall * scale:7.3f} s   processor {work * scale:7.3f} s"
          f"   (from {LOOPED})")
    print(f"  ratio                      {wall * scale / scoring[0]:7.0f}     processor"
          f" {work * scale / scoring[1]:7.0f}")
    _enumeration(opened)
    _explore()


def _enumeration(opened: object) -> None:
    factors = factors_of(opened.plan)  # type: ignore[attr-defined]

    def enumerate_all() -> object:
        return all_outcomes(Trials.of(opened.plan, opened.case), factors)  # type: ignore

    wall, work = best(enumerate_all, 2)
    tracemalloc.start()
    made = enumerate_all()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"every combination of {len(factors)} choices ({made.many}), exactly, the county scored"  # type: ignore
          f" besides\n                             {wall:7.3f} s   processor {work:7.3f} s"
          f"   {peak:.0f} MB at most")


def _explore() -> None:
    desk = explore.open_explore(CASE, PLAN)
    board = explore.Board(desk, explore.widgets())
    slider, points = board.weights["year_end"]["county_check"], board.points["town"]["A1"]
    reading, band = board.readings["B-03"], board.bands[0]
    moves = {"a weight": lambda n: setattr(slider, "value", 40 + n),
             "a band": lambda n: setattr(band, "value", 85 + n),
             "a reading": lambda n: setattr(reading, "value", n % 2),
             "a heading's points": lambda n: setattr(points, "value", 10 + n),
             "the town": lambda n: setattr(board.town, "index", n),
             "the indicator": lambda n: setattr(board.indicator, "index", n)}
    print("explore: ranking, waterfall, drill-down and what it takes, after a movement of")
    for name, move in moves.items():
        steps = iter(range(1, 6))
        wall, work = best(lambda move=move, steps=steps: move(next(steps)))
        print(f"  {name:26} {wall:7.3f} s   processor {work:7.3f} s")


if __name__ == "__main__":
    sys.exit(main())
