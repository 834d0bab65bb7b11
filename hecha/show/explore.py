"""Explore (探试): sliders and switches that drive the analysis, the official result beside it.

The widgets hold no rule and no arithmetic: a movement makes a state, hecha.analysis.exploring
scores it exactly, hecha.show.explored tells it.  A slider's figure is read as the decimal
that it shows.  A state can be saved as a plan of its own, for `hecha run --plan`.

ipywidgets belongs to the `lab` extra and is imported only when a board is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from hecha.analysis import choices, exploring
from hecha.analysis.exploring import State
from hecha.batch.opening import Opened, open_case, parameters_of
from hecha.folders import safe_name, write_whole
from hecha.plan import Plan, load_plan
from hecha.plan.changing import NotAccepted
from hecha.points import plain
from hecha.problems import HechaError
from hecha.report import views
from hecha.report.fragments import Fragment, heading, listing, notice, stack, tiles
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.rescaling import GRID, Bundle, NoSuchPoints, bundles
from hecha.scoring.trials import Trial, Trials
from hecha.show.explored import (
    explored_households,
    explored_items,
    explored_ranking,
    explored_summary,
    explored_takes,
    explored_waterfall,
)

PERCENT_STEP, POINT_STEP, MOST_TIMES = 1 / 2, 1 / 2, 2
"""how far one step of a slider goes, and up to how many times its points a heading may have"""


class NoWidgets(HechaError):
    """The widgets' library is not installed."""


class NotSaved(HechaError):
    """A state that cannot be saved under that name."""


@dataclass
class Desk:
    """A county on the analyst's desk: its trials, the official result, the state now tried."""

    opened: Opened
    trials: Trials
    official: Trial
    factors: tuple[choices.Factor, ...]
    state: State = field(default_factory=State)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.trials.plan

    @property
    def readings(self) -> dict[str, choices.Factor]:
        """The readings that have another answer to try, by their ids."""
        return {f.id: f for f in self.factors if f.kind == "读法"}

    def trial(self) -> Trial:
        """The county under the state; every fault of the state at once as NotAccepted."""
        found = exploring.faults_of(self.trials, self.state)
        if found:
            raise NotAccepted("；".join(found))
        return exploring.try_out(self.trials, self.state)


def open_explore(case: str, plan: str) -> Desk:
    """A county to be explored: opened, scored, and every answer to a reading scored once."""
    opened = open_case(case, plan)
    trials = Trials.of(opened.plan, opened.case)
    desk = Desk(opened, trials, trials.under(), tuple(choices.factors_of(opened.plan)))
    for factor in desk.readings.values():
        for option in factor.options[1:]:
            trials.under(option.values)
    return desk


def explore_bottom_line(desk: Desk) -> Fragment:
    """The official result in a few figures, and what can be tried."""
    plan, of = desk.plan, views.graded(desk.plan)
    told = [(b.name, f"{sum(t.grade == b.name for t in desk.official.towns)}个", "")
            for b in plan.grades.bands]
    unfinished = [t.name for t in desk.official.towns if t.state == UNFINISHED]
    readings = len(desk.readings)
    level = views.unit_name(plan)
    lines = [f"正式结果：{len(desk.official.towns)}个{level}按{of.name}定等次。下面的试算不改动它。",
             f"可以试：{sum(f.kind == '权重' for f in desk.factors)}处权重、"
             f"{len(plan.grades.bands) - 1}条等次线、{readings}条读法、各指标的分值。",
             f"另有{len(plan.readings) - readings}条读法没有可试的答案，或只关系抽样、编组、日期，"
             "对已有的记录不起作用。"]
    if unfinished:
        lines.insert(0, f"未完成：{'、'.join(unfinished)}，没有得分，不排名次。")
    return stack(heading("换一种权重、换一种读法，名次会怎样变", plan.plan.title), tiles(told),
                 listing("结论", lines, "lead"))


def explore_board(desk: Desk) -> Any:
    """The board: controls on one side, ranking, waterfall, drill-down and what it takes on the other.

    Raises NoWidgets where ipywidgets is not installed.
    """
    return Board(desk, widgets()).whole


def explore_save(desk: Desk) -> Any:
    """A name, a button, and where the state now stands as a plan."""
    made = widgets()
    name = made.Text(value="试算", description="名称", layout=made.Layout(max_width="20em"))
    button = made.Button(description="存为方案", button_style="primary")
    said = made.HTML(_dressed(notice("存下的是与现行方案不同之处，可以用 hecha 的命令检查、批量运行。")))

    def save(_: object) -> None:
        try:
            said.value = _dressed(save_state(desk, name.value))
        except HechaError as error:
            said.value = _dressed(notice(str(error), "stop"))

    button.on_click(save)
    row = made.HBox([name, button], layout=made.Layout(flex_flow="row wrap"))
    return made.VBox([row, said])


def save_state(desk: Desk, name: str) -> Fragment:
    """Write the state as a plan folder beside the plan in force, load it back, and say so.

    Raises NotSaved for a name that is taken or no folder can have, NotAccepted for a state
    that no plan could say.
    """
    name = name.strip()
    beside = desk.opened.plan_folder.parent
    if not name or safe_name(name) != name or name.startswith("."):
        raise NotSaved("名称只能用文字、数字、连字符，不能空着")
    if (beside / name).exists():
        raise NotSaved(f"已有“{name}”，请换一个名称")
    if desk.state.is_official:
        raise NotSaved("现在与现行方案没有不同，不必另存")
    desk.trial()
    based_on = desk.opened.plan_folder.name
    text = exploring.as_plan(desk.trials, desk.state, based_on,
                             f"由探试笔记本保存，只写与 {based_on} 不同之处。这是试算，没有报批。")
    write_whole(beside / name / "plan.yaml", text)
    load_plan(beside / name, parameters_of(desk.opened.case))
    shown = f"{beside.name}/{name}"
    return stack(notice(f"已存为 {shown}/plan.yaml（{len(desk.state.set_values(desk.plan))}处改动），"
                        "能通过方案检查。"),
                 listing("", [f"检查：hecha plan check {shown}",
                              f"批量运行：hecha run 卷宗 --plan {shown} --out outputs/{name}"]))


def explore_doubts(desk: Desk) -> Fragment:
    """What a trial is and what it is not."""
    return listing("", [
        "试算只换规则，不换记录：换一种规则，各单位的做法也会变，试算看不到这一点。",
        "只关系抽样、编组、日期的读法，换了也不能重算已经抽出的样本。",
        "改权重、分值、等次线、读法，都须按方案报领导小组批准；试算的结果不得通报。",
        "“怎样升等”是算术，不是承诺。"], "doubt")


def widgets() -> ModuleType:
    """ipywidgets, or NoWidgets with what to do."""
    try:
        import ipywidgets
    except ImportError:
        raise NoWidgets("没有安装 ipywidgets，不能显示滑块。用 python3 tasks.py lab 打开笔记本会自动装好；"
                        "或在自己的环境里运行 pip install \"hecha[lab]\"") from None
    return ipywidgets


def _dressed(*parts: Fragment | None) -> str:
    return f'<div class="hecha-board">{stack(*parts).html}</div>'


_STYLE = (Path(views.__file__).parent / "templates" / "board.css")


class Board:
    """The widgets of a desk. `whole` is what is shown; every movement calls `follow`."""

    def __init__(self, desk: Desk, made: ModuleType) -> None:
        self.desk, self.made, self.quiet = desk, made, False
        self.asked: dict[str, dict[str, Fraction]] = {}
        plan, level = desk.plan, views.unit_name(desk.plan)
        self.town = self._choice(level, [(t.name, t.town) for t in desk.official.towns])
        used = {i.group for i in plan.items}
        self.indicator = self._choice("指标", [(views.bare(g.name), g.code) for g in plan.groups
                                             if g.code in used])
        self.weights = {f.id: self._weights(f.id) for f in plan.figures if len(f.parts) > 1}
        self.rest = {f: made.HTML() for f in self.weights}
        self.bands = [self._slider(f"“{b.name}”不低于", b.at_least, 0, self._full(), PERCENT_STEP)
                      for b in plan.grades.bands[:-1]]
        self.readings = {f: self._reading(one) for f, one in desk.readings.items()}
        self.points = {s.id: self._points(s.id) for s in plan.sheets}
        self.said, self.table, self.steps, self.items, self.takes = (made.HTML() for _ in range(5))
        self._listen()
        self.whole = self._laid_out()
        self.follow()

    def _full(self) -> float:
        """The highest figure a band can begin at: the largest total of a sheet."""
        return float(max(s.total for s in self.desk.plan.sheets))

    def _slider(self, name: str, value: Fraction, low: float, high: float, step: float) -> Any:
        made = self.made
        return made.FloatSlider(value=float(value), min=low, max=high, step=step, description=name,
                                readout_format=".1f" if step >= 0.1 else ".2f",
                                style={"description_width": "8.5em"},
                                layout=made.Layout(width="99%"))

    def _choice(self, name: str, options: list, width: str = "3.5em") -> Any:
        made = self.made
        return made.Dropdown(options=options, description=name, style={"description_width": width},
                             layout=made.Layout(width="99%"))

    def _weights(self, figure: str) -> dict[str, Any]:
        """A slider for every part but the last, which takes the rest."""
        plan = self.desk.plan
        parts = list(plan.figure[figure].parts.items())[:-1]
        return {p: self._slider(f"{plan.figure[p].name}%", share * 100, 0, 100, PERCENT_STEP)
                for p, share in parts}

    def _reading(self, factor: choices.Factor) -> Any:
        options = [(o.name, place) for place, o in enumerate(factor.options)]
        found = self._choice(factor.id, options)
        found.tooltip = factor.name
        return found

    def _points(self, sheet: str) -> dict[str, Any]:
        """A slider for every heading of a sheet whose points can move."""
        own = [b for b in bundles(self.desk.plan, sheet) if not b.fixed]
        if len(own) < 2:
            return {}
        return {b.code: self._slider(views.bare(b.name), b.points, 0, float(b.points) * MOST_TIMES,
                                     POINT_STEP) for b in own}

    def _listen(self) -> None:
        moved = [*(s for own in self.weights.values() for s in own.values()), *self.bands,
                 *self.readings.values(), self.town, self.indicator]
        for one in moved:
            one.observe(self._moved, "value")
        for sheet, own in self.points.items():
            for code, slider in own.items():
                slider.observe(self._ask(sheet, code), "value")

    def _ask(self, sheet: str, code: str) -> Callable[[dict], None]:
        def ask(change: dict) -> None:
            if not self.quiet:
                self.asked.setdefault(sheet, {})[code] = _typed(change["new"])
                self.follow()
        return ask

    def _moved(self, _: dict) -> None:
        if not self.quiet:
            self.follow()

    def state(self) -> State:
        """What the controls now say, where it differs from the plan in force."""
        values: dict[str, object] = {}
        for figure, own in self.weights.items():
            values |= self._shares(figure, [_typed(s.value) / 100 for s in own.values()])
        values |= self._lines()
        for reading, chosen in self.readings.items():
            values |= self.desk.readings[reading].options[chosen.value].values
        return State(values, {s: dict(own) for s, own in self.asked.items() if own})

    def _shares(self, figure: str, typed: list[Fraction]) -> dict[str, object]:
        parts = self.desk.plan.figure[figure].parts
        shares = [*typed, 1 - sum(typed, Fraction(0))]
        said = "、".join(f"{self.desk.plan.figure[p].name}{plain(s * 100)}%"
                        for p, s in zip(parts, shares, strict=True))
        self.rest[figure].value = _dressed(Fragment(f'<p class="note">{said}</p>'))
        if list(parts.values()) == shares:
            return {}
        return {f"figures.{figure}.parts.{p}": s for p, s in zip(parts, shares, strict=True)}

    def _lines(self) -> dict[str, object]:
        """The lower bounds that moved, each with the upper bound of the band below it."""
        bands, values = self.desk.plan.grades.bands, {}
        for upper, lower, slider in zip(bands, bands[1:], self.bands, strict=False):
            line = _typed(slider.value)
            if line != upper.at_least:
                values[f"grades.bands.{upper.name}.at_least"] = line
                values[f"grades.bands.{lower.name}.below"] = line
        return values

    def follow(self) -> None:
        """Score the state and tell it; a state that cannot be keeps what was told last."""
        self.desk.state = self.state()
        try:
            trial = self.desk.trial()
        except (NotAccepted, NoSuchPoints) as error:
            self.said.value = _dressed(notice(f"{error}。下面仍是上一次能算的结果。", "stop"))
            return
        self._show_points(trial)
        self.tell(trial)

    def tell(self, trial: Trial) -> None:
        """Everything the board shows of a trial."""
        desk, code = self.desk, self.town.value
        name = desk.official.town(code).name
        self.said.value = _dressed(explored_summary(desk.official, trial))
        self.table.value = _dressed(explored_ranking(desk.official, trial, name))
        self.steps.value = _dressed(explored_waterfall(trial, code))
        self.items.value = _dressed(
            explored_items(trial, code, self.indicator.value, bool(self.asked)),
            explored_households(trial, code, self.indicator.value))
        self.takes.value = _dressed(explored_takes(trial, exploring.what_it_takes(trial, code)))

    def _show_points(self, trial: Trial) -> None:
        """The sliders of the headings that gave way show what is left to them."""
        self.quiet = True
        for sheet, own in self.points.items():
            for bundle in bundles(trial.plan, sheet) if self.asked.get(sheet) else ():
                if bundle.code in own and bundle.code not in self.asked[sheet]:
                    own[bundle.code].value = _shown(bundle)
        self.quiet = False

    def back(self, _: object = None) -> None:
        """Everything as it is in force."""
        self.quiet, self.asked, plan = True, {}, self.desk.plan
        for figure, own in self.weights.items():
            for part, slider in own.items():
                slider.value = float(plan.figure[figure].parts[part] * 100)
        for band, slider in zip(plan.grades.bands, self.bands, strict=False):
            slider.value = float(band.at_least)
        for one in self.readings.values():
            one.value = 0
        for sheet, own in self.points.items():
            for bundle in bundles(plan, sheet):
                if bundle.code in own:
                    own[bundle.code].value = float(bundle.points)
        self.quiet = False
        self.follow()

    def _laid_out(self) -> Any:
        made, plan = self.made, self.desk.plan
        again = made.Button(description="恢复现行方案", layout=made.Layout(width="auto"))
        again.on_click(self.back)
        weights = made.VBox([w for f, own in self.weights.items() for w in (*own.values(), self.rest[f])])
        folds = [("权重", weights), ("等次线", made.VBox(self.bands)),
                 ("读法（移上去看问题）", made.VBox(list(self.readings.values())))]
        folds += [(f"{plan.sheet[s].name}各指标分值", made.VBox(list(own.values())))
                  for s, own in self.points.items() if own]
        folds = [(title, inner) for title, inner in folds if inner.children]
        controls = made.Accordion([inner for _, inner in folds], selected_index=0)
        told = made.Tab([self.steps, self.items, self.takes])
        for at, (title, _) in enumerate(folds):
            controls.set_title(at, title)
        for at, title in enumerate(("失分", "逐项逐户", "怎样升等")):
            told.set_title(at, title)
        style = made.HTML(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")
        left = made.VBox([controls, again], layout=made.Layout(flex="1 1 20rem", min_width="0"))
        chosen = made.HBox([self.town, self.indicator], layout=made.Layout(width="99%"))
        right = made.VBox([self.said, self.table, chosen, told],
                          layout=made.Layout(flex="2 1 22rem", min_width="0"))
        return made.VBox([style, made.Box([left, right], layout=made.Layout(
            display="flex", flex_flow="row wrap", width="100%"))])


def _typed(value: float) -> Fraction:
    """A slider's figure as the decimal it shows, exactly."""
    return Fraction(Decimal(f"{value:.2f}"))


def _shown(bundle: Bundle) -> float:
    return round(float(bundle.points), len(str(GRID)) - 1)


__all__ = ["Board", "Desk", "NoWidgets", "NotSaved", "explore_board", "explore_bottom_line",
           "explore_doubts", "explore_save", "open_explore", "save_state", "widgets"]
