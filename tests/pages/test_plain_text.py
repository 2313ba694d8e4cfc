"""What visitors and files say is text on the page, never Markdown: no link, no picture, no markup."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.components.plain_text import JOINER, MOST_LETTERS, plain

HOSTILE = (
    "![x](http://elsewhere.example/a.png)",
    "[log in here](http://elsewhere.example)",
    "<http://elsewhere.example>",
    "http://elsewhere.example/a",
    "www.elsewhere.example",
    "WWW.elsewhere.example",
    "somebody@elsewhere.example",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    ":material/home: :red[red] :red-badge[x] :smile:",
    "$x^2$ and $$y$$",
    "`code` **bold** _it_ ~~gone~~",
    "__a__ _b_ a__b__ _ c_d",
    "[x]: http://elsewhere.example",
    "[^1] | a | b |",
    "# heading",
    "1. one",
    "12) twelve",
    "- item",
    "+ item",
    "=== ---",
    "a -> b <-> c -- d >= e",
    "\\[x](y)",
    "    code",
    "one\n\n# two\r\n> three",
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def rendered(markdown: str) -> str:
    """What stands on the page; fails if it is anything else than one paragraph of text."""
    opening, inline, closing = MARKDOWN.parse(markdown)
    assert (opening.type, inline.type, closing.type) == ("paragraph_open", "inline", "paragraph_close")
    assert {token.type for token in inline.children} <= {"text", "text_special"}
    return "".join(token.content for token in inline.children)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("sentence", ["{}", "There is no model named '{}'; another is shown.", "{} is no picture."])
def test_hostile_text_is_shown_letter_by_letter(text, sentence):
    shown = rendered(sentence.format(plain(text)))
    assert shown.replace(JOINER, "") == sentence.format(" ".join(text.split()))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_browser_would_find_in_the_text_itself_is_interrupted(text):
    shown = rendered(plain(text))
    # The patterns of remark-gfm (addresses), of Streamlit's icons and arrows, and of remark-emoji.
    for pattern in (
        r"https?://",
        r"www\.",
        r"[-.\w+]+@[-\w]",
        r":material/",
        r":[\w+-]+:",
        r"(^|\s)(<?->|<-|--|>=|<=)(\s|$)",
    ):
        assert not re.search(pattern, shown, re.IGNORECASE), pattern


@pytest.mark.parametrize("text", ["$x$", ":red[x]", ":material/home:", "::x", "a:b"])
def test_signs_that_only_streamlit_knows_have_a_backslash(text):
    assert not re.search(r"(?<!\\)(\$|:(?=\S))", plain(text))


def test_usual_names_stay_as_they_are():
    for name in (
        "a.png",
        "cat 2 (copy).jpg",
        "2026-11-25.png",
        "3.png",
        "写真.png",
        "mnist-dense",
        "small_cnn",
        "a.png: No ink found.",
    ):
        assert plain(name) == name


def test_signs_without_a_shape_are_replaced_and_white_space_is_one_space():
    assert plain("a\u202egnp.exe") == "a\ufffdgnp.exe"
    assert plain("a\x00\x1b[31mb\u200b\ud800") == "a\ufffd\ufffd\\[31mb\ufffd\ufffd"
    assert plain(" a\t\n\u2028 b ") == "a b"


def test_of_long_text_the_beginning_and_the_end_are_shown():
    shown = plain("a" * 10_000 + ".png is broken")
    assert len(shown) == MOST_LETTERS + 1
    assert shown.startswith("aaa")
    assert shown.endswith(".png is broken")


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("\\`*__[]()<>~$&|:#-+=!1.) \nahtp/w@w\u202e"), max_size=40))
def test_any_text_is_one_paragraph_of_text(text):
    if text.split():
        shown = rendered(f"It says {plain(text)}.")
        assert html.unescape(shown).replace(JOINER, "").count("\ufffd") == text.count("\u202e")
        rendered(plain(text))
