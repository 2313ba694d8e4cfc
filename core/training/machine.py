"""The machine that trains: its devices, and a description for a run's record (kind and size, never a name or a path)."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any


def devices() -> dict[str, str]:
    """The devices for training: name in a config -> name on screen.

    GPUs are those that nvidia-smi lists, without importing a framework.
    """
    found = {"cpu": f"CPU ({os.cpu_count()} cores)"}
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index,name", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return found
    for line in listed.stdout.splitlines():
        index, name = line.split(",", 1)
        found[f"gpu:{index.strip()}"] = name.strip()
    return found


def visible_only(device: str) -> dict[str, str]:
    """Environment variables with which a framework sees only one device.

    Args:
        device: "cpu" or "gpu:N", N as nvidia-smi counts: by bus. CUDA's own default is the fastest GPU first.
    """
    if device == "cpu":
        return {"CUDA_VISIBLE_DEVICES": "-1"}
    return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": device.removeprefix("gpu:")}


def description(device: str) -> dict[str, Any]:
    """Processor, number of cores, memory in GB (None if unknown), training device, operating system, Python version.

    Args:
        device: "cpu" or "gpu:N", as in a config.
    """
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "device": devices().get(device, device),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError, AttributeError):
        return None
