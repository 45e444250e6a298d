"""What happens when the worker or the engine dies, and what is refused at the start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from durabletask.client import OrchestrationStatus

from local.host.azurite import start_azurite
from local.host.launch import HostAddress, start_host
from local.host.processes import StartFailed

if TYPE_CHECKING:
    from tests.unit.local.host.conftest import SampleStack


def test_killed_workers_activity_is_run_again_by_the_next_worker(stack: SampleStack) -> None:
    stack.start_orchestration("slow", 1, "slow-killed")
    killed = stack.wait_for_event("sleep", seconds=1)
    stack.host.kill()
    stack.restart_host()
    assert stack.wait_for_end("slow-killed").runtime_status == OrchestrationStatus.COMPLETED
    attempts = [e["pid"] for e in stack.read_journal("sleep")]
    assert killed["pid"] in attempts
    assert stack.host.pid in attempts


def test_host_finds_the_engine_again_after_it_was_restarted(stack: SampleStack) -> None:
    worker = stack.host.pid
    stack.engine.kill()
    stack.restart_engine()
    stack.start_orchestration("parent", ["Cleo"], "after-restart")
    assert stack.wait_for_end("after-restart").runtime_status == OrchestrationStatus.COMPLETED
    assert stack.host.pid == worker


def test_host_that_is_told_to_stop_ends_by_itself_and_its_work_is_taken_up_again(stack: SampleStack) -> None:
    stack.start_orchestration("slow", 0.8, "slow-stopped")
    stack.wait_for_event("sleep", seconds=0.8)
    stack.host.terminate()
    assert stack.host.process.returncode == 0
    stack.restart_host()
    assert stack.wait_for_end("slow-stopped").runtime_status == OrchestrationStatus.COMPLETED


def test_killed_azurite_leaves_nothing_behind(stack: SampleStack, tmp_path: Path) -> None:
    emulator = start_azurite(tmp_path / "data", tmp_path / "azurite.log")
    emulator.child.kill()
    stack.wait_until(lambda: not _is_open(emulator.ports.queue), "the end of the emulator")


def test_second_host_on_the_same_port_says_so(stack: SampleStack) -> None:
    with pytest.raises(StartFailed, match="is another host running"):
        start_host(stack.address, stack.app_settings, stack.directory / "second.log")


def test_output_annotated_with_a_builtin_list_is_refused_as_on_azure(
    stack: SampleStack, other_ports: HostAddress
) -> None:
    source = (stack.address.app_directory / "function_app.py").read_text()
    broken = HostAddress(
        _write_app(stack.directory / "refused", source.replace("typing.List[str]", "list[str]")),
        other_ports.http_port,
        other_ports.engine_port,
        stack.directory / "refused-state",
    )
    with pytest.raises(StartFailed, match="has invalid non-type annotation"):
        start_host(broken, stack.app_settings, stack.directory / "refused.log")


def test_processes_end_with_the_process_that_started_them(stack: SampleStack, tmp_path: Path) -> None:
    starter = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from local.host.launch import start_engine\n"
        "from local.host.processes import free_port\n"
        "child = start_engine(free_port(), Path(sys.argv[1]))\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", starter, str(tmp_path / "engine.log")],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL
    orphan = int(done.stdout)
    stack.wait_until(lambda: not _is_alive(orphan), "the end of the orphan")


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not yet collected by its new parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def _write_app(directory: Path, source: str) -> Path:
    directory.mkdir()
    (directory / "function_app.py").write_text(source)
    return directory
