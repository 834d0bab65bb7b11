"""Small counties for the tests of fieldwork: three towns of data/yunxi, without returns."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from hecha.commands import app

YUNXI, PLAN = Path("data/yunxi"), "params/xian2023"
TOWNS = ("449901105", "449901106", "449901116")
DICE, SOURCE, AT = "2024001:03-11-17-22-31-33+07", "双色球第2024001期", "2024-01-02T09:30"


def three_towns(folder: Path) -> Path:
    """A case with the rosters of three towns: 建安镇, 宝石镇 (three villages) and 历源镇."""
    (folder / "roster" / "花名册").mkdir(parents=True)
    shutil.copy(YUNXI / "plan_parameters.md", folder)
    for file in (YUNXI / "roster" / "花名册").iterdir():
        if file.name.startswith(TOWNS):
            shutil.copy(file, folder / "roster" / "花名册")
    lines = (YUNXI / "roster" / "镇村名单.csv").read_bytes().decode("gb18030").splitlines()
    kept = [lines[0], *(line for line in lines[1:] if line.split(",")[2] in TOWNS)]
    (folder / "roster" / "镇村名单.csv").write_bytes("\r\n".join([*kept, ""]).encode("gb18030"))
    return folder


def staffed(folder: Path) -> Path:
    """A case with the whole county's staff and attendance, without anybody's roster."""
    (folder / "roster").mkdir(parents=True)
    shutil.copy(YUNXI / "plan_parameters.md", folder)
    for name in ("镇村名单.csv", "抽调人员.xlsx", "考勤.csv"):
        shutil.copy(YUNXI / "roster" / name, folder / "roster")
    return folder


def hecha(*words: object) -> Result:
    """A command as typed; `said` is all it said, an error it would show included."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    result.said = result.output + ("" if result.exception is None else str(result.exception))
    return result


def done(*words: object) -> str:
    """What a command said, which must have gone well."""
    result = hecha(*words)
    assert result.exit_code == 0, result.said
    return result.said


def refused(*words: object) -> str:
    """What a command said, which must have been refused."""
    result = hecha(*words)
    assert result.exit_code != 0, result.said
    return result.said


def drawn(case: Path, out: Path, *how: str) -> str:
    """Freeze, commit and draw; what the draw said."""
    done("draw", "freeze", case)
    done("draw", "commit", case, *how)
    return cast(case, out)


def cast(case: Path, out: Path) -> str:
    return done("draw", "draw", case, "--dice", DICE, "--source", SOURCE, "--at", AT,
                "--minutes", "甲,乙", "--out", out)
