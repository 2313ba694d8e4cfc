"""A fault in a page: the viewer gets a sentence with a code, and the log has the code and the traceback."""

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from ui import faults

SENTENCE = r"^Something went wrong here \(code ([A-Z2-7]{5})\)\."


def opened(script) -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def in_a_page() -> None:
    import ui  # noqa: F401

    raise RuntimeError("/secret/path")


def in_a_fragment() -> None:
    import streamlit as st

    import ui  # noqa: F401

    @st.fragment
    def broken() -> None:
        raise RuntimeError("/secret/path")

    broken()


def in_a_callback() -> None:
    import streamlit as st

    import ui  # noqa: F401

    def broken() -> None:
        raise RuntimeError("/secret/path")

    st.button("Click", on_click=broken)


@pytest.fixture
def log(caplog, monkeypatch):
    monkeypatch.setattr(faults._LOGGER, "propagate", True)
    caplog.set_level(logging.ERROR)
    return caplog


@pytest.mark.parametrize("script", [in_a_page, in_a_fragment, in_a_callback])
def test_the_viewer_sees_a_code_and_no_path_and_the_log_has_the_traceback(log, script):
    app = opened(script)
    if app.button:
        app.button[0].click().run()
    (shown,) = app.exception
    code = re.match(SENTENCE, shown.message)[1]
    assert not shown.proto.type
    assert not list(shown.proto.stack_trace)
    assert "secret" not in str(app)
    (record,) = (record for record in log.records if record.name == faults._LOGGER.name)
    assert code in record.getMessage()
    assert "/secret/path" in log.text
    assert "Traceback" in log.text


def test_one_place_has_one_code_and_another_place_another():
    def fail(second: bool) -> BaseException:
        try:
            if second:
                raise ValueError("a")
            raise ValueError("b")
        except ValueError as error:
            return error

    assert faults.code_of(fail(False)) == faults.code_of(fail(False)) != faults.code_of(fail(True))


def stops() -> None:
    import streamlit as st

    import ui  # noqa: F401

    if "again" not in st.session_state:
        st.session_state.again = True
        st.rerun()
    st.markdown("shown")
    st.stop()
    st.markdown("not shown")


def test_a_script_can_still_stop_and_run_again():
    app = opened(stops)
    assert not app.exception
    assert [text.value for text in app.markdown] == ["shown"]
