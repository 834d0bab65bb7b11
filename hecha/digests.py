"""Digests: SHA-256 of texts, bytes and files.

A run says which inputs it read and a draw says which frame was frozen, both by
SHA-256.  This is the only module that imports hashlib: who changes the digest
changes it here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_text(text: str) -> str:
    """The digest of a text's UTF-8 bytes, in lower-case hex.

    >>> sha256_text("云溪县")[:16]
    'a884802f9c38488e'
    """
    return sha256_bytes(text.encode("utf-8"))


def sha256_bytes(data: bytes) -> str:
    """The digest of bytes, in lower-case hex.

    >>> sha256_bytes(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: str | Path) -> str:
    """The digest of a file's bytes, read piece by piece; OSError if it cannot be read.

    >>> import tempfile, os
    >>> with tempfile.NamedTemporaryFile(delete=False) as file:
    ...     _ = file.write(b"")
    >>> sha256_file(file.name) == sha256_bytes(b"")
    True
    >>> os.unlink(file.name)
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
