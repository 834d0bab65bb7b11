"""tasks.py: standard library only, plain words, nothing done twice."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import tasks
from tests.setup.declared import ROOT

SOURCE = (ROOT / "tasks.py").read_text(encoding="utf-8")


def test_it_imports_the_standard_library_only():
    tree = ast.walk(ast.parse(SOURCE))
    names = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
    names |= {n.module for n in ast.walk(ast.parse(SOURCE)) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_can_read_it_far_enough_to_be_told(monkeypatch, capsys):
    ast.parse(SOURCE, feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert tasks.main(["run"]) == 2
    assert "需要 Python 3.11 或更新的版本，现在这个是 3.9" in capsys.readouterr().out


def test_it_answers_from_any_folder(tmp_path):
    asked = subprocess.run([sys.executable, ROOT / "tasks.py", "--help"], cwd=tmp_path,
                           capture_output=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert asked.returncode == 0 and "bundle" in asked.stdout.decode("utf-8")


def test_an_unknown_task_is_refused(capsys):
    assert tasks.main(["tset"]) == 2
    assert "test" in capsys.readouterr().out


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A project folder with Chinese and a space in its name, and what would be executed."""
    root = tmp_path / "合山 项目"
    (root / "requirements").mkdir(parents=True)
    for name in tasks.FOLDERS:
        (root / "requirements" / f"{name}.txt").write_text("a==1\n", encoding="utf-8")
    (root / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    done: list[list[str]] = []
    monkeypatch.setattr(tasks, "ROOT", root)
    monkeypatch.setattr(tasks, "BUNDLE", root / "bundle")
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(tasks, "has_pip", lambda python: True)
    monkeypatch.setattr(tasks, "version_of", lambda python: python.read_text() if python.exists() else "")
    monkeypatch.setattr(tasks.shutil, "which", lambda name: None)
    monkeypatch.setattr(tasks, "quietly", lambda command, doing, env=None: done.append(command))
    return SimpleNamespace(root=root, done=done)


def pretend_made(root):
    """The Python that a real `venv` would have left."""
    python = tasks.python_of(root / ".venv")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("3.11.7")


def test_the_second_call_installs_nothing(bare):
    pretend_made(bare.root)
    tasks.ready("run")
    assert any("--require-hashes" in command for command in bare.done)
    bare.done.clear()
    tasks.ready("run")
    assert bare.done == []


def test_a_new_lock_builds_the_environment_again(bare):
    pretend_made(bare.root)
    tasks.ready("run")
    (bare.root / "requirements/run.txt").write_text("a==2\n", encoding="utf-8")
    bare.done.clear()
    tasks.ready("run")
    assert any("--clear" in command for command in bare.done)


def test_an_environment_is_kept_whichever_python_starts_the_script(bare, monkeypatch):
    pretend_made(bare.root)
    tasks.ready("run")
    bare.done.clear()
    monkeypatch.setattr(sys, "version", "3.12.1 (another)")
    tasks.ready("run")
    assert bare.done == []


@pytest.mark.parametrize("left", ["", "3.13.0"])
def test_an_environment_whose_own_python_is_gone_or_another_is_built_again(bare, left):
    pretend_made(bare.root)
    tasks.ready("run")
    tasks.python_of(bare.root / ".venv").write_text(left)
    bare.done.clear()
    tasks.ready("run")
    assert any("--clear" in command for command in bare.done)


def test_what_a_python_says_it_is():
    assert tasks.version_of(sys.executable) == sys.version
    assert tasks.version_of(ROOT / "no python here") == ""


def test_a_new_setting_installs_the_project_alone(bare):
    pretend_made(bare.root)
    tasks.ready("run")
    (bare.root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    bare.done.clear()
    tasks.ready("run")
    assert [("--editable" in command, "--no-deps" in command) for command in bare.done] == [
        (True, True)]


def test_an_installation_that_broke_off_is_begun_again(bare, monkeypatch):
    def broken(command, doing, env=None):
        raise tasks.Trouble("断了")

    monkeypatch.setattr(tasks, "quietly", broken)
    with pytest.raises(tasks.Trouble):
        tasks.ready("run")
    assert tasks.kept_stamp(bare.root / ".venv") == {}


def bundled(bare, **changes):
    """A bundle for this machine, save for the changes."""
    lists = {"run": tasks.digest(tasks.lock_file("run"))}
    (bare.root / "bundle").mkdir()
    label = {**tasks.machine(), "lists": lists, **changes}
    (bare.root / "bundle/bundle.json").write_text(json.dumps(label), encoding="utf-8")


def test_a_bundle_that_fits_replaces_the_network(bare):
    bundled(bare)
    first, _ = next(tasks.ways(tasks.python_of(bare.root / ".venv"), "run"))
    assert "--no-index" in first


def test_a_bundle_for_another_system_is_named_and_left(bare, capsys):
    bundled(bare, platform="win-amd64" if tasks.machine()["platform"] != "win-amd64" else "linux")
    first, _ = next(tasks.ways(tasks.python_of(bare.root / ".venv"), "run"))
    assert "--no-index" not in first and "不能用" in capsys.readouterr().out


def test_a_bundle_of_older_lists_is_named_and_left(bare, capsys):
    bundled(bare, lists={"run": "old"})
    first, _ = next(tasks.ways(tasks.python_of(bare.root / ".venv"), "run"))
    assert "--no-index" not in first and "没有现在这份" in capsys.readouterr().out


def test_a_conda_environment_with_the_project_is_used(bare, monkeypatch):
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    monkeypatch.setattr(tasks, "installed_here", lambda: {"hecha": ["pandas>=3"], "pandas": []})
    assert tasks.ready("run") == sys.executable and bare.done == []


def test_a_conda_environment_that_lacks_the_test_packages_is_told(bare, monkeypatch, capsys):
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    here = {"hecha": ["pandas>=3", 'pytest-xdist>=3; extra == "test"'], "pandas": []}
    monkeypatch.setattr(tasks, "installed_here", lambda: here)
    assert tasks.conda_python("test") is None
    assert "没有 pytest-xdist" in capsys.readouterr().out


def test_a_python_without_ensurepip_is_told_what_to_do(bare, monkeypatch):
    monkeypatch.setattr(tasks, "find_spec", lambda name: None)
    monkeypatch.setattr(tasks, "apt_install", lambda packages, what: False)
    with pytest.raises(tasks.Trouble, match="python3-venv"):
        tasks.make_folder(bare.root / ".venv")


def test_a_missing_program_is_named(bare, monkeypatch, capsys):
    monkeypatch.setattr(tasks, "find_program", lambda kind: None)
    assert tasks.program("office") is None
    assert "没有找到LibreOffice" in capsys.readouterr().out


def test_the_last_words_of_a_failure_are_shown():
    with pytest.raises(tasks.Trouble, match="(?s)磁盘满了.*没有成功：正在试"):
        tasks.quietly([sys.executable, "-c",
                       "import sys; sys.stdout.buffer.write('磁盘满了'.encode()); sys.exit(1)"],
                      "正在试")


def test_ci_runs_the_command_of_the_readme():
    assert "python3 tasks.py test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
