"""The ticket workbook: SHA-256 in plain formulas, for whoever trusts only a spreadsheet.

Type dice, nonce, stage and unit; the ticket appears.  No macro, no add-in: 64
rounds are 64 rows, and everybody can follow a bit from the text to the ticket
(FIPS 180-4).  It works in any spreadsheet that knows BITXOR, BITAND and
BITRSHIFT.

Each cell is written by an expression that carries its formula and its value at
once, so that the values stored beside the formulas are those of the formulas.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from itertools import count, islice
from math import isqrt

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from hecha.field.tickets import STAGES

LONGEST = 119
"""Characters of «seed|stage|unit» that the two blocks of the workbook hold."""

_NO_DATE = datetime(2000, 1, 1)
_WORD = 1 << 32
_BLOCKS, _BLOCK_BYTES, _ROUNDS = 2, 64, 64


class Term:
    """A formula and its value, built together: `Term + Term`, `Term ^ Term`, `Term & Term`."""

    def __init__(self, formula: str, value: int) -> None:
        self.formula, self.value = formula, value

    def __add__(self, other: Term) -> Term:
        return Term(f"{self.formula}+{other.formula}", self.value + other.value)

    def __xor__(self, other: Term) -> Term:
        return Term(f"_xlfn.BITXOR({self.formula},{other.formula})", self.value ^ other.value)

    def __and__(self, other: Term) -> Term:
        return Term(f"_xlfn.BITAND({self.formula},{other.formula})", self.value & other.value)

    def __invert__(self) -> Term:
        return Term(f"{_WORD - 1}-{self.formula}", _WORD - 1 - self.value)

    def __rshift__(self, places: int) -> Term:
        return Term(f"_xlfn.BITRSHIFT({self.formula},{places})", self.value >> places)

    def rotated(self, places: int) -> Term:
        """The 32-bit word turned right by so many places."""
        low, lift = 1 << places, 1 << (32 - places)
        return Term(f"({(self >> places).formula}+MOD({self.formula},{low})*{lift})",
                    (self.value >> places) + self.value % low * lift)

    def word(self) -> Term:
        """A sum brought back to 32 bits."""
        return Term(f"MOD({self.formula},{_WORD})", self.value % _WORD)


class Page:
    """A sheet that gives back, for every formula written, the cell as a term."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        self.sheet = book.add_worksheet(name)
        self.sheet.protect()
        self.name = name

    def put(self, row: int, column: int, term: Term) -> Term:
        """Write a number's formula with its value; the cell as a term."""
        self.sheet.write_formula(row, column, f"={term.formula}", value=term.value)
        return Term(xl_rowcol_to_cell(row, column, True, True), term.value)

    def text(self, row: int, column: int, formula: str, value: str) -> str:
        """Write a text's formula with its value; the cell's address from any sheet."""
        self.sheet.write_formula(row, column, f"={formula}", value=value)
        return f"'{self.name}'!{xl_rowcol_to_cell(row, column, True, True)}"


def ticket_workbook(dice: str, nonce: str, stage: str, unit: str) -> bytes:
    """A macro-free workbook that computes one ticket; the given example stands in it.

    Inputs are the four yellow cells of the first sheet, typed as text.  ValueError when
    the example is longer than LONGEST.  The same example gives the same bytes.

    >>> ticket_workbook("031117223133", "", "CUN", "440923101205")[:2]
    b'PK'
    """
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": "签号计算表", "created": _NO_DATE})
    front = Page(book, "签号")
    seed_ref, seed = _seed(Page(book, "计算种子"), dice, nonce)
    message = f"{seed}|{stage}|{unit}"
    ticket_ref, ticket = _sha256(Page(book, "计算签号"),
                                 f"{seed_ref}&\"|\"&'签号'!$B$5&\"|\"&'签号'!$B$6", message)
    _front(book, front, (dice, nonce, stage, unit), (seed_ref, seed), (ticket_ref, ticket))
    book.close()
    return stream.getvalue()


def _seed(page: Page, dice: str, nonce: str) -> tuple[str, str]:
    """The seed's cell and value: 32 digits of the digest, or the dice in the simple mode."""
    ref, digest = _sha256(page, "'签号'!$B$3&\"|\"&'签号'!$B$4", f"{dice}|{nonce}")
    value = digest[:32] if nonce else dice
    page.sheet.write_string(2, 0, "种子")
    return page.text(2, 1, f"IF('签号'!$B$4=\"\",'签号'!$B$3,LEFT({ref},32))", value), value


def _front(book: xlsxwriter.Workbook, page: Page, inputs: tuple[str, ...],
           seed: tuple[str, str], ticket: tuple[str, str]) -> None:
    """The first sheet: four inputs, the seed, the ticket, and how it works."""
    bold = book.add_format({"bold": True})
    typed = book.add_format({"num_format": "@", "locked": False, "bg_color": "#FFF2CC",
                             "border": 1})
    sheet = page.sheet
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 76)
    sheet.write_string(0, 0, "签号计算表（只用公式，没有宏）", bold)
    sheet.write_string(1, 0, "黄色格可改，其余由公式算出；每格的计算过程在后面两张表。")
    for row, (label, value) in enumerate(
            zip(("公开号码", "随机数（没有就留空）", "阶段", "单位代码"), inputs), 2):
        sheet.write_string(row, 0, label)
        write = sheet.write_string if value else sheet.write_blank
        write(row, 1, value, typed)
    sheet.data_validation(4, 1, 4, 1, {"validate": "list", "source": list(STAGES)})
    sheet.write_string(7, 0, "种子")
    page.text(7, 1, seed[0], seed[1])
    sheet.write_string(8, 0, "签号", bold)
    page.text(8, 1, ticket[0], ticket[1])
    sheet.write_string(10, 0, "种子＝SHA-256（公开号码|随机数）的前32位；"
                       "签号＝SHA-256（种子|阶段|单位代码）。")


def _sha256(page: Page, formula: str, message: str) -> tuple[str, str]:
    """SHA-256 of the text that `formula` gives: the digest's address and value."""
    if len(message) > LONGEST:
        raise ValueError(f"“{message}”超过{LONGEST}个字符，签号计算表放不下")
    _headings(page)
    text = page.text(0, 1, formula, message).partition("!")[2]
    length = page.put(1, 1, Term(f"LEN({text})", len(message)))
    blocks = page.put(1, 3, Term(f"IF({length.formula}>55,2,1)", 1 + (len(message) > 55)))
    states = [[Term(str(root), root) for root in _roots(2, 8)]]
    for block in range(_BLOCKS):
        words = _schedule(page, block, _message_words(page, block, text, length, blocks, message))
        states.append(_compress(page, block, words, states[-1]))
    return _digest(page, blocks, states[1:], length)


def _headings(page: Page) -> None:
    for row, column, text in ((0, 0, "文本"), (1, 0, "字符数"), (1, 2, "分组数"), (3, 0, "摘要"),
                              (5, 0, "字节"), (5, 2, "字W"), (5, 4, "常数K")):
        page.sheet.write_string(row, column, text)
    for column, name in enumerate(["T1", "T2", *"abcdefgh"], 5):
        page.sheet.write_string(5, column, name)
    page.sheet.set_column(0, 15, 12)


def _row(block: int, position: int) -> int:
    """The sheet's row of a byte or a round."""
    return 6 + block * (_ROUNDS + 2) + position


def _message_words(page: Page, block: int, text: str, length: Term, blocks: Term,
                   message: str) -> list[Term]:
    """The 16 words of a block: the text, the bit 1, zeros, and the length in bits."""
    total = _BLOCK_BYTES * blocks.value
    padded = message.encode("ascii") + b"\x80"
    padded = padded.ljust(total - 2, b"\0") + (8 * len(message)).to_bytes(2, "big")
    padded = padded.ljust(_BLOCK_BYTES * _BLOCKS, b"\0")
    octets = []
    for position in range(_BLOCK_BYTES):
        at = block * _BLOCK_BYTES + position
        formula = (f"IF({at}<{length.formula},CODE(MID({text},{at + 1},1)),"
                   f"IF({at}={length.formula},128,"
                   f"IF({at}={_BLOCK_BYTES}*{blocks.formula}-2,INT({length.formula}*8/256),"
                   f"IF({at}={_BLOCK_BYTES}*{blocks.formula}-1,MOD({length.formula}*8,256),0))))")
        octets.append(page.put(_row(block, position), 0, Term(formula, padded[at])))
    return [_joined(octets[4 * n:4 * n + 4]) for n in range(16)]


def _joined(octets: list[Term]) -> Term:
    """Four bytes as one word."""
    weights = (1 << 24, 1 << 16, 1 << 8, 1)
    return Term("+".join(f"{o.formula}*{w}" for o, w in zip(octets, weights)),
                sum(o.value * w for o, w in zip(octets, weights)))


def _schedule(page: Page, block: int, given: list[Term]) -> list[Term]:
    """The 64 words of a block: 16 of the text, then each from four before it."""
    words: list[Term] = []
    for n in range(_ROUNDS):
        word = given[n] if n < 16 else _next_word(words)
        words.append(page.put(_row(block, n), 2, word))
    return words


def _next_word(words: list[Term]) -> Term:
    early, late = words[-15], words[-2]
    return (words[-16] + (early.rotated(7) ^ early.rotated(18) ^ (early >> 3))
            + words[-7] + (late.rotated(17) ^ late.rotated(19) ^ (late >> 10))).word()


def _compress(page: Page, block: int, words: list[Term], state: list[Term]) -> list[Term]:
    """The 64 rounds of a block, a row each; the state after it."""
    a, b, c, d, e, f, g, h = state
    for n, root in enumerate(_roots(3, _ROUNDS)):
        row = _row(block, n)
        constant = page.put(row, 4, Term(str(root), root))
        one = page.put(row, 5, (h + (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25))
                                + ((e & f) ^ (~e & g)) + constant + words[n]).word())
        two = page.put(row, 6, ((a.rotated(2) ^ a.rotated(13) ^ a.rotated(22))
                                + ((a & b) ^ (a & c) ^ (b & c))).word())
        after = [(one + two).word(), a, b, c, (d + one).word(), e, f, g]
        a, b, c, d, e, f, g, h = (page.put(row, 7 + n, term) for n, term in enumerate(after))
    row = _row(block, _ROUNDS)
    return [page.put(row, 7 + n, (old + new).word())
            for n, (old, new) in enumerate(zip(state, (a, b, c, d, e, f, g, h)))]


def _digest(page: Page, blocks: Term, states: list[list[Term]], length: Term) -> tuple[str, str]:
    """The eight words of the last block in use, as 64 digits."""
    words = [f"DEC2HEX(IF({blocks.formula}=1,{one.formula},{two.formula}),8)"
             for one, two in zip(*states)]
    value = "".join(f"{term.value:08x}" for term in states[blocks.value - 1])
    too_long = f"太长，最多{LONGEST}个字符"
    formula = f"IF({length.formula}>{LONGEST},\"{too_long}\",LOWER({'&'.join(words)}))"
    return page.text(3, 1, formula, value), value


def _roots(power: int, many: int) -> list[int]:
    """The first 32 bits behind the point of the roots of the first primes (FIPS 180-4)."""
    return [_root(prime << (32 * power), power) % _WORD for prime in islice(_primes(), many)]


def _primes():
    return (n for n in count(2) if all(n % d for d in range(2, isqrt(n) + 1)))


def _root(value: int, power: int) -> int:
    """The integer root, by halving."""
    low, high = 0, 1 << (value.bit_length() // power + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= value else (low, middle)
    return low


__all__ = ["LONGEST", "ticket_workbook"]
