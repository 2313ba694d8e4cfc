"""Look up the locked packages in a list of known vulnerabilities: `python -m tests.audit`, with a connection to pypi.org.

The work is done by pip-audit (https://pypi.org/project/pip-audit/). By itself it says "No known vulnerabilities found" also where
it could look up nothing; this command says how many packages it did look up.

Exit status: 0 if every package was looked up and none has a known vulnerability, 1 if one has, 2 if any could not be looked up.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements-dev.lock"


def verdict(dependencies: list[dict[str, Any]]) -> tuple[str, int]:
    """A text and an exit status for what pip-audit found.

    Args:
        dependencies: as in its JSON: name, version, vulns; or name, skip_reason.
    """
    skipped = [found for found in dependencies if "skip_reason" in found]
    lines = [
        f"{found['name']} {found['version']}: {vulnerability['id']}, mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for found in dependencies
        for vulnerability in found.get("vulns", ())
    ]
    looked_up = len(dependencies) - len(skipped)
    text = "\n".join(
        [*lines, f"{looked_up} of {len(dependencies)} packages looked up, {len(lines)} known vulnerabilities."]
    )
    if skipped:
        text += f" {len(skipped)} could not be looked up: nothing is known about them. The first: {skipped[0]['skip_reason']}"
    return text, 1 if lines else 2 if skipped or not dependencies else 0


def main() -> int:
    command = ["pip_audit", "--format", "json", "--progress-spinner", "off", "--require-hashes", "--disable-pip"]
    ran = subprocess.run(
        [sys.executable, "-m", *command, "--requirement", str(LOCK)], capture_output=True, text=True, check=False
    )
    try:
        dependencies = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        cause = (ran.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        print(f"No package could be looked up: {cause}")
        return 2
    text, status = verdict(dependencies)
    print(text)
    return status


if __name__ == "__main__":
    sys.exit(main())
