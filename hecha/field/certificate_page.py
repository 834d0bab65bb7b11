"""The certificate as a page: one file, read aloud by a clerk, checked by any browser.

The page is complete in itself and asks the network for nothing: its content
policy allows one script and one style sheet, each by its hash.  The script
brings its own SHA-256, because browsers keep theirs from pages opened as files.
A font may be embedded by whoever tells (`font_face`, an @font-face rule whose
source is a data: address and whose family is Hecha Sans); without it the reader's own
fonts are used.
"""

from __future__ import annotations

import base64
from functools import cache
from importlib import resources
from itertools import groupby

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from hecha.digests import sha256_text
from hecha.field.certificate import TICKET_RULE, Certificate, json_text, verifier_text
from hecha.field.rules import SampleRule, household_sentence
from hecha.field.tickets import STAGES


def certificate_page(certificate: Certificate, font_face: str = "") -> str:
    """The certificate (sealed or revealed) as one HTML page, the verifier within.

    The villages of the first town stand ready in the verifier's box.  The same
    certificate gives the same page.
    """
    villages = certificate.get("villages", [])
    return _render(
        "certificate.html", font_face, paper=certificate, drawn=_drawn_by_town(certificate),
        household_rule=household_sentence(certificate["rule"]),
        least_disabled=SampleRule.from_data(certificate["rule"]).disabled,
        data=_inside_script(json_text(certificate)),
        dice=certificate["dice"], nonce=certificate.get("nonce", ""),
        units="\n".join(v["village"] for v in villages if v["town"] == villages[0]["town"]))


def verifier_page(font_face: str = "") -> str:
    """The verifier alone as one offline page: dice, nonce, stage and units in, tickets out."""
    return _render("verifier.html", font_face, dice="", nonce="", units="")


def _drawn_by_town(certificate: Certificate) -> list[tuple[str, list[dict]]]:
    """The drawn villages of every town that takes part, also of one without any."""
    drawn = [v for v in certificate.get("villages", []) if v["drawn"]]
    by_town = {town: list(rows) for town, rows in groupby(drawn, key=lambda v: v["town"])}
    return [(t["town_name"] or t["town"], by_town.get(t["town"], []))
            for t in certificate["towns"] if t["has_task"]]


def _render(template: str, font_face: str, **values: object) -> str:
    script, style = Markup(_part("verifier.js")), Markup(font_face + _part("page.css"))
    return _environment().get_template(template).render(
        script=script, style=style, script_hash=_policy_hash(script),
        style_hash=_policy_hash(style), has_font=bool(font_face), stages=STAGES,
        rule_words=TICKET_RULE, verifier=verifier_text(), **values)


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("hecha.field", "pages"), autoescape=True,
                       keep_trailing_newline=True)


def _part(name: str) -> str:
    return (resources.files("hecha.field") / "pages" / name).read_text("utf-8")


def _policy_hash(text: str) -> str:
    """A hash as a content policy writes it: base64 of the SHA-256."""
    return base64.b64encode(bytes.fromhex(sha256_text(text))).decode("ascii")


def _inside_script(text: str) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028"))


__all__ = ["certificate_page", "verifier_page"]
