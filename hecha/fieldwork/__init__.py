"""Fieldwork: the weeks before the visit, step by step, kept in the case's `.hecha/`.

:mod:`hecha.field` computes; here the steps are taken in their order, written down and
told: freeze, commit, draw, reveal, verify (:mod:`~hecha.fieldwork.drawing`), the absent
households (:mod:`~hecha.fieldwork.absences`), the teams (:mod:`~hecha.fieldwork.grouping`)
and their attendance.  What must stay secret until the visit never leaves `.hecha/`.
"""
