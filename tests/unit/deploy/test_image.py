"""What the image holds besides Python: files that code reads, and the model that set-up trains."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from deploy import validate
from deploy.rules.dockerfile_rules import instructions_of

_MADE_FOR_PEOPLE = {".md"}
_COMPILED = {".pyc"}


def test_every_file_beside_the_code_is_in_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=validate.ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("tidemark-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    beside = {
        path.relative_to(validate.ROOT).as_posix()
        for path in (validate.ROOT / "services").rglob("*")
        if path.is_file() and path.suffix not in _MADE_FOR_PEOPLE | _COMPILED
    }
    assert {".ftl", ".yaml", ".html", ".js", ".css", ".svg"} <= {Path(name).suffix for name in beside}
    assert beside - packed == set()


def test_the_intent_model_is_trained_into_the_folder_that_the_image_is_made_of() -> None:
    text = (validate.ROOT / validate.DOCKERFILE).read_text(encoding="utf-8")
    steps = [f"{step.keyword} {step.argument}" for step in instructions_of(text)]
    # The default folder lies in sys.prefix, which is the environment's.
    train = steps.index("RUN /opt/tidemark/bin/python -m services.notification.train_intents")
    install = next(number for number, step in enumerate(steps) if "/wheels/tidemark-*.whl" in step)
    assert install < train < steps.index("COPY --from=environment /opt/tidemark /opt/tidemark")
