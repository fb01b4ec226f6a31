"""Generates `proto/gen` from `proto/tidemark`, or checks that it is what the contracts say.

python proto/generate.py          write proto/gen
python proto/generate.py --check  buf lint, format, breaking; fail where proto/gen differs
"""

from __future__ import annotations

import filecmp
import subprocess
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
GENERATED = ROOT / "gen"
BIN = Path(sys.executable).parent


def generate(into: Path) -> None:
    """Writes messages, stubs and their types for every contract into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    contracts = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tidemark").rglob("*.proto"))
    include = Path(protoc.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{ROOT}",
        f"-I{include}",
        f"--plugin=protoc-gen-mypy={BIN / 'protoc-gen-mypy'}",
        f"--plugin=protoc-gen-mypy_grpc={BIN / 'protoc-gen-mypy_grpc'}",
        f"--python_out={into}",
        f"--grpc_python_out={into}",
        f"--mypy_out=quiet:{into}",
        f"--mypy_grpc_out=quiet:{into}",
        *contracts,
    ]
    if protoc.main(arguments) != 0:
        sys.exit("protoc failed; its message is above")
    for stub in into.rglob("*_pb2_grpc.py"):
        if not _declares_a_service(stub):
            stub.unlink()
            stub.with_suffix(".pyi").unlink(missing_ok=True)
    for folder in {into / "tidemark", *(path.parent for path in into.rglob("*_pb2.py"))}:
        for package in (folder, folder.parent):
            if package != into:
                (package / "__init__.py").touch()
                (package / "py.typed").touch()


def _declares_a_service(stub: Path) -> bool:
    return "Servicer" in stub.read_text(encoding="utf-8")


def differences(left: Path, right: Path) -> list[str]:
    """Relative names of files that are missing on either side or differ."""
    names = {
        str(path.relative_to(side))
        for side in (left, right)
        for path in side.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(
        name
        for name in names
        if not (left / name).exists()
        or not (right / name).exists()
        or not filecmp.cmp(left / name, right / name, shallow=False)
    )


def check() -> int:
    """Runs buf's checks and compares proto/gen with what protoc would write now."""
    for command in (["buf", "lint"], ["buf", "format", "--diff", "--exit-code"], _breaking()):
        if command and subprocess.run(command, cwd=ROOT.parent, check=False).returncode != 0:
            print(f"failed: {' '.join(command)}", file=sys.stderr)
            return 1
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        stale = differences(Path(folder), GENERATED)
    if stale:
        print(
            "proto/gen is not what the contracts say; run `make proto`:", *stale, sep="\n  ", file=sys.stderr
        )
        return 1
    return 0


def _breaking() -> list[str]:
    """Compares with main, where there is a main with contracts (a fresh or shallow clone may have none)."""
    known = subprocess.run(
        ["git", "ls-tree", "-d", "main", "proto/tidemark"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if known.returncode != 0 or not known.stdout.strip():
        return []
    return ["buf", "breaking", "--against", ".git#branch=main"]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(check())
    generate(GENERATED)
