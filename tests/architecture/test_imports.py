import subprocess
import sys
from pathlib import Path


def test_each_part_imports_only_what_the_architecture_allows(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    finished = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "1 kept, 0 broken" in finished.stdout
