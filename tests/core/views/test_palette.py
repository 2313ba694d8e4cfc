"""The palette: one place for every colour, and colours that everybody can tell apart."""

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from core.views import charts, palette
from core.views.palette import DARK, LIGHT, LINES, MARKDOWN, ROLES

ROOT = Path(__file__).parents[3]
THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
LOOKS = [("light", LIGHT), ("dark", DARK)]
# Full severity, linear RGB: Machado, Oliveira and Fernandes 2009, https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
SIMULATIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear_rgb(colour):
    """(3,) in [0, 1]: a hex colour without sRGB's gamma."""
    values = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def cielab(linear):
    """(3,): lightness, a and b under D65."""
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    x, y, z = np.cbrt(np.maximum(to_xyz @ linear / [0.95047, 1, 1.08883], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(first, second):
    """WCAG's contrast ratio of two hex colours, from 1 to 21."""
    darker, lighter = sorted(float(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05 for colour in (first, second))
    return lighter / darker


def test_the_measures_are_those_of_known_colours():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    np.testing.assert_allclose(cielab(linear_rgb("#ff0000")), [53.24, 80.09, 67.20], atol=0.02)


@pytest.mark.parametrize("sight", SIMULATIONS)
@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_right_wrong_and_refused_are_told_apart_by_colour_blind_people(look, colours, sight):
    seen = {
        role: cielab(np.clip(SIMULATIONS[sight] @ linear_rgb(getattr(colours, role)), 0, 1))
        for role in ("right", "wrong", "refused", "muted")
    }
    for first, second in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) >= 20, (first, second)


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_every_colour_stands_out_from_the_background(look, colours):
    for background in (THEME[look]["backgroundColor"], THEME[look]["secondaryBackgroundColor"]):
        for role in ("right", "wrong", "refused"):
            assert contrast(getattr(colours, role), background) >= 3, role
    for colour in colours.categories:
        assert contrast(colour, THEME[look]["backgroundColor"]) >= 3, colour


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_a_line_does_not_look_like_a_role(look, colours):
    for line, role in itertools.product(colours.lines, ROLES):
        assert np.linalg.norm(cielab(linear_rgb(line)) - cielab(linear_rgb(getattr(colours, role)))) >= 15, (line, role)


@pytest.mark.parametrize(("look", "colours"), LOOKS)
def test_the_theme_has_the_colours_of_the_palette_in_its_order(look, colours):
    assert [getattr(colours, role) for role in ROLES] == list(colours.categories[: len(ROLES)])
    assert len(colours.lines) == len(LINES)
    assert THEME[look]["chartCategoricalColors"] == list(colours.categories)
    for role in ROLES:
        assert THEME[look][f"{MARKDOWN[role]}Color"] == getattr(colours, role)


def test_markdown_is_coloured_by_role():
    assert palette.coloured("no idea", "refused") == ":violet[no idea]"


def test_a_scale_gives_each_name_the_place_of_its_role():
    scale = charts.role_scale({"other": "muted", "answered": "right", "not answered": "refused"})
    assert scale.domain == ["answered", "(wrong)", "not answered", "(human)", "(ood)", "other"]
    assert charts.role_scale({"right": "right", "wrong": "wrong"}).domain == ["right", "wrong"]


@pytest.mark.parametrize("num_lines", [1, 7, 8, 20])
def test_no_number_of_lines_gets_the_colour_of_a_role(num_lines):
    names = [f"score {number}" for number in range(num_lines)]
    domain = charts.role_scale({"by chance": "muted"}, names).domain
    colours = {name: LIGHT.categories[place % len(LIGHT.categories)] for place, name in enumerate(domain)}
    assert colours["by chance"] == LIGHT.muted
    assert [colours[name] for name in names] == [LIGHT.lines[number % 7] for number in range(num_lines)]
    assert len(set(domain)) == len(domain)


VIEWS = sorted((ROOT / "core/views").glob("*.py"))
STYLES = sorted((ROOT / "ui").rglob("*.css"))


# The colour maps of overlays are not roles.
@pytest.mark.parametrize("path", [path for path in VIEWS if path.name not in ("palette.py", "overlays.py")] + STYLES)
def test_colours_stand_in_the_palette_alone(path):
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in VIEWS if path.name != "palette.py"])
def test_the_words_for_a_refusal_stand_in_the_palette_alone(path):
    assert palette.DONT_KNOW not in path.read_text(encoding="utf-8")


def test_captions_can_be_read_on_every_background():
    """Streamlit writes them in the text's colour at 60 % opacity. 4.5 is what WCAG asks of small letters."""
    for look in ("light", "dark"):
        for place in (THEME[look], THEME[look]["sidebar"]):
            mixed = [
                0.6 * int(THEME[look]["textColor"][start : start + 2], 16)
                + 0.4 * int(place["backgroundColor"][start : start + 2], 16)
                for start in (1, 3, 5)
            ]
            assert contrast("#" + "".join(f"{round(part):02x}" for part in mixed), place["backgroundColor"]) >= 4.5, (
                look
            )
