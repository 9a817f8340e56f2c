"""Well-known libraries, told by the names of their functions."""

import re
from collections.abc import Iterable
from typing import NamedTuple


class Family(NamedTuple):
    """A library, what it is used for, and how its functions are called."""

    library: str
    serves: str
    pattern: re.Pattern[str]


def _family(library: str, serves: str, pattern: str) -> Family:
    return Family(library, serves, re.compile(pattern))


FAMILIES = (
    _family(
        "OpenSSL", "cryptography and encrypted connections",
        r"(?:EVP|SSL|X509|BN|ASN1|BIO|RSA|PEM|CRYPTO|OPENSSL|EC|ECDSA|DH|HMAC|ERR|OSSL|PKCS7|PKCS12|OCSP|CMS|TLS)_\w+|d2i_\w+|i2d_\w+",
    ),
    _family("libxml2", "reading XML", r"xml[A-Z]\w+|html[A-Z]\w+"),
    _family("GLib", "basic data structures and main loops", r"g_[a-z]+_\w+"),
    _family("libpng", "PNG images", r"png_\w+"),
    _family("PAM", "logins and authentication", r"pam_(?!sm_)\w+"),
    _family("GSS-API", "Kerberos authentication", r"(?:gss|krb5)_\w+"),
    _family("bzip2", "compression", r"BZ2_\w+"),
    _family("zlib", "compression", r"(?:in|de)flate\w*|gz(?:open|read|write|close)\w*"),
    _family("SQLite", "an SQL database in a file", r"sqlite3_\w+"),
    _family("libcurl", "transfers over HTTP and similar protocols", r"curl_\w+"),
    _family("libblkid", "recognizing block devices", r"blkid_\w+"),
    _family("libmount", "mounting file systems", r"mnt_[a-z]+_\w+"),
    _family("libpcap", "capturing network packets", r"pcap_\w+"),
    _family("D-Bus", "messages between programs over D-Bus", r"dbus_\w+"),
    _family(
        "libselinux", "security labels on files and processes",
        r"(?:selinux|selabel|matchpathcon)\w*|is_selinux_\w+|security_(?:[gs]etenforce|getenforce|get_initial_context|[gs]et_boolean\w*|compute_\w+|check_context|class_to_string|av_\w+|policyvers|load_policy|commit_booleans|validatetrans|canonicalize_context)(?:_raw)?"
        r"|freecon(?:ary)?|[gs]et(?:exec|fscreate|keycreate|sockcreate)?con(?:_raw)?|get(?:pid|prev|peer)con(?:_raw)?|[fl]?[gs]etfilecon(?:_raw)?"
        r"|setexecfilecon|getseuser(?:byname)?|get_(?:ordered_context_list|default_(?:context|type))\w*|context_(?:str|(?:user|role|type|range)_[gs]et)"
        r"|string_to_(?:security_class|av_perm)|mode_to_security_class",
    ),
    _family("libacl", "access control lists of files", r"acl_[a-z]+_\w+|acl_(?:init|dup|free|valid|check|cmp|error|entries)"),
    _family("libattr", "extended attributes of files", r"attr_copy_\w+"),
    _family("ncurses", "drawing on the terminal", r"(?:tgetent|tgetstr|tgetnum|setupterm|initscr|endwin|newwin|wmove|waddn?str)\w*"),
    _family("readline", "editing the command line", r"(?:rl|add_history|readline)(?:_\w+)?"),
    _family("GnuTLS", "encrypted connections", r"gnutls_\w+"),
    _family("libaudit", "the audit log of the kernel", r"audit_\w+"),
    _family("libelf", "reading ELF files", r"(?:elf|gelf)_\w+"),
)  # fmt: skip


def families(names: Iterable[str]) -> list[tuple[Family, list[int]]]:
    """The libraries whose functions are among some names, with the places of these, those with most names first."""
    found: dict[str, tuple[Family, list[int]]] = {}
    for index, name in enumerate(names):
        if not 4 < len(name) <= 60 or "_" not in name and not name.islower():
            continue
        family = next((one for one in FAMILIES if one.pattern.fullmatch(name)), None)
        if family is not None:
            found.setdefault(family.library, (family, []))[1].append(index)
    return sorted(found.values(), key=lambda entry: -len(entry[1]))
