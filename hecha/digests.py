"""Digests: SHA-256 of text, bytes and files, the only user of hashlib.

A digest is lower-case hexadecimal, 64 digits.  Inputs, frames, certificates and
pages are named by it: two parties who hold the same digest hold the same bytes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_PIECE = 1 << 20


def sha256_text(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes (of an ASCII text: its ASCII bytes).

    >>> sha256_text("abc")
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    """
    return sha256_bytes(text.encode("utf-8"))


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of bytes.

    >>> sha256_bytes(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, read piece by piece; OSError when it cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.txt"
    ...     _ = path.write_bytes(b"abc")
    ...     sha256_file(path) == sha256_text("abc")
    True
    """
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


__all__ = ["sha256_bytes", "sha256_file", "sha256_text"]
