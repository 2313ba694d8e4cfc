"""A button that saves a report in which the charts of the page are drawn."""

import json
from collections.abc import Sequence

from core.views.report import mark_of
from ui.components.own import own_component

_component = own_component("report")


def report_button(page: str, charts: Sequence[str], file_name: str, *, key: str) -> None:
    """Save an HTML file, with the charts as they are drawn on the page.

    The browser puts them in, because it has drawn them already: in the size, the colours and the font that are seen.

    Args:
        page: what `core.views.report.report` returns.
        charts: their alternative texts, which are the names of the figures. One that is not drawn is left out.
        file_name: of the file.
        key: the widget's key.
    """
    figures = [{"chart": chart, "mark": mark_of(chart)} for chart in charts]
    said = {"figures": figures, "name": file_name}
    _component(key=key, data=json.dumps(said).encode() + b"\n" + page.encode(), width="content")
