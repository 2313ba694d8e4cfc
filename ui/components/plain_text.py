"""What a visitor or a file says, shown as text.

Streamlit renders Markdown in messages, captions, labels and help texts. A file name or an address could otherwise put links and
pictures from elsewhere on the page, or text that runs from right to left over what stands beside it.
"""

import re
import unicodedata

MOST_LETTERS, MOST_QUOTED = 300, 60
# A backslash keeps these from beginning anything in Markdown, HTML, mathematics or Streamlit's own directives. Between two letters an underscore never does.
SIGNS = re.compile(r"[\\`*\[\]<>~$&|]|(?<![^\W_])_|_(?![^\W_])|:(?=\S)|^(?:[-+#=]|\d+[.)](?=\s|$))")
# Addresses, e-mail addresses, icons (:material/home:), emoji and arrows are found in the text that is left after that. An
# invisible character that forbids a line break interrupts them.
JOINER = "\N{WORD JOINER}"
INTERRUPTED = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>=])(?=[-<>=])", re.IGNORECASE)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, format (direction of text), surrogate, private, unassigned


def quoted(text: str) -> str:
    """What came, in quotation marks, for a sentence about it: as `plain`, and of more than MOST_QUOTED letters only the first."""
    return f"'{plain(text if len(text) <= MOST_QUOTED else text[:MOST_QUOTED] + '…')}'"


def plain(text: str) -> str:
    """The text as Markdown that shows its letters, and no more.

    Args:
        text: anything. White space is shown as one space, and what has no shape of its own as "\N{REPLACEMENT CHARACTER}".
            Of more than MOST_LETTERS letters the middle is left out.
    """
    text = " ".join(text.split())
    if len(text) > MOST_LETTERS:
        half = MOST_LETTERS // 2
        text = f"{text[:half]}…{text[-half:]}"
    seen = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in INVISIBLE else sign for sign in text)
    return SIGNS.sub(_escaped, INTERRUPTED.sub(JOINER, seen))


def _escaped(found: re.Match[str]) -> str:
    """A backslash before the last character, which of a number at the beginning is the point after it."""
    return f"{found[0][:-1]}\\{found[0][-1]}"
