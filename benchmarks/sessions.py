"""Browser tabs without a browser: the messages between a page of a Streamlit 1.67 app and its server, with asyncio.

A `Session` sends what a tab sends. It fetches the XSRF cookie and sends it back, sends the address, the changed widgets and
the fragment of each rerun, keeps large elements and sends their hashes so that the server need not send them again, and runs
fragments with `run_every`. It draws nothing and fetches no scripts, styles or images, so its numbers do not include the
server's work for `/static` and `/media`.

For meaningful times, request only one rerun at a time.
"""

import asyncio
import json
import re
import time
import urllib.request
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

XSRF = "_streamlit_xsrf"
HOME = "Home"  # the name of the main page here
CONNECT = "(connect)"  # in place of a page name, for the time until the websocket was open
MOST_RUNS_KEPT = 2  # global.maxCachedMessageAge: an element that was not used in this many runs is removed


class Problem(NamedTuple):
    """An error that a user of a page would see."""

    page: str
    sentence: str


@dataclass(frozen=True)
class Rerun:
    """One request to run a script, from the message sent to `script_finished`.

    Attributes:
        page: the page that ran.
        what: the user's action, such as "visit".
        seconds: until it finished, or until the time limit.
        num_messages: number of messages received until then.
        num_bytes: of those messages, before any compression.
        finished: whether the script ran to its end.
    """

    page: str
    what: str
    seconds: float
    num_messages: int = 0
    num_bytes: int = 0
    finished: bool = True


class Widget(NamedTuple):
    """An element on the page that sends a value, and the fragment that it is in ("" for none)."""

    element: Message
    fragment_id: str


@dataclass
class _Asked:
    """The rerun that is being waited for."""

    done: asyncio.Future
    fragment_id: str = ""
    run_id: str = ""  # of the script run that answers it, once it has started
    restarted: bool = False  # by st.rerun(): then the next run answers it


@dataclass
class _Kept:
    """A large element in the tab's cache."""

    message: ForwardMsg
    used_in_run: int


@dataclass
class Session:
    """One tab.

    Args:
        address: of the server, http://host:port.
        patience: seconds after which an unfinished script is a problem.
    """

    address: str
    patience: float = 60.0
    page: str = HOME
    query: str = ""
    reruns: list[Rerun] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    num_runs: int = 0  # scripts that finished, including those of fragments with run_every
    session_id: str = ""

    def __post_init__(self) -> None:
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task | None = None
        self._closing = False
        self._asked: _Asked | None = None
        self._num_messages = self._num_bytes = 0
        self._hashes: dict[str, str] = {}  # page name -> page_script_hash
        self._elements: dict[tuple[int, ...], tuple[str, Message, str]] = {}  # place -> kind, element, fragment
        self._states: dict[str, WidgetState] = {}  # of the widgets that were changed on this page
        self._cache: dict[str, _Kept] = {}
        self._cache_runs = 0
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}  # fragment with run_every -> seconds, timer
        self._file_urls: asyncio.Future[list[FileURLs]] | None = None  # asked for, to upload files
        self.cookie = ""  # the XSRF token

    # Actions of a user.

    async def visit(self, page: str, what: str = "visit", **query: str) -> Rerun:
        """Open the app at a page, by its address, or click on a link to that page."""
        self.page, self.query = page, urlencode(query)
        self._states.clear()
        self._stop_timers()
        return await self._rerun(what)

    async def rerun(self) -> Rerun:
        """Run the page again, as the key R does."""
        return await self._rerun("rerun")

    async def move(self, key: str, share: float) -> Rerun:
        """Move the slider with this key to a share of its range, in [0, 1]."""
        widget = self.widget(key)
        value = widget.element.min + share * (widget.element.max - widget.element.min)
        state = WidgetState(id=widget.element.id)
        state.double_array_value.data.append(value)
        return await self._change(widget, state, key, f"{value:g}")

    async def choose(self, key: str, place: int) -> Rerun:
        """Choose an option of the segmented control with this key, by its index."""
        widget = self.widget(key)
        option = widget.element.options[place]
        value = " ".join(filter(None, (option.content_icon, option.content)))
        state = WidgetState(id=widget.element.id)
        state.string_array_value.data.append(value)
        return await self._change(widget, state, key, value)

    async def select(self, label: str, part: str) -> Rerun:
        """Select the option with this part in the select box with this label.

        Raises:
            LookupError: there is no such box or option.
        """
        for kind, element, fragment_id in self._elements.values():
            if kind == "selectbox" and element.label == label:
                for option in element.options:
                    if part in option:
                        state = WidgetState(id=element.id, string_value=option)
                        return await self._change(Widget(element, fragment_id), state, label)
        raise LookupError(f"no {part!r} in a select box {label!r} on {self.page}")

    async def send(self, key: str, value: Any, what: str) -> Rerun:
        """Give the component with this key a value, as its script in the browser does."""
        widget = self.widget(key)
        return await self._change(widget, WidgetState(id=widget.element.id, json_value=json.dumps(value)), what)

    async def write(self, key: str, text: str) -> Rerun:
        """Write a text into the text field with this key."""
        widget = self.widget(key)
        return await self._change(widget, WidgetState(id=widget.element.id, string_value=text), key, text)

    async def give(self, key: str, state: WidgetState, what: str) -> Rerun:
        """Give the widget with this key a value of any kind."""
        widget = self.widget(key)
        state.id = widget.element.id
        return await self._change(widget, state, what)

    async def press(self, label: str, patience: float | None = None) -> Rerun:
        """Click on the button whose label matches a regular expression."""
        for kind, element, fragment_id in self._elements.values():
            if kind == "button" and re.search(label, element.label):
                click = WidgetState(id=element.id, trigger_value=True)
                return await self._rerun(label, fragment_id, click, patience=patience)
        raise LookupError(f"no button with a label like {label!r} on {self.page}")

    async def close(self) -> None:
        """Close the tab. The server keeps the session for a while."""
        self._closing = True
        self._stop_timers()
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    # What a user sees.

    def widget(self, key: str) -> Widget:
        """The widget with this key.

        Raises:
            LookupError: there is none on the page.
        """
        for _, element, fragment_id in self._elements.values():
            # $$ID-hash-key: the key is the last part of the id, and may itself contain a dash.
            if getattr(element, "id", "").split("-", 2)[2:] == [key]:
                return Widget(element, fragment_id)
        raise LookupError(f"no widget with the key {key!r} on {self.page}")

    def has(self, key: str) -> bool:
        """Whether there is a widget with this key."""
        try:
            return bool(self.widget(key))
        except LookupError:
            return False

    def buttons(self) -> set[str]:
        """The label of every button on the page."""
        return {element.label for kind, element, _ in self._elements.values() if kind == "button"}

    def texts(self) -> list[str]:
        """Every markdown text on the page, as written."""
        return [element.body for kind, element, _ in self._elements.values() if kind == "markdown"]

    # Messages of the tab.

    async def file_urls(self, names: list[str]) -> list[FileURLs]:
        """Where the server wants files of these names to be sent."""
        message = BackMsg()
        message.file_urls_request.request_id = "files"
        message.file_urls_request.file_names.extend(names)
        message.file_urls_request.session_id = self.session_id
        self._file_urls = asyncio.get_running_loop().create_future()
        await self._socket.send(message.SerializeToString())
        return await asyncio.wait_for(self._file_urls, self.patience)

    async def _change(self, widget: Widget, state: WidgetState, what: str, in_address: str = "") -> Rerun:
        self._states[state.id] = state
        if param := getattr(widget.element, "query_param_key", ""):
            self.query = urlencode(dict(parse_qsl(self.query)) | {param: in_address})
        return await self._rerun(what, widget.fragment_id)

    async def _rerun(
        self, what: str, fragment_id: str = "", click: WidgetState | None = None, *, patience: float | None = None
    ) -> Rerun:
        page, patience = self.page, patience or self.patience
        asked_at, before, finished = time.perf_counter(), (self._num_messages, self._num_bytes), False
        try:
            async with asyncio.timeout(patience):
                if self._socket is None:
                    await self._connect()
                    self.reruns.append(Rerun(CONNECT, "connect", time.perf_counter() - asked_at))
                    asked_at = time.perf_counter()
                self._asked = _Asked(asyncio.get_running_loop().create_future(), fragment_id)
                await self._socket.send(self._request(fragment_id, click))
                finished = await self._asked.done
        except TimeoutError:
            self.problems.append(Problem(page, f"{what} did not finish in {patience:g} s"))
        except ConnectionClosed:
            pass  # the reader reports it
        except (OSError, WebSocketException) as error:
            self.problems.append(Problem(page, f"no connection: {error!r}"))
        finally:
            self._asked = None
        counts = (after - count for after, count in zip((self._num_messages, self._num_bytes), before, strict=True))
        self.reruns.append(Rerun(page, what, time.perf_counter() - asked_at, *counts, finished))
        return self.reruns[-1]

    async def _connect(self) -> None:
        cookie = self.cookie = await asyncio.to_thread(_xsrf_cookie, self.address)
        # The subprotocol, the XSRF token, and after a lost connection the session to continue.
        protocols = ["streamlit", cookie or "PLACEHOLDER_AUTH_TOKEN", *filter(None, [self.session_id])]
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.address, subprotocols=protocols, additional_headers={"Cookie": f"{XSRF}={cookie}"},
            # As in a browser: no proxy for local addresses, no pings, messages of any size.
            proxy=None, ping_interval=None, max_size=None, open_timeout=None,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self._socket))

    def _request(self, fragment_id: str, click: WidgetState | None = None, *, by_itself: bool = False) -> bytes:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.fragment_id, rerun.is_auto_rerun = self.query, fragment_id, by_itself
        # Before the first answer the tab has no hashes, only the address.
        rerun.page_script_hash = self._hashes.get(self.page, "")
        if not rerun.page_script_hash and self.page != HOME:
            rerun.page_name = self.page
        rerun.widget_states.widgets.extend(self._states.values())
        if click is not None:  # in this request and in no later one
            rerun.widget_states.widgets.append(click)
        rerun.cached_message_hashes.extend(self._cache)
        rerun.context_info.url = f"{self.address}/{'' if self.page == HOME else self.page}"
        rerun.context_info.locale, rerun.context_info.timezone = "en-GB", "UTC"
        return message.SerializeToString()

    # Messages of the server.

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self._num_messages += 1
                self._num_bytes += len(data)
                self._take(ForwardMsg.FromString(data))
        except ConnectionClosed:
            pass
        self._socket = None
        self._stop_timers()
        if not self._closing:
            reason = f"{socket.close_code} {socket.close_reason or ''}".strip()
            self.problems.append(Problem(self.page, f"connection dropped: {reason}"))
        self._answer(finished=False)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        place = tuple(message.metadata.delta_path)
        if kind == "ref_hash":
            kept = self._cache.get(message.ref_hash)
            if kept is None:
                self.problems.append(Problem(self.page, "the server refers to an element that it was not told of"))
                return
            kept.used_in_run = self._cache_runs
            message, kind = kept.message, "delta"
        elif message.metadata.cacheable:
            self._cache[message.hash] = _Kept(message, self._cache_runs)
        if kind == "new_session":
            self._begin(message)
        elif kind == "delta":
            self._draw(place, message)
        elif kind == "navigation":
            # Not from the list in new_session: in the first one the requested page has the main page's hash.
            pages = message.navigation.app_pages
            self._hashes = {HOME if page.is_default else page.url_pathname: page.page_script_hash for page in pages}
            if message.navigation.page_script_hash != self._hashes.get(self.page):
                self.problems.append(Problem(self.page, "another page is shown"))
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment_id in message.stop_auto_rerun.fragment_ids:
                self._stop_timer(fragment_id)
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self._problem(message.session_event.script_compilation_exception)
        elif kind == "file_urls_response" and self._file_urls:
            self._file_urls.set_result(list(message.file_urls_response.file_urls))
        elif kind == "page_not_found":
            self.problems.append(Problem(self.page, "page not found"))
        elif kind == "script_finished":
            self._end(message)

    def _begin(self, message: ForwardMsg) -> None:
        run = message.metadata.run
        self.session_id = message.new_session.initialize.session_id
        if run.fragment_ids:
            gone = [place for place, (*_, fragment_id) in self._elements.items() if fragment_id in run.fragment_ids]
            for place in gone:
                del self._elements[place]
        else:
            self._elements.clear()
            self._stop_timers()
        # A run of the whole page also answers for its fragments. A fragment with run_every answers no request.
        if self._asked and not self._asked.run_id:
            wanted = self._asked.fragment_id
            if self._asked.restarted or not run.fragment_ids or (wanted and wanted in run.fragment_ids):
                self._asked.run_id = run.script_run_id

    def _draw(self, place: tuple[int, ...], message: ForwardMsg) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            self._elements.pop(place, None)
            return
        kind = delta.new_element.WhichOneof("type")
        element = getattr(delta.new_element, kind)
        self._elements[place] = (kind, element, delta.fragment_id)
        if kind == "exception" and not element.is_warning:
            self._problem(element)
        if getattr(element, "set_value", False):
            # The script has set another value, which replaces the tab's own.
            self._states.pop(element.id, None)

    def _end(self, message: ForwardMsg) -> None:
        self.num_runs += 1
        run = message.metadata.run
        early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if not early:
            self._cache_runs += 1
            for hash_, kept in list(self._cache.items()):
                elsewhere = run.fragment_ids and kept.message.delta.fragment_id not in run.fragment_ids
                if not elsewhere and self._cache_runs - kept.used_in_run > MOST_RUNS_KEPT:
                    del self._cache[hash_]
        # The server sends a finish without a run if the script could not start.
        if self._asked and (not run.script_run_id or self._asked.run_id == run.script_run_id):
            if early:
                self._asked.run_id, self._asked.restarted = "", True
            else:
                self._answer(finished=message.script_finished != ForwardMsg.FINISHED_WITH_COMPILE_ERROR)

    def _answer(self, *, finished: bool) -> None:
        if self._asked and not self._asked.done.done():
            self._asked.done.set_result(finished)

    def _problem(self, exception: Message) -> None:
        self.problems.append(Problem(self.page, f"{exception.type}: {exception.message}".strip()))

    # Fragments with run_every.

    def _start_timer(self, fragment_id: str, seconds: float) -> None:
        if self._timers.get(fragment_id, (None,))[0] == seconds:
            return
        self._stop_timer(fragment_id)
        self._timers[fragment_id] = (seconds, asyncio.create_task(self._tick(fragment_id, seconds)))

    async def _tick(self, fragment_id: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            if self._socket is None:
                return
            try:
                await self._socket.send(self._request(fragment_id, by_itself=True))
            except ConnectionClosed:
                return

    def _stop_timer(self, fragment_id: str) -> None:
        if fragment_id in self._timers:
            self._timers.pop(fragment_id)[1].cancel()

    def _stop_timers(self) -> None:
        for fragment_id in list(self._timers):
            self._stop_timer(fragment_id)


def _xsrf_cookie(address: str) -> str:
    """The XSRF token that the server gives to a new user; "" if there is no protection."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{address}/_stcore/health", timeout=60) as answer:
        cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    return cookies[XSRF].value if XSRF in cookies else ""
