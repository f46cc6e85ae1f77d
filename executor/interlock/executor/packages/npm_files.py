"""Which files npm reads beside its own and those of a build: the system's libraries, names and certificates, and what
its configuration names. It may read no others (`confinement.py`).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_SYSTEM: Final = (
    # What Node is linked with.
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    # How names are looked up.
    *("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services"),
    *("/etc/passwd", "/etc/group", "/etc/localtime", "/usr/share/zoneinfo"),
    # Certificates. Keys of servers, which are private, stand in /etc/ssl/private.
    *("/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/ca-certificates"),
    *("/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/crypto-policies"),
    # Chance, and what the machine is.
    *("/dev/urandom", "/dev/random", "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat"),
    *("/proc/sys/vm/overcommit_memory", "/sys/fs/cgroup"),
)
_NAMES_A_FILE: Final = frozenset({"node_extra_ca_certs", "ssl_cert_file", "ssl_cert_dir"})
_SETTING: Final = re.compile(r"(?:^|[:_])(?:cafile|certfile|keyfile|userconfig|globalconfig)$", re.IGNORECASE)
_LINE: Final = re.compile(r"""^\s*(?P<name>[^=;#\s][^=]*?)\s*=\s*["']?(?P<value>.*?)["']?\s*$""")
_VARIABLE: Final = re.compile(r"\$\{([^}]+)\}")
_MOST_BYTES: Final = 1 << 20


def read(settings: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files and folders that npm may read with these settings of its environment."""
    named = {
        name.lower(): Path(value)
        for name, value in settings.items()
        if name.lower() in _NAMES_A_FILE or _SETTING.search(name)
    }
    configurations = [path for name, path in named.items() if name.endswith("config")]
    inside = [file for path in configurations for file in _named_by(path, settings)]
    return (*map(Path, _SYSTEM), *named.values(), *inside)


def _named_by(configuration: Path, settings: Mapping[str, str]) -> Iterator[Path]:
    """The files that a configuration of npm names: `cafile`, and certificates and keys of registries."""
    try:
        with configuration.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(_MOST_BYTES)
    except OSError:
        return
    for line in text.splitlines():
        found = _LINE.match(line)
        if found and _SETTING.search(found["name"]):
            yield Path(_VARIABLE.sub(lambda name: settings.get(name[1], ""), found["value"]))
