"""Whether a lock is held."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from filelock import FileLock

from core.training import locks


def test_a_lock_without_a_file_is_not_held(tmp_path):
    assert not locks.is_held(tmp_path / "lock")


def test_a_lock_is_held_until_it_is_released(tmp_path):
    with FileLock(tmp_path / "lock"):
        assert locks.is_held(tmp_path / "lock")
    assert not locks.is_held(tmp_path / "lock")


def test_a_lock_is_not_held_once_its_process_is_killed(tmp_path):
    code = "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        assert locks.is_held(tmp_path / "lock")
        process.kill()
    assert not locks.is_held(tmp_path / "lock")


def test_those_who_ask_at_the_same_time_do_not_disturb_each_other(tmp_path):
    (tmp_path / "lock").touch()
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(locks.is_held, [tmp_path / "lock"] * 4000))
