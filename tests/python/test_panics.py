"""No panic leaves the native module. A bug is an InternalError; if `datetime` cannot be imported, its ImportError is raised."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ACCOUNT, GOOD, ROOT, run_script

import linkwa
from linkwa import _linkwa

CALLS = {
    "Client(relative_validity_time=...)": "linkwa.Client(**account, relative_validity_time=1)",
    "send(relative_validity_time=...)": 'client.build("+46000000001", linkwa.Text("x"), relative_validity_time=1)',
    "send(absolute_validity_time=...)": 'client.build("+46000000001", linkwa.Text("x"), absolute_validity_time=1)',
    "care_window": "linkwa.care_window(1)",
    "care_window(now)": "linkwa.care_window(None, now=1)",
    "CareWindow": "linkwa.CareWindow(is_open=True, closes_at=1)",
    "CareWindow.of": "linkwa.CareWindow.of(message, 1)",
    "timestamp": "message.timestamp",
    "provider_timestamp": "message.provider_timestamp",
    "care_window_closes_at": "message.care_window_closes_at",
    "report timestamp": "report.timestamp",
    "state timestamp": "linkwa.StatusTracker().apply(report).timestamp",
    "EventReport": 'linkwa.EventReport(result_code=112003, ref_id="r", timestamp=1)',
    "DateTime": 'linkwa.DateTime("x", timestamp=1.5)',
}
# Functions that do not need `datetime` work without it.
WORKING = """
with linkwa.Client(**dict(account, timeout=2, connect_timeout=1.5)) as client:
    assert client.send_text("+46000000001", "x", timeout=5, absolute_validity_time="2099-01-01T00:00:00Z").result_code == 112001
    try: client.send_text("+46000000001", "x", timeout="5")
    except TypeError as error: assert "float, in seconds" in str(error)
client = linkwa.Client(**account)
linkwa.DateTime("x", timestamp=1)
message = linkwa.parse_callback('{"messageId":"m","source":"1","content":{},"timestamp":"2030-01-01T00:00:00+01:00",'
                                '"providerTimestamp":"2030-01-01T00:00:00Z"}')
report = linkwa.parse_callback('{"refId":"r","resultCode":112003,"timestamp":"2030-01-01T00:00:00Z"}')
import os
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0: os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
TRY = """
for name, call in CALLS.items():
    try: eval(call)
    except ImportError as error: assert "datetime" in str(error), (name, error)
    else: raise AssertionError(name)
print("refused", len(CALLS))
"""


def test_without_datetime_its_import_error_is_raised(fault) -> None:
    script = f"CALLS = {CALLS!r}\nsys.modules['datetime'] = None\n{WORKING}{TRY}"
    status, out, err = run_script(script, fault(GOOD).url)
    assert (status, out, err) == (0, f"refused {len(CALLS)}\n", "")


def test_an_import_error_names_a_module_with_the_same_name(fault, tmp_path: Path) -> None:
    (tmp_path / "datetime.py").write_text("datetime = timedelta = object()\n")
    account = {**ACCOUNT, "base_url": fault(GOOD).url}
    script = f"import linkwa\naccount = {account!r}\nCALLS = {CALLS!r}\n{WORKING}{TRY}"
    script += "try: linkwa.care_window(1)\nexcept ImportError as error: print(error)\n"
    path = f"import sys; sys.path[:0] = [{str(ROOT / 'python')!r}, {str(tmp_path)!r}]\n"
    done = subprocess.run([sys.executable, "-S", "-c", path + script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tmp_path / "datetime.py") in done.stdout and "rename" in done.stdout


@pytest.mark.skipif(not hasattr(_linkwa, "_panic"), reason="only the debug module can be made to panic")
def test_a_panic_is_an_internal_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(linkwa.InternalError) as caught:
        _linkwa._panic("canary")
    assert (caught.value.code, caught.value.outcome) == ("internal", "unknown")
    assert "canary" not in str(caught.value)
    assert _linkwa._panic("") is True
    capfd.readouterr()


def test_everything_that_python_calls_has_a_panic_boundary() -> None:
    seen = 0
    for file in sorted((ROOT / "python/src").rglob("*.rs")):
        lines = file.read_text(encoding="utf-8").splitlines()
        for above, line in zip(lines, lines[1:]):
            if re.match(r" *#\[(pyo3::)?py(methods|function)\b", line):
                assert above.strip() == "#[linkwa_python_macros::panic_boundary]", f"{file}: {line}"
                seen += 1
    assert seen > 25
