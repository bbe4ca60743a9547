"""Names: their plain form, and texts of tables that are no names."""

import json
import unicodedata

import numpy as np
import pytest

from sklearn_genre._utils.names import (
    list_members,
    name_fault,
    plain_array,
    plain_label,
    plain_name,
)

BJORK = "Björk"


@pytest.mark.parametrize(
    "other",
    [
        unicodedata.normalize("NFD", BJORK),
        f"  {BJORK}\t",
        f"\u00a0{BJORK}\u3000",  # blanks of other kinds
        f"\ufeff{BJORK}",  # byte order mark
        "Bj\u200bo\u0308rk",  # zero width space
        "Bjo\u2060\u0308rk",  # word joiner between letter and mark
        f"\u200e{BJORK}\u200f",  # marks of direction
        "Bj\u00adörk\r\n",  # soft hyphen
    ],
)
def test_one_name_in_many_forms(other):
    assert plain_name(other) == BJORK


def test_blanks_within_a_name():
    assert plain_name("Sigur \u00a0\n Rós") == "Sigur Rós"
    assert plain_name("") == plain_name(" \ufeff ") == ""


@pytest.mark.parametrize(
    "other", ["björk", "Bjork", "\uff22jörk", "B.jörk", "Björk!", "Bj örk"]
)
def test_what_tells_names_apart(other):
    assert plain_name(other) != BJORK


def test_joiners_stay():
    # they tell words of Persian apart
    assert plain_name("\u0647\u200c\u06cc") != plain_name("\u0647\u06cc")


def test_plain_form_is_final():
    text = " a\u0327\u0301  \u1e9b\u0323 \ufeffx "
    assert plain_name(plain_name(text)) == plain_name(text)


def test_labels_and_arrays():
    assert plain_label(("Bjo\u0308rk", 3)) == (BJORK, 3)
    assert plain_label(7) == 7
    # a letter that has no composed form in NFC needs two places
    grown = plain_array(np.array(["\u0958"]))
    assert grown.tolist() == ["\u0915\u093c"]
    numbers = plain_array(np.array([2, 1], dtype=np.int8))
    assert numbers.tolist() == [2, 1]
    assert numbers.dtype == np.int8


LISTS = {
    "['rock', 'pop']": ["rock", "pop"],
    '["rock", "pop"]': ["rock", "pop"],
    "['rock' 'pop']": ["rock", "pop"],
    "['rock'\n 'pop']": ["rock", "pop"],
    "array(['rock', 'pop'], dtype=object)": ["rock", "pop"],
    "array(['rock',\n       'pop'], dtype='<U4')": ["rock", "pop"],
    "[np.str_('rock'), np.str_('pop')]": ["rock", "pop"],
    "('rock', 'pop')": ["rock", "pop"],
    "{'rock'}": ["rock"],
    "frozenset({'rock', 'pop'})": ["rock", "pop"],
    "('rock',)": ["rock"],
    "Index(['rock', 'pop'], dtype='object')": ["rock", "pop"],
    'c("rock", "pop")': ["rock", "pop"],
    "[]": [],
    " [ ] ": [],
    "()": [],
    "set()": [],
    "array([], dtype=object)": [],
    "[21, 45]": ["21", "45"],
    "(21, 45)": ["21", "45"],
    "[21]": ["21"],
    '["caf\\u00e9", "Hip\\/Hop"]': ["café", "Hip/Hop"],
    "['AC\\\\DC', 'r\\xe9ggae']": ["AC\\DC", "réggae"],
    "[\"rock 'n' roll\"]": ["rock 'n' roll"],
    "['a, b', '[x]']": ["a, b", "[x]"],
}


@pytest.mark.parametrize("text", LISTS)
def test_lists_as_programs_write_them(text):
    assert list_members(text) == LISTS[text]
    assert "is a list" in name_fault(text.strip())


def test_lists_of_any_text():
    rng = np.random.default_rng(0)
    letters = list("ab ,'\"\\[]()\n\té\u200b\x00😀")
    for _ in range(500):
        texts = ["".join(rng.choice(letters, 6)) for _ in range(rng.integers(4))]
        for text in (repr(texts), repr(tuple(texts)), json.dumps(texts)):
            assert list_members(text) == texts


@pytest.mark.parametrize(
    "text",
    [
        *("rock", "", "[", "['rock'", "[unknown]", "(hed) p.e.", "( )", "[x] y [z]"),
        *("(What's New, Then)", "(1)", "()()"),
    ],
)
def test_names_that_are_no_lists(text):
    assert list_members(text) is None
    assert name_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "['rock', None]",
        "['a' ... 'z']",
        "[rock, pop]",
        "{rock,pop}",
        "[['rock'], ['pop']]",
        '{"genre": "rock"}',
        "['it''s']",
        "['a\\qb']",
        "[nan]",
    ],
)
def test_lists_that_cannot_be_read(text):
    with pytest.raises(ValueError, match="list that cannot be read"):
        list_members(text)


@pytest.mark.parametrize(
    "name", ["nan", "NaN", "None", "<NA>", "NaT", "NULL", "null", "NA", "N/A"]
)
def test_missing_values_as_text(name):
    assert "missing value" in name_fault(name)


@pytest.mark.parametrize("name", ["none", "Nan", "Null", "nana", "Na", "n.a."])
def test_names_near_missing_values(name):
    assert name_fault(name) is None


def test_names_in_quotes():
    assert "quotes" in name_fault('"jazz"')
    assert "quotes" in name_fault("'jazz'")
    assert name_fault('"Weird Al" Yankovic') is None
    assert name_fault("'Til Tuesday") is None
