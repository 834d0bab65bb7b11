"""Analysis: how sure a result is, and what the county's own choices would change.

A stage after the grades.  It takes the plan and the tables of a scored case and gives
tables back: estimates with their intervals, probabilities, ranks.  Floats are at home
here, and only here and in charts: nothing that this room computes is ever added to a
score.  Chance enters through an explicit seed.
"""
