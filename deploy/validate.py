"""Checks everything in deploy/ offline: `python deploy/validate.py` (part of `make lint`).

Prints one line per check, and one per fault with its file and reason.
Exit code 0 where all hold, 1 otherwise.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import kubernetes_validate  # type: ignore[import-untyped]
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deploy.rules.dockerfile_rules import dockerfile_faults, pins_of, requirement_faults  # noqa: E402
from deploy.rules.finding import Finding  # noqa: E402
from deploy.rules.rendered import Document, Target, subject_name, subject_of  # noqa: E402
from deploy.rules.service_settings import setting_names  # noqa: E402
from deploy.rules.sources import index_sources, place_of  # noqa: E402
from deploy.rules.target_rules import Surroundings, missing_services, target_faults  # noqa: E402

# The oldest version that Kubernetes itself still maintains: what is valid there is valid later.
KUBERNETES_VERSION = "1.35"
BASE = "deploy/k8s/base"
TARGETS = (BASE, "deploy/k8s/overlays/local", "deploy/k8s/overlays/production")
README = "deploy/README.md"
DOCKERFILE = "deploy/Dockerfile"
REQUIREMENTS = ("requirements.txt", "deploy/requirements-build.txt")
KUBECTL_SECONDS = 60


class RenderError(Exception):
    """kubectl could not render a folder. The message is its own."""


def render(folder: str) -> Target:
    """The objects of a base or overlay, by `kubectl kustomize`. Raises RenderError."""
    kubectl = Path(sys.executable).parent / "kubectl"
    if not kubectl.exists():
        raise RenderError(f"{kubectl.name} is not beside {Path(sys.executable).name}; run make setup")
    done = subprocess.run(
        [kubectl, "kustomize", str(ROOT / folder)],
        capture_output=True,
        text=True,
        timeout=KUBECTL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RenderError(done.stderr.strip().removeprefix("error: "))
    return Target(folder, tuple(d for d in yaml.safe_load_all(done.stdout) if d))


def schema_fault(document: Document) -> str | None:
    """What the schema of the pinned Kubernetes version says against an object."""
    try:
        kubernetes_validate.validate(dict(document), KUBERNETES_VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(step) for step in error.path)
        return f"{path}: {error.message}" if path else str(error.message)
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    return None


def check_target(folder: str, around: Surroundings, say: Callable[[str], None]) -> list[Finding]:
    """Renders one base or overlay and puts it to every rule."""
    try:
        target = render(folder)
    except RenderError as error:
        return [Finding(folder, "", str(error))]
    sources = index_sources(ROOT, dict.fromkeys((BASE, folder)))
    faults = [(d, fault) for d in target.documents if (fault := schema_fault(d))]
    say(f"{folder}: {len(target.documents)} objects against the schema of Kubernetes {KUBERNETES_VERSION}")
    # Rules look into fields; only an object that fits its schema has them where they belong.
    if not faults:
        faults = list(target_faults(target, around))
        say(f"{folder}: probes, privileges, resources, settings, references of {_workloads(target)}")
    found = [Finding(_place(d, sources, folder), subject_of(d), fault) for d, fault in faults]
    return found + [Finding(folder, "", fault) for fault in missing_services(target, around)]


def check_image(say: Callable[[str], None]) -> list[Finding]:
    """The Dockerfile and the requirements it installs."""
    text = (ROOT / DOCKERFILE).read_text(encoding="utf-8")
    faults = dockerfile_faults(text, lambda path: (ROOT / path).exists())
    found = [Finding(DOCKERFILE, f"line {fault.line}", fault.reason) for fault in faults]
    say(f"{DOCKERFILE}: sources, base images, hashed installs, user")
    for name in REQUIREMENTS:
        content = (ROOT / name).read_text(encoding="utf-8")
        found += [Finding(name, f"line {f.line}", f.reason) for f in requirement_faults(content)]
        say(f"{name}: {len(pins_of(content))} requirements pinned and hashed")
    return found + check_build_pins()


def check_build_pins() -> list[Finding]:
    """What builds the wheel in the image must be what builds it on a laptop."""
    laptop = pins_of((ROOT / "requirements-dev.txt").read_text(encoding="utf-8"))
    image = pins_of((ROOT / REQUIREMENTS[1]).read_text(encoding="utf-8"))
    return [
        Finding(
            REQUIREMENTS[1],
            name,
            f"is {version} here and {laptop.get(name, 'absent')} in requirements-dev.txt",
        )
        for name, version in image.items()
        if laptop.get(name) != version
    ]


def surroundings() -> Surroundings:
    """What the manifests are compared with, read from the repository."""
    protos = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "proto/tidemark").rglob("*.proto")))
    secrets = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / README).read_text(encoding="utf-8"), re.MULTILINE)
    mains = (ROOT / "services").glob("*/main.py")
    return Surroundings(
        settings_of=setting_names,
        proto_services=frozenset(name for text in protos for name in _service_names(text)),
        documented_secrets=frozenset(secrets),
        modules=frozenset(f"services.{p.parent.name}.main" for p in mains if p.parent.name != "cli"),
    )


def main() -> int:
    """Runs every check; returns the exit code."""
    around = surroundings()
    found: list[Finding] = []
    for folder in TARGETS:
        found += check_target(folder, around, _say)
    found += check_image(_say)
    for finding in dict.fromkeys(found):
        print(f"FAIL {finding}", file=sys.stderr)
    return 1 if found else 0


def _service_names(proto: str) -> Iterable[str]:
    package = re.search(r"^package ([\w.]+);", proto, re.MULTILINE)
    for service in re.findall(r"^service (\w+)", proto, re.MULTILINE):
        yield f"{package[1]}.{service}" if package else service


def _place(document: Document, sources: dict[tuple[str, str], list[str]], folder: str) -> str:
    return place_of(sources, document["kind"], subject_name(document), folder)


def _workloads(target: Target) -> str:
    return ", ".join(subject_name(workload) for workload in target.workloads())


def _say(check: str) -> None:
    print(f"  {check}")


if __name__ == "__main__":
    sys.exit(main())
