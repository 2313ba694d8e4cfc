"""What a viewer sees of a fault in the app: a sentence with a code, which stands beside the traceback in the server's log.

Streamlit's own box would show the names of files on this server, or without these nothing by which the fault can be found.
"""

import base64
import hashlib
import traceback

from streamlit import error_util
from streamlit.delta_generator_singletons import get_dg_singleton_instance
from streamlit.logger import get_logger
from streamlit.proto.Exception_pb2 import Exception as ExceptionProto

_LOGGER = get_logger(__name__)


def code_of(error: BaseException) -> str:
    """Five letters and digits: the same for every fault of one kind at one place."""
    frames = [f"{frame.filename} {frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    place = "\n".join([type(error).__qualname__, *frames])
    return base64.b32encode(hashlib.sha256(place.encode()).digest())[:5].decode()


def sentence(code: str) -> str:
    """What the viewer is told."""
    return (
        f"Something went wrong here (code {code}). Reload the page or choose something else. "
        "If it happens again, tell the person who runs this app the code: the server's log explains it."
    )


def log(ex: BaseException) -> None:
    """Write the code and the traceback to the server's log."""
    _LOGGER.error("A fault was shown as code %s", code_of(ex), exc_info=ex)


def show(ex: BaseException) -> None:
    """Show the sentence where Streamlit would show the exception."""
    # Still Streamlit's element for exceptions, by which tests and the browser know that something went wrong.
    said = ExceptionProto(message=sentence(code_of(ex)))
    said.width_config.use_stretch = True
    get_dg_singleton_instance().main_dg._enqueue("exception", said)


def show_as_codes() -> None:
    """Let Streamlit log and show whatever a page, a fragment or a callback raises in this way."""
    error_util._log_uncaught_app_exception = log
    error_util.show_uncaught_app_exception = show
