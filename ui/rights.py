"""Who may stop, resume and delete a run: on a server that many share, its owner and the host. Everybody may look."""

import hmac
import os
import secrets
import sys
from ipaddress import ip_address

import streamlit as st

from core.training import owners
from core.training.owners import Owned, Owner
from ui.components import visitor
from ui.components.plain_text import plain

HOST_KEY_BYTES = 8  # random ones, if $WAKARANAI_HOST_KEY is not set


def is_shared() -> bool:
    """Whether many visitors share the server: $WAKARANAI_SHARED, 1 or 0, else whether the server listens beyond this machine."""
    wanted = os.environ.get("WAKARANAI_SHARED", "")
    return wanted == "1" if wanted in ("0", "1") else not _is_loopback(st.get_option("server.address"))


def _is_loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False  # no address means all of them


@st.cache_resource(show_spinner=False)
def host_key() -> str:
    """The key by which the host may change every run: $WAKARANAI_HOST_KEY, else a new one, printed in the server's terminal."""
    if given := os.environ.get("WAKARANAI_HOST_KEY"):
        return given
    key = secrets.token_hex(HOST_KEY_BYTES)
    print(
        f"Host key, with which you may stop, resume and delete every run on the page Train: {key}",
        file=sys.stderr,
        flush=True,
    )
    return key


def is_host() -> bool:
    """Whether this visitor may change every run; on a server of one's own that is everybody."""
    return not is_shared() or bool(st.session_state.get("is_host"))


def may_change(run: Owned) -> bool:
    """Whether this visitor may stop, resume and delete the run, or stop the experiment and go on with it."""
    return is_host() or owners.is_owned(run, _secret())


def whose(run: Owned, what: str = "run", actions: str = "stop, resume or delete it") -> str:
    """A sentence that says whose run it is and what this visitor may do with it; empty if the server is nobody else's."""
    if not is_shared():
        return ""
    owner = owners.owner_of(run)
    if owners.is_owned(run, _secret()):
        return f"This is your {what}: only you, from this browser, and the host can {actions}."
    if owner is None:
        return f"Nobody's name is on this {what}. Only the host can {actions}."
    return f"Started by {plain(owner.name)}. Only they and the host can {actions}."


def ask_who() -> Owner | None:
    """Ask for the visitor's name; None while it is missing. Call it only on a shared server."""
    secret = visitor.secret()
    name = st.text_input(
        "Your name", key="visitor_name", max_chars=owners.MOST_LETTERS,
        help="Everybody sees it beside your runs. Only this browser can stop, resume or delete them.",
    )  # fmt: skip
    if not name.strip():
        st.caption("Write your name to start a run: many share this server.")
    if not name.strip() or not secret:
        return None
    return owners.owner(name, secret)


def recognise() -> None:
    """Let the browser say which visitor this is, where nobody is asked for a name. Call it only on a shared server."""
    visitor.secret()


def offer_host_key() -> None:
    """Offer the host to give the key. Call it only on a shared server."""
    with st.popover("I am the host"):
        given = st.text_input(
            "Host key", type="password", key="host_key_given", help="It was printed in the server's terminal."
        )
        if given:
            st.session_state.is_host = hmac.compare_digest(given.encode(), host_key().encode())
            if st.session_state.is_host:
                st.success("You may stop, resume and delete every run.", icon=":material/key:")
            else:
                st.error("This is not the key that was printed in the server's terminal.", icon=":material/block:")


def _secret() -> str:
    secret: str = st.session_state.get("visitor_secret", "")
    return secret
