"""A visitor's pictures belong to the visit: another session does not see them, and nothing of them is left afterwards."""

import asyncio
import gc
import io
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.requests import Request
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.data.pictures.allowance import Allowance
from core.metrics.detection import detection
from ui import memory
from ui.components import visit
from ui.components.saliency import store
from ui.loaded import evidence

RUN = "mnist-small_cnn"


def drawing(row: int) -> tuple[str, bytes, str]:
    """A file with a stroke that no other test and no starter has."""
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[30:170, 90:108] = 0
    pixels[row : row + 18, 60:150] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "secret.png", buffer.getvalue(), "image/png"


def draw(open_page):
    app = open_page("pages/3_Draw.py", run=RUN)
    app.get_by_key("way").set_value("Upload").run()
    app.file_uploader(key="file").set_value(drawing(60)).run()
    return app, app.session_state["history"][-1].image


def explain(open_page):
    app = open_page("pages/5_Explain.py", run=RUN, of="Upload")
    app.file_uploader(key="explained_file").set_value(drawing(90)).run()
    own = app.session_state["own_explanations"]
    return app, own.get(own.names()[-1]).maps


def shift(open_page):
    app = open_page("pages/7_Shift.py", run=RUN, view="Out-of-distribution data", foreign="My own images")
    app.file_uploader(key="own_images").set_value([drawing(120)]).run()
    return app, app.session_state["own_reading"].images[0]


@pytest.mark.parametrize("give", [draw, explain, shift])
def test_a_picture_goes_with_its_visit(open_page, monkeypatch, give):
    shared = []  # what is kept for all visitors
    monkeypatch.setattr(evidence, "detections", lambda *given, **_: shared.append(given) or {})
    monkeypatch.setattr(evidence, "detection", lambda ours, others, **_: detection(ours, others, num_resamples=10))
    app, held = give(open_page)
    assert not app.exception
    assert visit.PRIVACY in [caption.value for caption in app.caption]
    page = give.__name__.capitalize()
    number = {"Draw": 3, "Explain": 5, "Shift": 7}[page]
    shared_before_others = list(shared)
    other = open_page(f"pages/{number}_{page}.py", run=RUN)
    for key in ("history", "drawn", "own_explanations", "own_reading", "own_detections"):
        assert key not in other.session_state
    left = weakref.ref(held)
    del app, held
    gc.collect()
    assert left() is None
    assert not any(part.startswith(store.OWN) for key in store.kept().names() for part in key if isinstance(part, str))
    assert shared_before_others == []


def test_a_picture_uses_up_the_allowance_once_however_often_the_page_runs(open_page):
    app, _ = draw(open_page)
    app.run()
    left = app.session_state["reading_allowance"]
    assert left.num_files == Allowance().num_files - 1
    assert left.num_pixels == Allowance().num_pixels - 200 * 200
    left.num_files = 0
    app.run()
    assert not app.error
    app.file_uploader(key="file").set_value(drawing(20)).run()
    assert any("this visit has no files left for reading" in error.value for error in app.error)


def test_an_upload_of_several_megabytes_is_never_written_to_disk():
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        + bytes(5_000_000)
        + b"\r\n--x--\r\n"
    )

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def held_in_memory() -> bool:
        headers = [(b"content-type", b"multipart/form-data; boundary=x")]
        form = await Request({"type": "http", "method": "PUT", "headers": headers}, receive).form()
        upload = form["file"]
        assert upload.size == 5_000_000
        in_memory = not upload.file._rolled
        await form.close()
        return in_memory

    with ThreadPoolExecutor(1) as thread:  # in this one, Playwright may have left a loop running
        assert thread.submit(asyncio.run, held_in_memory()).result()


def sent(number: int, num_bytes: int) -> UploadedFileRec:
    return UploadedFileRec(str(number), f"{number}.png", "image/png", bytes(num_bytes))


def test_all_files_of_a_session_together_are_bounded(monkeypatch):
    monkeypatch.setattr(memory, "MOST_UPLOADED", 60)
    files = MemoryUploadedFileManager("/upload")
    for number in range(3):
        files.add_file("mine", sent(number, 20))
    with pytest.raises(HTTPException) as refused:
        files.add_file("mine", sent(3, 1))
    assert refused.value.status_code == 413
    assert [len(file.data) for file in files.get_files("mine", list("0123"))] == [20, 20, 20]
    files.add_file("mine", sent(2, 20))  # sent again, it takes no more room
    files.add_file("another", sent(0, 20))
    files.remove_file("mine", "1")
    files.add_file("mine", sent(3, 20))


def test_empty_files_are_bounded_by_their_number(monkeypatch):
    monkeypatch.setattr(memory, "MOST_FILES", 2)
    files = MemoryUploadedFileManager("/upload")
    for number in range(2):
        files.add_file("mine", sent(number, 0))
    with pytest.raises(HTTPException):
        files.add_file("mine", sent(2, 0))
