"""Names of genres, artists, tags and songs, in the one form in which they compare.

Two names are one if they look alike: composed and decomposed letters, white space of
any kind and amount, and marks without width make no difference. Case, accents,
punctuation and compatibility forms (full-width letters, ligatures) do.
"""

import ast
import json
import re
import unicodedata
import warnings

import numpy as np

# Marks that show nothing: soft hyphen, zero width space, word joiner, byte order mark
# and the marks of writing direction. The joiners U+200C and U+200D are not among them,
# since words of Persian and Hindi differ by them.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

# what pandas, NumPy, R, databases and spreadsheets write for a missing value, in this
# spelling only
MISSING = {"nan", "NaN", "NaT", "None", "<NA>", "NA", "N/A", "n/a", "#N/A"}
MISSING |= {"NULL", "null"}

# lists as Python, NumPy, pandas, JSON and R write them
_CALL = re.compile(r"(?:array|set|frozenset|Index|c)\((.*?)(?:,\s*dtype=.*)?\)", re.S)
_TUPLE = re.compile(r"$|['\"]|\d+,")
_BRACKETS = {"[": "]", "(": ")", "{": "}"}
_TEXT = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_MEMBER = re.compile(
    rf"(?:np\.str_\(({_TEXT})\)|({_TEXT})|(\d+))(?:\s*,\s*|\s+|$)", re.S
)


def plain_name(name):
    """Return a name in the form in which names compare.

    Examples
    --------
    >>> plain_name(" Sigur  Ro\u0301s ") == "Sigur R\u00f3s"
    True
    """
    name = str(name)
    if not name.isascii():
        name = unicodedata.normalize("NFC", _UNSEEN.sub("", name))
    return " ".join(name.split())


def plain_label(label):
    """Return a label with the names in it, alone or in a tuple, in plain form."""
    if isinstance(label, str):
        return plain_name(label)
    return tuple(map(plain_label, label)) if type(label) is tuple else label


def plain_array(labels):
    """Return labels of shape (n,) as an array, with all names in plain form."""
    labels = np.asarray(labels)
    # a plain name may be longer than the field of a fixed width that held it
    dtype = None if labels.dtype.kind == "U" else labels.dtype
    return np.array([plain_label(label) for label in labels.tolist()], dtype=dtype)


def name_fault(name):
    """Say why a text of a table cannot be a name; None if it can.

    Parameters
    ----------
    name : str
        In plain form.

    Returns
    -------
    fault : str or None
        The end of a sentence, and what to do.
    """
    if name in MISSING:
        return (
            "stands for a missing value. Write the name, or leave out the value or the "
            f"row; if {name!r} is a name, write it in other capital or small letters."
        )
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        return "has quotes around it. Remove them, or what stands before the first one."
    if _inside(name) is not None:
        return "is a list. Write one name; lists of tags go in a column of tags."
    return None


def _inside(text):
    """Return what is in the brackets of a list; None for a name, even in brackets."""
    call = _CALL.fullmatch(text)
    inner = text if call is None else call[1].strip()
    if len(inner) > 1 and _BRACKETS.get(inner[0]) == inner[-1]:
        inner = inner[1:-1]
    elif call is None:
        return None
    if text[0] == "(":
        # "( )" and "(What's New, Then)" are names, "()" and "('rock',)" tuples
        return inner if _TUPLE.match(inner) else None
    sure = not inner.strip() or inner.isdigit() or inner in MISSING
    return inner if sure or any(mark in inner for mark in "'\",") else None


def list_members(text):
    """Return the members of a list as a program writes it; None if it is no list.

    Parameters
    ----------
    text : str
        ``['rock', 'pop']`` (Python, pandas), ``["rock", "pop"]`` (JSON), ``['rock'
        'pop']`` or ``array(['rock', 'pop'], dtype=object)`` (NumPy), and the like.

    Returns
    -------
    members : list of str or None

    Raises
    ------
    ValueError
        If it has the form of a list, but cannot be read.

    Examples
    --------
    >>> list_members("['rock' 'pop']"), list_members("[unknown]")
    (['rock', 'pop'], None)
    """
    inner = _inside(text.strip())
    if inner is None:
        return None
    members, place = [], len(inner) - len(inner.lstrip())
    while place < len(inner):
        found = _MEMBER.match(inner, place)
        if found is None:
            raise ValueError(f"{text!r} is a list that cannot be read")
        members.append(_unquoted(found[1] or found[2] or found[3], text))
        place = found.end()
    return members


def _unquoted(member, text):
    """Return the text of a member, with its escaped characters."""
    if "\\" not in member:
        return member if member.isdigit() else member[1:-1]
    try:
        return json.loads(member)
    except ValueError:
        pass
    try:
        with warnings.catch_warnings(action="error"):  # an unknown escape
            return ast.literal_eval(member)
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{text!r} is a list that cannot be read") from error
