"""The colours of what can happen to an image, one per role, and the words for a refusal.

Blue, vermilion and green are Okabe and Ito's, told apart by colour-blind people (https://jfly.uni-koeln.de/color/). The
theme in .streamlit/config.toml has the same colours in the same order, so a chart that names its roles in this order
follows light and dark. Cards and sheets, which the theme does not reach, take LIGHT.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DONT_KNOW = "don't know"
WAKARANAI = "わからない"  # "don't know" in Japanese: the verdict, and the name of the app

# In the order of the theme's categorical colours.
ROLES = ("right", "wrong", "refused", "human", "ood", "muted")
# The theme's colours after the roles: for curves of scores and other kinds that have no role.
LINES = ("indigo", "rose", "teal", "brown", "olive", "sky", "ink")
# Role -> Streamlit's name for the colour, in Markdown and in the theme.
MARKDOWN: Mapping[str, str] = MappingProxyType(
    {"right": "blue", "wrong": "orange", "refused": "violet", "human": "green", "ood": "yellow", "muted": "gray"}
)


@dataclass(frozen=True)
class Palette:
    """Hex colours on one background.

    Attributes:
        right: right answers, in-distribution images, and what the network says.
        wrong: errors.
        refused: images that get the answer "don't know".
        human: what people say.
        ood: out-of-distribution images.
        muted: everything else.
        lines: the colours of LINES.
        ink: letters.
        faint: the track behind a bar.
    """

    right: str
    wrong: str
    refused: str
    human: str
    ood: str
    muted: str
    lines: tuple[str, ...]
    ink: str
    faint: str

    @property
    def categories(self) -> tuple[str, ...]:
        """The theme's categorical colours: those of ROLES, then those of LINES."""
        return (self.right, self.wrong, self.refused, self.human, self.ood, self.muted, *self.lines)


LIGHT = Palette(
    right="#0072b2",
    wrong="#d55e00",
    refused="#80186e",
    human="#009e73",
    ood="#b98100",
    muted="#7f8790",
    lines=("#22307a", "#e0559a", "#14a0a8", "#7b3f00", "#6b7a00", "#3b9ae0", "#0b1117"),
    ink="#0b1117",
    faint="#e6ebf0",
)
DARK = Palette(
    right="#56b4e9",
    wrong="#ff8c42",
    refused="#c75ab0",
    human="#009e73",
    ood="#f0c040",
    muted="#a9b4be",
    lines=("#8f9bff", "#ff9ecb", "#1d9aa3", "#b9805a", "#b5c94a", "#b5e0ff", "#ffffff"),
    ink="#e8edf2",
    faint="#33404c",
)


def coloured(text: str, role: str) -> str:
    """Markdown that Streamlit shows in the colour of a role."""
    return f":{MARKDOWN[role]}[{text}]"
