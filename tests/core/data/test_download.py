import gzip
import hashlib
import io
import tarfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.data import download, sources

GOOD = gzip.compress(b"the very bytes that were published" * 1000)
FILE = "labels.gz"


@pytest.fixture
def publisher(tmp_path, monkeypatch):
    """A local server whose answer the test sets, and a data set published there."""
    answer = {"status": 200, "body": GOOD, "length": None}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer["status"] if "bad" not in self.path else 404)
            self.send_header("Content-Length", str(answer["length"] or len(answer["body"])))
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    made = replace(sources.source("mnist"), files={FILE: hashlib.sha256(GOOD).hexdigest()}, addresses=(address,))
    monkeypatch.setitem(sources.SOURCES, "made", made)
    monkeypatch.setenv("WAKARANAI_DATA", str(tmp_path))
    yield answer
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_download_arrives_and_reports_its_progress(publisher, tmp_path):
    seen = []
    folder = download.download("made", lambda *progress: seen.append(progress))
    assert (folder / FILE).read_bytes() == GOOD
    assert folder == tmp_path / "made"
    assert seen[-1] == (FILE, len(GOOD), len(GOOD))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert all(done <= total for _, done, total in seen)


def test_a_good_file_is_not_fetched_again(publisher):
    download.download("made")
    publisher["status"] = 500
    download.download("made")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": GOOD[:-7]}, "hash"),
        ({"body": b"<html>Please log in</html>"}, "hash"),
        ({"status": 404}, "404"),
        ({"length": len(GOOD) + 100}, "(IncompleteRead|Connection broken)"),
    ],
    ids=["truncated", "another page", "not found", "interrupted"],
)
def test_a_broken_download_never_replaces_a_file_and_says_why(publisher, tmp_path, change, reason):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / FILE).write_bytes(b"what was there before")
    publisher.update(change)
    with pytest.raises(download.DownloadFailed, match=rf"{FILE} could not be downloaded.*{reason}.*try again"):
        download.download("made")
    assert (tmp_path / "made" / FILE).read_bytes() == b"what was there before"
    assert [file.name for file in (tmp_path / "made").iterdir()] == [FILE]


def test_a_mirror_is_tried_when_the_first_address_fails(publisher, monkeypatch):
    made = sources.SOURCES["made"]
    address = made.addresses[0]
    monkeypatch.setitem(sources.SOURCES, "made", replace(made, addresses=(address + "bad/", address)))
    assert (download.download("made") / FILE).read_bytes() == GOOD


def test_the_command_ends_with_a_sentence_and_no_traceback(publisher):
    publisher["status"] = 404
    with pytest.raises(SystemExit, match="could not be downloaded"):
        download.main(["made"])


def test_the_command_says_where_the_files_are(publisher, tmp_path, capsys):
    download.main(["made"])
    assert f"The files are in {tmp_path / 'made'}" in capsys.readouterr().err


def tar(members: dict[str, bytes], link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        if link:
            entry = tarfile.TarInfo("link")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
    return stream.getvalue()


@pytest.fixture
def archived(publisher, tmp_path, monkeypatch):
    """A data set of one file that is published in an archive; returns a function that publishes another one."""
    made = replace(sources.SOURCES["made"], folder="batches", files={"one.bin": hashlib.sha256(b"one").hexdigest()})

    def publish(content: bytes):
        publisher["body"] = content
        checksum = "md5:" + hashlib.md5(content).hexdigest()
        monkeypatch.setitem(sources.SOURCES, "made", replace(made, archives={"all.tar.gz": checksum}))
        return tmp_path / "batches"

    return publish


@pytest.mark.parametrize("inside", ["batches/", ""], ids=["in a folder of the same name", "as it is"])
def test_an_archive_is_unpacked_and_removed(archived, inside):
    folder = archived(tar({f"{inside}one.bin": b"one", f"{inside}deeper/two.txt": b"two"}))
    assert download.download("made") == folder
    assert (folder / "one.bin").read_bytes() == b"one"
    assert (folder / "deeper/two.txt").read_bytes() == b"two"
    assert sorted(path.name for path in folder.iterdir()) == ["deeper", "one.bin"]


def test_an_archive_is_not_fetched_again_unless_a_file_of_it_is_damaged(archived, publisher):
    folder = archived(tar({"one.bin": b"one"}))
    download.download("made")
    publisher["status"] = 500
    download.download("made")
    (folder / "one.bin").write_bytes(b"damaged")
    with pytest.raises(download.DownloadFailed):
        download.download("made")
    publisher["status"] = 200
    download.download("made")
    assert (folder / "one.bin").read_bytes() == b"one"


@pytest.mark.parametrize(
    "content",
    [tar({"../outside.txt": b"x"}), tar({"one.bin": b"one"}, link="/etc/passwd"), tar({"one.bin": b"one"}, link="../.."),
     tar({"one.bin": b"one" * 9999})[:-40], b"no archive at all"],
    ids=["a path outside", "a link to the root", "a link outside", "truncated", "no archive"],
)  # fmt: skip
def test_an_archive_that_is_broken_or_has_paths_outside_the_folder_changes_nothing(archived, content, tmp_path):
    folder = archived(content)
    with pytest.raises(download.DownloadFailed, match=r"all\.tar\.gz could not be unpacked"):
        download.download("made")
    assert [path.name for path in folder.iterdir()] == ["all.tar.gz"]
    assert not (tmp_path / "outside.txt").exists()
