"""The devices of a machine, and its description in the record of a run."""

import os
import platform

import pytest

from core.training import machine


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """Returns a function that puts an nvidia-smi with this output and exit code on the path, in place of any other."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def installed(output: str, code: int = 0) -> None:
        file = tmp_path / "nvidia-smi"
        file.write_text(f"#!/bin/sh\nprintf '{output}'\nexit {code}\n")
        file.chmod(0o755)

    return installed


def test_without_nvidia_smi_there_is_only_the_cpu(nvidia_smi):
    assert list(machine.devices()) == ["cpu"]


def test_gpus_are_those_that_nvidia_smi_lists(nvidia_smi):
    nvidia_smi("0, NVIDIA A100\\n2, NVIDIA T4, 16 GB\\n")
    found = machine.devices()
    assert list(found) == ["cpu", "gpu:0", "gpu:2"]
    assert (found["gpu:0"], found["gpu:2"]) == ("NVIDIA A100", "NVIDIA T4, 16 GB")


def test_if_nvidia_smi_fails_there_is_only_the_cpu(nvidia_smi):
    nvidia_smi("0, NVIDIA A100\\n", code=9)  # as when its driver does not answer
    assert list(machine.devices()) == ["cpu"]


def test_a_description_names_the_device_that_trained(nvidia_smi):
    nvidia_smi("1, NVIDIA T4\\n")
    assert machine.description("gpu:1")["device"] == "NVIDIA T4"
    assert machine.description("cpu")["device"] == f"CPU ({os.cpu_count()} cores)"
    assert machine.description("gpu:7")["device"] == "gpu:7"  # no longer present


def test_a_description_has_kind_and_size_but_no_name_of_the_machine():
    found = machine.description("cpu")
    assert found["cores"] == os.cpu_count()
    assert found["memory_gb"] is None or found["memory_gb"] >= 1
    assert found["processor"]
    assert platform.node() not in found.values()
