"""Uploads without a browser: files are sent to the server over HTTP, and then named in the state of their widget."""

import asyncio
import secrets
import urllib.request

from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.sessions import XSRF, Rerun, Session

PATIENCE = 60.0  # seconds for one file


async def upload(tab: Session, key: str, files: dict[str, bytes]) -> Rerun:
    """Give files to the file uploader with this key, as a browser does.

    Args:
        tab: that shows the widget.
        key: of the widget.
        files: file name -> content.

    Raises:
        OSError: the server refused a file.
    """
    state = WidgetState()
    given = zip(files.items(), await tab.file_urls([*files]), strict=True)
    for (name, content), urls in given:
        await asyncio.to_thread(_put, tab, urls, name, content)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
    return await tab.give(key, state, "upload")


def _put(tab: Session, urls: FileURLs, name: str, content: bytes) -> None:
    boundary = secrets.token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}", "X-Xsrftoken": tab.cookie, "Cookie": f"{XSRF}={tab.cookie}",
    }  # fmt: skip
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(tab.address + urls.upload_url, body, headers, method="PUT")
    direct.open(asked, timeout=PATIENCE).close()
