"""A town every mark of which sits on the cut, made from a scored county."""

from dataclasses import dataclass, replace
from fractions import Fraction

from hecha.plan.changing import with_values
from hecha.scoring import score
from hecha.scoring.rows import Part, item_row
from hecha.scoring.trials import Trial


def on_the_cut(trial: Trial, town: str, cut: Fraction = Fraction(9, 10)) -> "Cut":
    """The county with every item of a town at `cut` of its points, and nothing recorded of it."""
    units = {town, *trial.ground.units.drawn[town]}
    recorded = replace(trial.ground.recorded, external={}, frauds={}, penalties={}, caps={})
    ground = replace(trial.ground, recorded=recorded)
    items = {key: [_at(one, cut) for one in done.items] for key, done in trial.sheets.items()
             if key[1] in units}
    return Cut(replace(trial, ground=ground, sheets={**trial.sheets,
                                                     **score.finish_sheets(ground, items)}), town)


def _at(one, cut):
    if one.state != "scored":
        return one
    lost = one.item.points * (1 - cut)
    row = item_row(one.sheet, one.unit, one.item, Part("deduction", "", lost, "压线"), ())
    return replace(one, score=one.item.points * cut, rows=(row,))


@dataclass(frozen=True)
class Cut:
    """The made county and its town."""

    county: Trial
    town: str

    @property
    def trial(self) -> Trial:
        """The county judged, so that it can be replicated."""
        return replace(self.county, towns=tuple(score.judge_towns(self.county.ground,
                                                                  self.county.sheets)))

    def under(self, values):
        """The town under other weights."""
        ground = replace(self.county.ground, plan=with_values(self.county.plan, values))
        return next(t for t in score.judge_towns(ground, self.county.sheets) if t.town == self.town)
