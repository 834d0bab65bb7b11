"""人等着看的命令不装入用不着的库：数装入的模块，不计时。"""

import subprocess
import sys

import pytest

from hecha.plan import expressions, load_plan, sayable

HEAVY = ("pandas", "numpy", "scipy", "duckdb", "sqlglot", "matplotlib", "papermill", "nbformat",
         "IPython", "jinja2", "openpyxl", "docx", "fontTools", "rich", "asyncio")


@pytest.mark.parametrize(("words", "spared"), [
    (["--help"], (*HEAVY, "pydantic", "yaml")), (["run", "--help"], (*HEAVY, "pydantic", "yaml")),
    (["plan", "check", "params/xian2023"], HEAVY)])
def test_说明和检查方案_一个用不着的库也不装入(words, spared):
    code = ("import sys; from hecha.commands import app\n"
            f"try: app({words!r})\nexcept SystemExit: pass\n"
            "print(len(sys.modules), sorted(set(m.split('.')[0] for m in sys.modules)))")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          encoding="utf-8", check=True).stdout.splitlines()[-1]
    number, names = said.split(" ", 1)
    assert [name for name in spared if f"'{name}'" in names] == []
    assert int(number) < (420 if "pydantic" not in spared else 260)


def test_分析人员打开笔记本_不等用不着的库():
    code = "import sys, hecha.show; print(sorted({'nbformat', 'jsonschema', 'rfc3987_syntax', 'fontTools.subset', 'papermill'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          encoding="utf-8", check=True).stdout
    assert said.strip() == "[]"


WARM = """
import os, sys, threading
import hecha.batch.warm
from IPython import get_ipython
opened = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
          if os.path.islink(f"/proc/self/fd/{n}")] if os.path.isdir("/proc/self/fd") else []
print(sys.modules["rfc3987_syntax"], "papermill" in sys.modules, threading.active_count(),
      [name for name in opened if "socket" in name or "event" in name], get_ipython(),
      sys.modules["__main__"].__spec__)
"""


def test_笔记本的父进程_不装那三十五套语法_没有线程和套接字_也不留下外壳():
    said = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True,
                          encoding="utf-8", check=True).stdout
    assert said.split() == ["None", "True", "1", "[]", "None", "None"]


SAID = ["water = '不达标' and members > 1", "not dry or members >= 2", "housing not in ('C', 'D')",
        "greatest(members - insured, 0)", "members - insured * 2", "disabled = true", "-1 < members",
        "dry", "income_total >= income_standard * members", "food <> '不达标'", "members"]
NOT_PLAIN = ["", "watr = 1", "members = '1'", "members", "1 < members < 3", "members and dry",
             "housing in ('C')", "housing in (1)", "members / 2", "members > 1; drop table x",
             "count(members)", "members = 1 --", "members == 1", "members ** 2", "x.members = 1",
             "members is null", "members = null", "'a' 'b' = food", "f'x' = food", "members > 0x1",
             "members > 1_0", "Members = 1", "food = '达标\\'", "lambda: 1", "members if dry else 1",
             "members = 1 and", "greatest()", "least(food)", "food + 1", "members > 1 -- x", "members = 08"]


@pytest.mark.parametrize("text", [*SAID, *NOT_PLAIN])
def test_一眼看得懂的算式_解析器也说对_种类也一样(text):
    names = {*sayable.COLUMNS, "dry"}
    kind = sayable.plainly(text, names)
    if kind:
        assert expressions.kind_of(expressions.parse(text, names)) == kind
    assert bool(kind) or text not in SAID


def test_方案里的算式个个一眼看得懂():
    plan = load_plan("params/xian2023")
    names = {*sayable.COLUMNS, *(c.id for c in plan.household.conditions)}
    texts = [c.where for c in plan.household.conditions] + [
        count.expression for item in plan.items for count in item.derived.values()]
    assert [t for t in texts if not sayable.plainly(t, names)] == []
