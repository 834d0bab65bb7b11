"""The intake (收表): what came back from the field becomes tidy tables and records.

Files become forms (:mod:`~hecha.intake.sent`, :mod:`~hecha.intake.phones`), forms become
entries of the book (:mod:`~hecha.intake.book`, :mod:`~hecha.intake.states`), and the
entries, replayed on the raw files, give the case that is scored
(:func:`~hecha.intake.effective.with_records`).  Raw files are never edited.
"""

from hecha.intake.effective import with_records

__all__ = ["with_records"]
