from html.parser import HTMLParser

from core.views.report import Table, mark_of, report


class Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)


def test_a_report_has_sentences_figures_tables_and_meanings_and_asks_for_nothing_elsewhere():
    table = Table("Runs", ("Group", "Value"), [("a", "1 %"), ("b", "2 %")])
    page = report("Title", ["A **bold** word."], ["One", "Two"], [table], {"AURC": "An area."})
    read = Texts(page)
    assert read.tags.count("td") == 4
    assert read.tags.count("figure") == 2
    assert {"bold", "AURC", "An area.", "Runs", "2 %"} <= set(read.texts)
    assert page.index(mark_of("One")) < page.index(mark_of("Two"))
    assert "http" not in page


def test_what_looks_like_markup_is_text():
    hostile = '<script>alert(1)</script> & "x"'
    page = report(hostile, [hostile], [], [Table(hostile, (hostile,), [(hostile,)])], {hostile: hostile})
    read = Texts(page)
    assert "script" not in read.tags
    assert read.texts.count(hostile) == 8
