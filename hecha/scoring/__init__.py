"""Scoring (计分): a plan and a case in, an exact and fully traced result out."""

from hecha.scoring.results import Results
from hecha.scoring.score import score_case

__all__ = ["Results", "score_case"]
