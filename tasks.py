#!/usr/bin/env python3
"""The project's front door: from a bare Python to a finished run, one command each.

    python3 tasks.py run      score the shipped county and write its reports
    python3 tasks.py test     run every test
    python3 tasks.py lab      open the notebooks in JupyterLab
    python3 tasks.py bundle   pack the wheels for a laptop without a network
    python3 tasks.py lock     pin every package again, after pyproject.toml has changed

Standard library only.  Each task has an environment of its own (`.venv`, `.venv-lab`,
`.venv-test`), because Jupyter's server beside papermill slows every batch.  An environment
is built from a hash-locked list and carries a stamp: as long as list, Python and place are
the same, the next call uses it as it is.  An active conda environment that has the project
and all it needs is used instead.  A bundle that fits this machine replaces the network.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BUNDLE = ROOT / "bundle"
OLDEST_PYTHON = (3, 11)
WINDOWS = sys.platform == "win32"

# each list holds the packages of the one before
FOLDERS = {"run": ".venv", "lab": ".venv-lab", "test": ".venv-test"}
EXTRAS = {"run": (), "lab": ("lab",), "test": ("lab", "forms", "scale", "test", "dev")}

HELP = """用法：python3 tasks.py 任务 [参数…]        （Windows：py tasks.py 任务 [参数…]）

  run      核查打分并出报告；不带参数时用自带的县 data/yunxi，结果在 outputs/yunxi
           带参数时等于 hecha run 参数…
  hecha    运行 hecha 的其他命令，例如：python3 tasks.py hecha plan show
  lab      用 JupyterLab 打开笔记本
  test     运行全部测试；参数交给 pytest，例如：python3 tasks.py test -k 等次
  bundle   把安装包收进 bundle 文件夹，供没有网络的电脑使用
  lock     修改 pyproject.toml 之后，重新锁定全部依赖的版本（需要 uv）

第一次运行会自动安装所需的一切，之后直接开始。"""


class Trouble(Exception):
    """Something the user can act on; shown as one plain line."""


def say(line):
    """One line of progress."""
    print(line, flush=True)


# --- the tasks ---------------------------------------------------------------------------


def task_run(arguments):
    """Run the shipped county, or whatever the arguments name."""
    shipped = [str(ROOT / "data" / "yunxi"), "--out", str(ROOT / "outputs" / "yunxi")]
    return task_hecha(["run", *(arguments or shipped)])


def task_hecha(arguments):
    """Any command of hecha, from the folder the user stands in."""
    return call([ready("run"), "-m", "hecha", *arguments])


def task_lab(arguments):
    """JupyterLab, opened on the notebooks."""
    python = ready("lab")
    say("正在打开 JupyterLab（结束请按 Ctrl+C）……")
    return call([python, "-m", "jupyterlab", "--ServerApp.root_dir=" + str(ROOT),
                 "--LabApp.default_url=/lab/tree/notebooks", *arguments])


def task_test(arguments):
    """Every test, with the programs that some of them drive."""
    python = ready("test")
    programs = {"HECHA_BROWSER": program("browser"), "HECHA_OFFICE": program("office")}
    found = {name: path for name, path in programs.items() if path}
    return call([python, "-m", "pytest", *arguments], cwd=ROOT, **found)


def task_bundle(arguments):
    """Download the wheels of one list (with those of the lists inside it)."""
    name = arguments[0] if arguments else "lab"
    if name not in FOLDERS:
        raise Trouble(f"没有“{name}”这份依赖清单，可选：{'、'.join(FOLDERS)}")
    shutil.rmtree(BUNDLE, ignore_errors=True)
    quietly([python_with_pip(), "-m", "pip", "download", "--disable-pip-version-check", "--no-deps",
             "--only-binary", ":all:", "--require-hashes", "--requirement", str(lock_file(name)),
             "--dest", str(BUNDLE)], "正在下载安装包到 bundle 文件夹")
    names = list(FOLDERS)[: list(FOLDERS).index(name) + 1]
    label = {**machine(), "lists": {each: digest(lock_file(each)) for each in names}}
    (BUNDLE / "bundle.json").write_text(json.dumps(label, indent=1), encoding="utf-8")
    say("已打包。请把整个项目文件夹（连同 bundle，不必带 .venv）拷到没有网络的电脑，")
    say(f"那台电脑须是 {label['platform']}、Python {label['python']}；到那里照常运行 tasks.py。")
    return 0


def task_lock(arguments):
    """Resolve pyproject.toml into one hash-locked list per environment."""
    uv = shutil.which("uv")
    if not uv:
        raise Trouble("锁定版本要用 uv，这里没有找到；请先执行：pip install uv")
    for name, extras in EXTRAS.items():
        say(f"正在锁定 requirements/{name}.txt ……")
        wanted = [word for extra in extras for word in ("--extra", extra)]
        status = call(
            [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header",
             "--python-version", ".".join(map(str, OLDEST_PYTHON)), "--group", "build", *wanted,
             "pyproject.toml", "--output-file", f"requirements/{name}.txt", *arguments], cwd=ROOT)
        if status:
            return status
    return 0


TASKS = {"run": task_run, "hecha": task_hecha, "lab": task_lab, "test": task_test,
         "bundle": task_bundle, "lock": task_lock}


# --- an environment, ready to use --------------------------------------------------------


def ready(name):
    """The Python of the task's environment, which is built first where it must be."""
    here = conda_python(name)
    if here:
        return here
    folder = ROOT / FOLDERS[name]
    python, wanted, kept = python_of(folder), stamp(name), kept_stamp(folder)
    works = bool(kept.get("python")) and kept["python"] == version_of(python)
    if works and kept == {**wanted, "python": kept["python"]}:
        return str(python)
    if kept.get("packages") != wanted["packages"] or not works:
        build(folder, name)
    else:
        (folder / "stamp.json").unlink()
    install_project(python)
    (folder / "stamp.json").write_text(
        json.dumps({**wanted, "python": version_of(python)}), encoding="utf-8")
    say("环境已就绪。")
    return str(python)


def build(folder, name):
    """A fresh environment with exactly the packages of the list."""
    say(f"正在准备运行环境 {folder.name}（只在第一次或依赖有变化时需要）……")
    make_folder(folder)
    python = python_of(folder)
    for number, (command, source) in enumerate(ways(python, name)):
        doing = f"正在安装依赖包（{source}）" if number == 0 else f"改用另一种办法安装（{source}）"
        try:
            quietly([*command, "--require-hashes", "--requirement", str(lock_file(name))], doing)
            return
        except Trouble as trouble:
            say(str(trouble))
    raise Trouble("依赖包没有装上。没有网络时，请先在能上网的同类电脑上运行 "
                  "tasks.py bundle，再把整个文件夹拷过来。")


def make_folder(folder):
    """The bare environment; pip goes in wherever Python can bring it."""
    with_pip = find_spec("ensurepip") is not None
    if not with_pip and not shutil.which("uv"):
        with_pip = apt_install("python3-venv", "Python 的 venv 部件")
        if not with_pip:
            raise Trouble("这个 Python 缺少 ensurepip，装不了运行环境。Debian、Ubuntu 请执行："
                          "sudo apt install python3-venv；其他系统请从 Python 官方安装包重装。")
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    quietly(command if with_pip else [*command, "--without-pip"], "正在建立运行环境")


def ways(python, name):
    """The ways to install a list, best first: (command, where the packages come from)."""
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    with_uv = [uv, "pip", "install", "--python", str(python)]
    if bundle_fits(name):
        offline = ["--no-index", "--find-links", str(BUNDLE)]
        yield ([*with_uv, *offline] if uv else [*pip, *offline]), "用 bundle 文件夹，不需要网络"
    if uv:
        yield [*with_uv, "--only-binary", ":all:"], "用 uv，约需一分钟"
    if has_pip(python):
        yield [*pip, "--only-binary", ":all:"], "用 pip，约需两到五分钟"


def install_project(python):
    """The project itself, editable; what builds it is already in the environment."""
    uv = shutil.which("uv")
    how = ([str(python), "-m", "pip", "install", "--disable-pip-version-check"]
           if has_pip(python) else [uv, "pip", "install", "--python", str(python)])
    quietly([*how, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], "正在安装本项目")


def stamp(name):
    """What an environment depends on: the packages, and the project's own settings."""
    base = json.dumps([digest(lock_file(name)), str(ROOT)])
    return {"packages": hashlib.sha256(base.encode("utf-8")).hexdigest(),
            "project": digest(ROOT / "pyproject.toml")}


def version_of(python):
    """What a Python says it is, blank where it does not run.

    An environment lives as long as its own Python does, whichever Python starts this script.
    """
    try:
        return subprocess.run([str(python), "-c", "import sys; print(sys.version)"],
                              capture_output=True, text=True, encoding="utf-8").stdout.strip()
    except OSError:
        return ""


def kept_stamp(folder):
    """The stamp an environment carries; empty when it was never finished."""
    try:
        return json.loads((folder / "stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def python_of(folder):
    """Where an environment keeps its Python."""
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def has_pip(python):
    """Whether the environment can run pip."""
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def python_with_pip():
    """A Python that can run pip: this one, or that of the run environment."""
    python = sys.executable if find_spec("pip") else ready("run")
    if not has_pip(python):
        raise Trouble("打包要用 pip，这里没有找到；请先执行：python3 -m ensurepip")
    return python


def lock_file(name):
    """The hash-locked list of an environment."""
    return ROOT / "requirements" / f"{name}.txt"


def digest(path):
    """SHA-256 of a text file, the same with either kind of line end."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def machine():
    """What a wheel must fit: the system and Python's version."""
    return {"platform": sysconfig.get_platform(), "python": "{}.{}".format(*sys.version_info)}


def bundle_fits(name):
    """Whether ./bundle holds this list for this machine; says why when it does not."""
    try:
        label = json.loads((BUNDLE / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if {key: label.get(key) for key in machine()} != machine():
        say(f"bundle 是给 {label.get('platform')}、Python {label.get('python')} 打的包，"
            f"这里是 {machine()['platform']}、Python {machine()['python']}，不能用，改从网络安装。")
        return False
    if label.get("lists", {}).get(name) != digest(lock_file(name)):
        say(f"bundle 里没有现在这份 requirements/{name}.txt 的安装包，改从网络安装。")
        return False
    return True


# --- conda -------------------------------------------------------------------------------


def conda_python(name):
    """The active conda environment's Python, if the project and all it needs are there."""
    prefix = os.environ.get("CONDA_PREFIX")
    if not prefix or Path(prefix).resolve() != Path(sys.prefix).resolve():
        return None
    installed = installed_here()
    if "hecha" not in installed:
        return None
    missing = [each for each in needed(installed["hecha"], EXTRAS[name]) if each not in installed]
    if missing:
        say(f"当前 conda 环境里没有 {'、'.join(missing)}，改用 {FOLDERS[name]}。")
    return None if missing else sys.executable


def installed_here():
    """The packages in this Python's own folders: name, what it requires."""
    from importlib.metadata import distributions

    folders = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    return {plain(each.metadata["Name"]): each.requires or []
            for each in distributions(path=folders)}


def needed(requirements, extras):
    """Names among the project's requirements, with those of some extras."""
    for requirement in requirements:
        extra = re.search(r"""extra\s*==\s*["']([\w-]+)["']""", requirement)
        if extra is None or extra.group(1) in extras:
            yield plain(re.match(r"[\w.-]+", requirement).group())


def plain(name):
    """A package's name as every index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- the programs some tests drive -------------------------------------------------------

NAMES = {"browser": "浏览器（Chromium、Chrome 或 Edge）", "office": "LibreOffice"}
COMMANDS = {
    "browser": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
                "chrome", "msedge", "microsoft-edge"),
    "office": ("soffice", "libreoffice"),
}
PLACES = {
    "browser": ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe",
                "Chromium.app/Contents/MacOS/Chromium",
                "Google Chrome.app/Contents/MacOS/Google Chrome",
                "Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    "office": ("LibreOffice/program/soffice.exe", "LibreOffice.app/Contents/MacOS/soffice"),
}
DEBIAN = {"browser": "chromium libatomic1",  # the second for Playwright's own program
          "office": "libreoffice-calc-nogui libreoffice-writer-nogui"}


def program(kind):
    """The path of a browser or of LibreOffice, installed where that can be done; else None."""
    path = find_program(kind)
    if path is None and apt_install(DEBIAN[kind], NAMES[kind]):
        path = find_program(kind)
    if path is None:
        say(f"没有找到{NAMES[kind]}，要用到它的测试不会运行；装好之后请再来一次。")
    return path


def find_program(kind):
    """Where a program is: named by HECHA_BROWSER or HECHA_OFFICE, on PATH, or at home."""
    named = os.environ.get("HECHA_" + kind.upper())
    homes = [os.environ.get(each) for each in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")]
    homes = [Path(each) for each in homes if each] + [Path("/Applications")]
    places = [str(home / place) for home in homes for place in PLACES[kind]]
    found = [shutil.which(each) for each in (named, *COMMANDS[kind]) if each]
    found += [each for each in places if Path(each).is_file()]
    return next((each for each in found if each), None)


def apt_install(packages, what):
    """Install Debian packages where that is ours to do; whether it was done."""
    if WINDOWS or not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages.split()]
    try:
        quietly(["apt-get", "update"], "正在更新系统软件目录", env=quiet)
        quietly(install, f"正在安装{what}", env=quiet)
    except Trouble as trouble:
        say(str(trouble))
        return False
    return True


# --- running other programs --------------------------------------------------------------


def call(command, cwd=None, **more):
    """Run to the end, with our own screen; its exit code."""
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", **more}
    environment.pop("PYTHONHOME", None)
    return subprocess.call([str(each) for each in command], cwd=cwd, env=environment)


def quietly(command, doing, env=None):
    """Run to the end, with a sign of life; its last words only when it fails."""
    began = time.monotonic()
    say(f"{doing}……")
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=env)
        while not ended(process):
            say(f"  还在进行，已 {time.monotonic() - began:.0f} 秒……")
        output.seek(0)
        said = output.read().decode("utf-8", "replace").splitlines()
    if process.returncode:
        words = [line for line in said if not line.startswith("Ignoring ")]
        raise Trouble("\n".join([*words[-12:], f"没有成功：{doing}。"]))


def ended(process):
    """Wait a quarter of a minute; whether the process has ended."""
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        return False
    return True


# --- the door ----------------------------------------------------------------------------


def main(arguments):
    """Find the task and run it; its exit code."""
    if sys.version_info < OLDEST_PYTHON:
        say("需要 Python 3.11 或更新的版本，现在这个是 {}.{}；请安装后再运行。"
            .format(*sys.version_info))
        return 2
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    if not arguments or arguments[0] not in TASKS:
        say(HELP)
        return 0 if arguments[:1] in ([], ["--help"], ["-h"], ["help"]) else 2
    try:
        return TASKS[arguments[0]](arguments[1:])
    except Trouble as trouble:
        say(str(trouble))
    except OSError as trouble:
        say(f"没有成功：{trouble}")
        say("如果 JupyterLab 或别的窗口正在用这个文件夹，请先关闭再试。")
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
