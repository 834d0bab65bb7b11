"""Forms (核查表): what a team takes along and fills, made from the plan and the draw.

One workbook a town, typed in one place only: the 镇表, 村表 and 户表 are filled, and
formulas make of them the sheets of the return (镇核查 村核查 入户核查 组员) that the
intake reads, and the running scores.  The same forms as XLSForms, for phones.
See docs/forms.md.
"""

from hecha.forms.office import write_office
from hecha.forms.phones import phone_forms, write_phone_forms
from hecha.forms.visit import Visit, visits
from hecha.forms.workbook import form_workbook, write_forms

__all__ = ["Visit", "form_workbook", "phone_forms", "visits", "write_forms", "write_office",
           "write_phone_forms"]
