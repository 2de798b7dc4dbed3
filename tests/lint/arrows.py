"""Who may include whom. The table is architecture.md's "Allowed arrows" and "third-party types stay at one file"."""

import re
from pathlib import PurePosixPath

from source import Finding

# Folder -> folders it may include from; its own always.
ARROWS = {
    "crypto/base": [],
    "crypto/verify": ["crypto/base"],
    "crypto": ["crypto/base", "crypto/verify"],
    "client/model": ["crypto/base"],
    "client/wire": ["crypto/base", "client/model"],
    "client/core": ["crypto/base", "crypto/verify", "crypto", "client/model", "client/wire"],
    "client/adapters": ["crypto/base", "crypto/verify", "crypto", "client/model", "client/wire", "client/core"],
    "client/exchange": ["crypto/base", "crypto/verify", "crypto", "client/model", "client/wire", "client/core"],
    "client/app": ["crypto/base", "crypto/verify", "crypto", "client/model", "client/wire", "client/core",
                   "client/adapters", "client/exchange"],
    "client/cli": ["crypto/base", "crypto/verify", "crypto", "client/model", "client/wire", "client/core",
                   "client/adapters", "client/exchange", "client/app"],
    "server": ["crypto/base", "crypto/verify"],
}

# Header prefix -> the places that may include it, as beginnings of paths. "tests/" may include anything.
GRPC = ["server/grpc_", "client/adapters/grpc_", "client/adapters/relay_", "client/app/local_", "client/app/agent",
        "client/cli/"]
THIRD_PARTY = {
    "sodium": ["crypto/verify/", "crypto/"],
    "leveldb/": ["server/leveldb_", "client/adapters/sealed_", "client/adapters/leveldb_", "client/adapters/disk"],
    "grpc/": GRPC,
    "grpcpp/": GRPC,
    "google/protobuf": ["client/wire/", *GRPC],
    "kith/v1/sealed.": ["client/wire/"],
    "kith/v1/meeting.": ["client/wire/"],
    "kith/v1/relay.": ["server/grpc_", "client/adapters/grpc_", "client/adapters/relay_"],
    "kith/v1/local": ["client/app/local_", "client/cli/"],
    "openssl/": ["client/adapters/grpc_line", "server/certificate"],
    "fmt/": ["client/adapters/", "client/exchange/", "client/app/", "client/cli/", "server/"],
    "spdlog/": ["client/adapters/", "client/app/", "client/cli/", "server/"],
    "nlohmann/": ["client/exchange/", "client/app/", "client/cli/"],
    "archive.h": ["client/exchange/"],
    "archive_entry.h": ["client/exchange/"],
    "yaml-cpp/": ["client/exchange/"],
    "unicode/": ["client/exchange/", "client/cli/"],
    "absl/time/": ["client/adapters/", "client/exchange/", "client/app/", "client/cli/"],
    "zstd.h": ["client/wire/"],
    "zlib.h": ["client/exchange/"],
    "qrencode.h": ["client/cli/qr_code."],
    "CLI/": ["client/cli/", "server/main"],
    "rapidcheck": [],
    "gtest/": [],
    "gmock/": [],
    "benchmark/": [],
}
# These stay out of headers as well, so that only one .cc pays for them and no type of theirs is in a contract.
ONLY_IN_SOURCES = ("kith/v1/sealed.", "kith/v1/meeting.", "zstd.h", "openssl/", "archive", "yaml-cpp/", "unicode/")

# The relay's rules know no third party, and no other part of the server.
PLAIN = ("server/relay.", "server/ports.h", "server/limits.h")

# Folders whose code must run anywhere, a browser included: no files, no threads, no clock.
PURE = ("crypto/", "client/model/", "client/wire/", "client/core/")
PURE_EXCEPTIONS = ("crypto/base/mutex", "crypto/base/check")
IMPURE = re.compile(r"(fstream|iostream|cstdio|filesystem|thread|mutex|shared_mutex|condition_variable|future|stop_token|"
                    r"unistd\.h|fcntl\.h|stdio\.h|time\.h|ctime|sys/.*|netinet/.*|arpa/.*|poll\.h|pthread\.h)$")

SYSTEM = re.compile(r"([a-z_0-9]+|(sys|netinet|arpa|net|linux)/[a-z_0-9]+\.h|"
                    r"(dirent|dlfcn|errno|fcntl|grp|limits|link|locale|poll|pthread|pwd|sched|signal|spawn|stdint|stdio|stdlib|string|"
                    r"strings|syslog|termios|time|unistd|utime|wchar|malloc|execinfo|langinfo|getopt|netdb|ifaddrs)\.h)$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?P<open>[<"])(?P<header>[^>"]+)[>"]', re.MULTILINE)


def arrows(tree):
    found = []
    for path in tree.code:
        if path.startswith("tests/"):
            continue
        for include in INCLUDE.finditer(tree.bare(path)):
            message = _refusal(path, include["header"], include["open"] == '"')
            if message:
                line = tree.bare(path).count("\n", 0, include.start()) + 1
                found.append(Finding(path, line, f"{include['header']}: {message}"))
    return found


def _refusal(path, header, quoted):
    """Why this file may not include that header, or None if it may."""
    folder = str(PurePosixPath(path).parent)
    if folder not in ARROWS:
        return f"no arrows are known for {folder}; add it to tests/lint/arrows.py and to the design"
    prefix = next((name for name in THIRD_PARTY if header.startswith(name)), None)
    if prefix:
        return _third_party_refusal(path, prefix)
    if quoted:
        target = str(PurePosixPath(header).parent)
        if target == "." and header.endswith(".inc"):
            return None  # a table of data beside the one file that includes it
        if target not in ARROWS:
            return "include it by its path from the top of the tree" if target == "." else f"nothing may include from {target}"
        return None if target == folder or target in ARROWS[folder] else f"{folder} must not know {target}"
    if not SYSTEM.match(header):
        return "a third party's header that tests/lint/arrows.py does not place"
    if path.startswith(PURE) and not path.startswith(PURE_EXCEPTIONS) and IMPURE.match(header):
        return "files, threads and clocks are reached through ports only"
    return None


def _third_party_refusal(path, prefix):
    if not path.startswith(tuple(THIRD_PARTY[prefix])) or path.startswith(PLAIN) or path.startswith("crypto/base/"):
        return "this third party's types do not belong here"
    if path.endswith(".h") and prefix.startswith(ONLY_IN_SOURCES):
        return "only a .cc may include this"
    return None


RULES = {"arrows": arrows}

CANARIES = {
    "arrows": [
        {"crypto/verify/a.cc": '#include "crypto/seal.h"\n'},
        {"client/core/a.cc": '#include "client/adapters/leveldb_store.h"\n'},
        {"client/core/a.cc": '#include "server/relay.h"\n'},
        {"server/a.cc": '#include "crypto/seal.h"\n'},
        {"server/a.cc": '#include "client/model/entry.h"\n'},
        {"server/relay.h": "#include <spdlog/spdlog.h>\n"},
        {"client/app/a.cc": '#include "tests/support/world.h"\n'},
        {"client/app/session.cc": "#include <leveldb/db.h>\n"},
        {"client/core/a.cc": "#include <grpcpp/grpcpp.h>\n"},
        {"client/adapters/a.cc": "#include <openssl/x509.h>\n"},
        {"client/core/a.cc": '#include "kith/v1/sealed.pb.h"\n'},
        {"client/wire/a.h": '#include "kith/v1/sealed.pb.h"\n'},
        {"client/model/a.cc": "#include <sodium.h>\n"},
        {"crypto/base/a.cc": "#include <sodium.h>\n"},
        {"client/exchange/a.h": "#include <archive.h>\n"},
        {"client/core/a.cc": "#include <fstream>\n"},
        {"client/model/a.h": "#include <thread>\n"},
        {"client/cli/a.cc": "#include <boost/asio.hpp>\n"},
        {"client/cli/a.cc": '#include "terminal.h"\n'},
        {"client/new/a.cc": "#include <vector>\n"},
    ]
}

CLEAN = {
    "arrows": {
        "crypto/seal.cc": '#include "crypto/seal.h"\n#include <sodium.h>\n#include "crypto/verify/hash.h"\n',
        "client/wire/pack.cc": '#include <zstd.h>\n#include "kith/v1/sealed.pb.h"\n#include "client/model/entry.h"\n',
        "server/leveldb_log.cc": "#include <leveldb/db.h>\n// #include <sodium.h>\n#include <sys/stat.h>\n",
        "tests/unit/a.cc": '#include <gtest/gtest.h>\n#include "server/relay.h"\n',
    }
}
