"""The effective case: raw files, with decided versions and corrections replayed on them.

The raw folders are never edited.  Where the book says that another file counts, or that
a cell was corrected, a copy of the case is laid out in a temporary folder, the loader
reads that with all its checks, and every place is told as the reader knows it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pandas as pd

from hecha.case import Case, load_case
from hecha.case.returns import FORM_FILE
from hecha.digests import sha256_bytes, sha256_file
from hecha.folders import safe_name, write_whole
from hecha.intake.book import Book
from hecha.intake.edits import NoSuchCell, edited, text_at
from hecha.intake.states import Correction, Form, Told, Version, replay
from hecha.problems import Place, Problem, Problems
from hecha.tables import grids_of

ROOMS = ("roster", "draw", "returns")
RECEIVED = ".hecha/received"
HEAD = ".hecha/records（登记簿链尾）"


def received_path(case: Path, digest: str, name: str) -> Path:
    """Where a case keeps a file that came in, never to be edited."""
    return case / RECEIVED / f"{digest[:12]}_{safe_name(name.rsplit('/', 1)[-1])}"


def keep_received(case: Path, digest: str, name: str, data: bytes) -> Path:
    """Keep a file as it came."""
    path = received_path(case, digest, name)
    return path if path.is_file() else write_whole(path, data)


@dataclass
class Layout:
    """One arrangement of a case's files: path in the case → the file it is read from.

    `shown` gives, for a path of the arrangement, the name the reader finds the file by.
    """

    files: dict[str, Path]
    shown: dict[str, str] = field(default_factory=dict)


@dataclass
class Arrangement:
    """The layouts needed (more than one only where a town's forms come from several files).

    `of_form`: (sheet, unit) → (layer, path); `paths`: the paths that hold recorded forms.
    """

    layers: list[Layout]
    of_form: dict[tuple[str, str], tuple[int, str]]
    paths: set[str]
    problems: Problems
    changed: bool

    @property
    def mixed(self) -> bool:
        """Whether a file is used only in part."""
        return len(self.layers) > 1 or NOWHERE in self.of_form.values()


NOWHERE = (-1, "")


def with_records(case: Case, folder: str | Path, forms: dict[str, str]) -> Case:
    """The case as its records have it; the case itself where it has none.

    `forms` as for :func:`hecha.case.load_case`.  Raises BookError where the book was
    tampered with: nothing is scored from it.
    """
    folder = Path(folder)
    book = Book.open(folder)
    if book is None:
        return case
    told, head = replay(book.entries()), book.head
    book.close()
    if told.erased or not (told.forms or told.corrections):
        return replace(case, inputs={**case.inputs, HEAD: head})
    made = apply(told, case, folder, forms)
    return replace(made, inputs={**made.inputs, **case.inputs, HEAD: head})


def apply(told: Told, case: Case, folder: Path, forms: dict[str, str]) -> Case:
    """A case under what its records tell: decided versions, then corrections in order."""
    made = arrange(told, folder, case.inputs)
    if not made.changed and not told.corrections:
        return replace(case, problems=Problems([*case.problems, *made.problems]))
    with tempfile.TemporaryDirectory(prefix="hecha-") as place:
        cases = [_load(layout, Path(place) / str(n), told.corrections, forms, made.problems)
                 for n, layout in enumerate(made.layers)]
    whole = _merged(cases, made) if made.mixed else cases[0]
    return replace(whole, problems=Problems([*whole.problems, *made.problems]))


# -- which file counts for which form ---------------------------------------------------


def arrange(told: Told, folder: Path, inputs: dict[str, str]) -> Arrangement:
    """Which files make up the case, by the standing version of every form."""
    problems = Problems()
    raw = {p.relative_to(folder).as_posix(): p for room in ROOMS if (folder / room).is_dir()
           for p in sorted((folder / room).rglob("*")) if p.is_file()}
    raw |= {p.name: p for p in sorted(folder.glob("*.md"))}
    by_digest = {digest: path for path, digest in inputs.items() if path.startswith("returns/")}
    base, recorded, changed = dict(raw), {}, False
    for subject, group in _by_subject(told).items():
        own = [path for path in raw if _is_of(path, subject, group)]
        versions = {v.file: v for form in group for v in form.versions}
        needed = _needed(group, problems)
        unseen = [p for p in own if inputs.get(p) not in versions]
        for path in unseen:
            problems.warning(Place(path), "unrecorded", "这个文件没有登记，计分用的是登记的报送；"
                             "如应采用，请先收表（hecha intake）", units=(subject,))
        used = set(needed.values())
        changed = changed or {inputs.get(p, "") for p in own} != used or len(own) != len(used)
        for path in own:
            base.pop(path, None)
        recorded[subject] = (needed, versions, own)
    layers, of_form, paths = _layers(base, recorded, folder, by_digest)
    return Arrangement(layers, of_form, paths, problems, changed)


def _by_subject(told: Told) -> dict[str, list[Form]]:
    found: dict[str, list[Form]] = {}
    for form in told.forms.values():
        if form.versions:
            found.setdefault(subject_of_form(form), []).append(form)
    return found


def subject_of_form(form: Form) -> str:
    """The file a form belongs to: its town's 核查记录, or the county's table of that title."""
    names = {v.name.rsplit("/", 1)[-1].rsplit(".", 1)[0] for v in form.versions}
    own_file = any(name.startswith(form.sheet) for name in names)
    return form.sheet if own_file else form.unit[:9]


def _is_of(path: str, subject: str, group: list[Form]) -> bool:
    if not path.startswith("returns/"):
        return False
    name = path.split("/", 1)[1]
    known = {v.name.rsplit("/", 1)[-1] for form in group for v in form.versions}
    if subject.isdigit():
        return name in known or (name.startswith(FORM_FILE) and subject in name)
    return name.rsplit(".", 1)[0] == subject


def _needed(group: list[Form], problems: Problems) -> dict[tuple[str, str], str]:
    """(sheet, unit) → digest of the file that counts; the newest of those that say the same."""
    newest = sorted({v.file: v.number for form in group for v in form.versions}.items(),
                    key=lambda pair: -pair[1])
    found = {}
    for form in group:
        standing = form.standing
        if standing is None:
            _say_contested(form, problems)
            found[form.sheet, form.unit] = ""
            continue
        same = {v.file for v in form.versions if v.digest == standing.digest}
        found[form.sheet, form.unit] = next(file for file, _ in newest if file in same)
    return found


def _say_contested(form: Form, problems: Problems) -> None:
    versions = "；".join(f"第{v.number}条 {v.team} {v.name}" for v in form.live)
    problems.error(Place(form.live[-1].name, form.sheet), "contested",
                   f"{form.unit}有不同的报送（{versions}），决定采用哪一份以前都不用",
                   expected="hecha record decide", units=(form.unit,))


def _layers(base: dict[str, Path], recorded: dict, folder: Path, by_digest: dict[str, str]
            ) -> tuple[list[Layout], dict[tuple[str, str], tuple[int, str]], set[str]]:
    layers, of_form, paths = [Layout(dict(base))], {}, set()
    for subject, (needed, versions, _) in recorded.items():
        of_form |= {key: NOWHERE for key, digest in needed.items() if not digest}
        for layer, digest in enumerate(filter(None, dict.fromkeys(needed.values()))):
            while len(layers) <= layer:
                layers.append(Layout(dict(base)))
            path, source, shown = _placed(subject, versions[digest], folder, by_digest)
            layers[layer].files[path] = source
            layers[layer].shown[path] = shown
            paths.add(shown)
            of_form |= {key: (layer, shown) for key, d in needed.items() if d == digest}
    return layers, of_form, paths


def _placed(subject: str, version: Version, folder: Path, by_digest: dict[str, str]
            ) -> tuple[str, Path, str]:
    """Where a version stands in the layout, where it is read from, and how it is shown."""
    raw = by_digest.get(version.file)
    if raw:
        return raw, folder / raw, raw
    source = received_path(folder, version.file, version.name)
    ending = source.suffix or ".xlsx"
    stem = f"{FORM_FILE}_{subject}" if subject.isdigit() else subject
    return f"returns/{stem}{ending}", source, source.relative_to(folder).as_posix()


# -- reading a layout ---------------------------------------------------------------------


def _load(layout: Layout, place: Path, corrections: Iterable[Correction], forms: dict[str, str],
          problems: Problems) -> Case:
    by_digest: dict[str, list[Correction]] = {}
    for one in corrections:
        by_digest.setdefault(one.digest, []).append(one)
    here = {c.file for c in corrections}
    applied: set[int] = set()
    for path, source in layout.files.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shown = layout.shown.get(path, path)
        digest = sha256_file(source) if by_digest and (shown in here or path in here) else ""
        own = by_digest.get(digest, [])
        if not own:
            _linked(source, target)
            continue
        target.write_bytes(corrected(source.read_bytes(), path, own, shown, problems))
        applied |= {c.number for c in own}
    for one in corrections:
        if one.number not in applied:
            problems.warning(Place(one.file, one.sheet), "stale_correction",
                             f"第{one.number}条更正（{one.cell}）是对旧文件做的，没有用于现在这一份，请核对")
    read = renamed(load_case(place, forms), layout.shown)
    raw = {one.file: one.digest for one in corrections if one.number in applied}
    return replace(read, inputs={**read.inputs, **raw})


def _linked(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source.resolve())
    except OSError:  # a system or disk without links
        shutil.copyfile(source, target)


def corrected(data: bytes, name: str, corrections: Iterable[Correction], shown: str,
              problems: Problems) -> bytes:
    """A file with its corrections replayed, first to last.

    One whose `before` is not what stands there is not applied, and said.
    """
    for one in corrections:
        try:
            stands = text_at(grids_of(data, name, Problems()), one.sheet, one.cell)
            if stands.strip() != one.before.strip():
                raise NoSuchCell(f"原文不是“{one.before}”")
            data = edited(data, name, {(one.sheet, one.cell): one.after})
        except NoSuchCell as why:
            problems.error(Place(shown, one.sheet), "correction",
                           f"第{one.number}条更正（{one.cell}）用不上：{why}")
    return data


_FRAMES = [f.name for f in fields(Case) if f.name not in ("forms_in", "inputs", "problems")]


def renamed(case: Case, shown: dict[str, str]) -> Case:
    """The case with its files called as the reader knows them."""
    shown = {k: v for k, v in shown.items() if k != v}
    if not shown:
        return case
    frames = {}
    for name in _FRAMES:
        frame = getattr(case, name)
        if "file" in frame and len(frame):
            frame = frame.assign(file=frame["file"].map(lambda f: shown.get(f, f)).astype("str"))
        frames[name] = frame
    return replace(case, **frames,
                   forms_in={t: shown.get(f, f) for t, f in case.forms_in.items()},
                   inputs={shown.get(f, f): d for f, d in case.inputs.items()},
                   problems=Problems([_called(p, shown) for p in case.problems]))


def _called(problem: Problem, shown: dict[str, str]) -> Problem:
    file, message = shown.get(problem.place.file, problem.place.file), problem.message
    for staged, name in shown.items():
        message = message.replace(staged, name)
    return replace(problem, place=replace(problem.place, file=file), message=message)


# -- several layouts as one case ------------------------------------------------------------


_PARTS = (("observations", "form", "unit"), ("households", "sheet", "village"),
          ("teams", "sheet", "checked_town"))


def _merged(cases: list[Case], made: Arrangement) -> Case:
    """Every form from the layer that holds its standing version; the rest from the first.

    Rows of a version that does not count are set aside, with the reason.
    """
    frames, dropped = {}, []
    for name, sheet, unit in _PARTS:
        kept = []
        for layer, case in enumerate(cases):
            rows = getattr(case, name)
            keep = pd.Series([_counts(made, layer, f, s, u) for f, s, u in
                              zip(rows["file"], rows[sheet], rows[unit], strict=True)],
                             index=rows.index, dtype=bool)
            kept.append(rows[keep])
            dropped.append(_dropped(rows[~keep], sheet, unit, made))
        frames[name] = pd.concat(kept, ignore_index=True)
    gone = pd.concat(dropped, ignore_index=True)
    problems = [p for layer, case in enumerate(cases) for p in case.problems
                if _believed(p, layer, made)]
    aside = pd.concat([*(case.set_aside for case in cases), gone], ignore_index=True)
    aside = aside.drop_duplicates(ignore_index=True)
    return replace(
        cases[0], **frames, set_aside=aside.astype({"row": "int64"}),
        accounts=_accounts([case.accounts for case in cases], aside),
        inputs={k: v for case in cases for k, v in case.inputs.items()},
        problems=Problems(list(dict.fromkeys(problems))))


def _counts(made: Arrangement, layer: int, file: str, sheet: str, unit: str) -> bool:
    if file not in made.paths:
        return layer == 0
    return made.of_form.get((sheet, unit), (layer, file)) == (layer, file)


def _dropped(rows: pd.DataFrame, sheet: str, unit: str, made: Arrangement) -> pd.DataFrame:
    """file, sheet, row, reason of rows that are another version's or in dispute."""
    own = rows[rows["file"].isin(made.paths)]
    reasons = ["有不同的报送，待决定" if made.of_form.get(key) == NOWHERE else "采用了另一份报送"
               for key in zip(own[sheet], own[unit], strict=True)]
    return pd.DataFrame({"file": own["file"], "sheet": own[sheet], "row": own["row"],
                         "reason": reasons}, columns=["file", "sheet", "row", "reason"])


def _accounts(parts: list[pd.DataFrame], aside: pd.DataFrame) -> pd.DataFrame:
    """read = used + set aside of every sheet, once."""
    accounts = pd.concat(parts, ignore_index=True).drop_duplicates(["file", "sheet"])
    counted = aside.groupby(["file", "sheet"]).size().to_dict()
    away = [counted.get(key, 0) for key in zip(accounts["file"], accounts["sheet"], strict=True)]
    return accounts.assign(set_aside=away, used=accounts["read"] - away).reset_index(drop=True)


def _believed(problem: Problem, layer: int, made: Arrangement) -> bool:
    """Whether a layer's problem concerns what is used of that layer."""
    file, sheet = problem.place.file, problem.place.sheet
    if file not in made.paths:
        return layer == 0
    if not problem.units:
        return (layer, file) in made.of_form.values()
    return any(made.of_form.get((sheet, unit), (layer, file)) == (layer, file)
               for unit in problem.units)


def digest_in(case: Path, shown: str) -> tuple[bytes, str]:
    """The bytes and digest of a file of a case, by the name the reader knows."""
    path = (case / shown).resolve()
    if not path.is_relative_to(case.resolve()) or not path.is_file():
        raise NoSuchCell(f"卷宗里没有文件“{shown}”")
    data = path.read_bytes()
    return data, sha256_bytes(data)
