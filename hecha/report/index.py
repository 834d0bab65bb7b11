"""Index: the first page of a run, from which everything else is one click.

It says first whether something is wrong and where that is told, then links county, plan,
documents, towns and files by relative addresses, and says who stands where in one table.
Finding a town by typing is a courtesy: without script the table is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hecha.points import publish
from hecha.report import views
from hecha.report.faults import TITLE as FAULTS
from hecha.report.faults import count_faults
from hecha.report.fragments import Column, Fragment, heading, render, stack, table
from hecha.report.page import Page
from hecha.scoring.composite import UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results

FINDER = ("(()=>{const b=document.getElementById('find');if(!b)return;b.parentNode.hidden=false;"
          "const r=[...document.querySelectorAll('#towns tbody tr')];"
          "const n=document.getElementById('found');b.addEventListener('input',()=>{"
          "const q=b.value.trim();let k=0;for(const t of r){const s=t.textContent.includes(q);"
          "t.hidden=!s;k+=s}n.textContent=q?'找到'+k+'个':''})})()")


@dataclass(frozen=True)
class Entry:
    """Something to open: what it is, its address relative to the index, a remark."""

    title: str
    href: str
    note: str = ""


def index_page(results: Results, entries: Sequence[Entry], towns: Mapping[str, str], *,
               files: Sequence[Entry] = (), papers: Mapping[str, Sequence[Entry]] | None = None,
               failed: Mapping[str, str] | None = None, faults: str = "") -> Page:
    """The index of a run.

    `entries` are the county's pages and documents, `towns` town code → address (a town without
    one is listed unlinked), `papers` town code → its documents, `files` the tables; `failed`
    says what could not be made and why, `faults` is the address of the page that tells all.
    Everything typed by a person is escaped.
    """
    plan, level = results.plan, views.unit_name(results.plan)
    title = f"{views.occasion(results)}：本批次目录"
    opening = stack(heading(title, plan.plan.title), _faults(results, failed or {}, faults),
                    render("entries.html", entries=entries))
    body = stack(Fragment(f'<h2 id="s1">各{level}报告</h2>'), render("finder.html", level=level),
                 _towns(results, towns, papers or {}), Fragment('<h2 id="s2">结果文件</h2>'),
                 render("entries.html", entries=files))
    return Page(title, body.html, opening.html, mark=results.mark, script=FINDER)


def _towns(results: Results, towns: Mapping[str, str],
           papers: Mapping[str, Sequence[Entry]]) -> Fragment:
    plan, of = results.plan, views.graded(results.plan)
    rows = []
    for r in views.standing(results).to_dict("records"):
        score = r[of.id]
        rows.append({
            "rank": "—" if r["rank"] is None or pd.isna(r["rank"]) else str(int(r["rank"])),
            "town": _link(r["town_name"], towns.get(r["town"], "")), "grade": r["grade"] or "—",
            "score": "—" if score is None else str(publish(score)), "state": r["state"],
            "papers": render("links.html", entries=papers.get(r["town"], ()), about=r["town_name"]),
            "code": r["town"]})
    ranked = [Column("rank", "名次", number=True)] if plan.grades.ranked else []
    columns = [*ranked, Column("town", views.unit_name(plan), head=True), Column("grade", "等次"),
               Column("score", of.name, number=True), Column("state", "状态"),
               *([Column("papers", "文书", keep=True)] if papers else []), Column("code", "代码")]
    made = table(pd.DataFrame(rows, columns=["rank", "town", "grade", "score", "state", "papers",
                                             "code"]), columns,
                 f"各{views.unit_name(plan)}（点名称看报告）" + _tentative(results))
    return Fragment(f'<div id="towns">{made.html}</div>')


def _tentative(results: Results) -> str:
    if not views.provisional(results):
        return ""
    return "：名次、等次为暂定" if results.plan.grades.ranked else "：等次为暂定"


def _link(text: str, href: str) -> Fragment | str:
    return render("link.html", text=text, href=href) if href else text


def _faults(results: Results, failed: Mapping[str, str], page: str) -> Fragment | None:
    """What is wrong in a few lines, and the way to the page that tells all of it."""
    many = count_faults(results, failed)
    if not many:
        return None
    lines = [f"没有生成“{name}”：{why}" for name, why in failed.items()]
    lines += [f"{state}：{'、'.join(names)}。" for state, names in (
        (state, results.towns.loc[results.towns["state"] == state, "town_name"])
        for state in (UNFINISHED, UNCONFIRMED)) if len(names)]
    if results.problems.errors:
        lines.append(f"所报材料有{len(results.problems.errors)}处错误，逐处见{FAULTS}。")
    return render("faults.html", title=f"{FAULTS}（{many}处）", href=page, lines=lines)
