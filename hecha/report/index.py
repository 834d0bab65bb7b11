"""Index: the first page of a run, from which everything else is one click.

It names the county, says who stands where in one table, links county, plan, towns and
files by relative addresses, and after a run with faults says what is wrong and what to
mend first.  Finding a town by typing is a courtesy: without script the table is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from hecha.points import publish
from hecha.problems import SEVERITY_NAMES
from hecha.report import views
from hecha.report.fragments import Column, Fragment, heading, listing, render, stack, table
from hecha.report.page import Page
from hecha.scoring.results import Results

MOST_PROBLEMS, FOLD = 60, 8

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
               files: Sequence[Entry] = (), failed: Mapping[str, str] | None = None) -> Page:
    """The index of a run.

    `entries` are the county's and the plan's pages, `towns` town code → address (a town
    without one is listed unlinked), `files` the tables; `failed` says what could not be
    made and why. Everything typed by a person is escaped.
    """
    plan, level = results.plan, views.unit_name(results.plan)
    title = f"{views.county_name(results)}{plan.plan.year}年成效核查：本批次目录"
    opening = stack(heading(title, plan.plan.title), _faults(results, failed or {}),
                    render("entries.html", entries=entries))
    body = stack(Fragment(f'<h2 id="s1">各{level}报告</h2>'), render("finder.html", level=level),
                 _towns(results, towns), Fragment('<h2 id="s2">结果文件</h2>'),
                 render("entries.html", entries=files))
    return Page(title, body.html, opening.html, mark=results.mark, script=FINDER)


def _towns(results: Results, towns: Mapping[str, str]) -> Fragment:
    plan, of = results.plan, views.graded(results.plan)
    rows = []
    for r in views.standing(results).to_dict("records"):
        score = r[of.id]
        rows.append({
            "rank": "—" if r["rank"] is None or pd.isna(r["rank"]) else str(int(r["rank"])),
            "town": _link(r["town_name"], towns.get(r["town"], "")), "grade": r["grade"] or "—",
            "score": "—" if score is None else str(publish(score)), "state": r["state"],
            "code": r["town"]})
    columns = [Column("rank", "名次", number=True),
               Column("town", views.unit_name(plan), head=True), Column("grade", "等次"),
               Column("score", of.name, number=True), Column("state", "状态"), Column("code", "代码")]
    made = table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 f"各{views.unit_name(plan)}（点名称看报告）" + _tentative(results))
    return Fragment(f'<div id="towns">{made.html}</div>')


def _tentative(results: Results) -> str:
    return "：名次、等次为暂定" if views.provisional(results) else ""


def _link(text: str, href: str) -> Fragment | str:
    return render("link.html", text=text, href=href) if href else text


def _faults(results: Results, failed: Mapping[str, str]) -> Fragment | None:
    """哪里不对、先修什么: what could not be made, and every error, towns without a score first."""
    errors = results.problems.errors
    if not errors and not failed:
        return None
    open_ = set(results.missing["town"])
    first = sorted(errors, key=lambda p: (not any(u[:len(t)] == t for u in p.units for t in open_),
                                          p.place))
    lines = [f"没有生成“{name}”：{why}" for name, why in failed.items()]
    lines += [str(p).removeprefix(f"{SEVERITY_NAMES['error']} ") for p in first[:MOST_PROBLEMS]]
    if len(first) > MOST_PROBLEMS:
        lines.append(f"还有{len(first) - MOST_PROBLEMS}处，见问题清单。")
    return listing(f"哪里不对、先修什么（{len(errors) + len(failed)}处）", lines, "stop", FOLD)
