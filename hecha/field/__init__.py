"""The field: the weeks before the visit, so that chance can be checked by anybody.

frame → commitment → draw → certificate, and frame → teams.  Every choice that
chance makes is made by :mod:`hecha.field.tickets`; everything here is pure: the
same roster, rule, dice and nonce give the same bytes on every machine.
"""
