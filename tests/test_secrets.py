"""Planted secrets of every form are masked; what only looks like one stays."""

import base64
import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatflux_training import secrets
from threatflux_training.secrets import PLACEHOLDER, mask, mask_lines, placeholder, spans


def some(length: int, alphabet: str = "") -> str:
    """Letters and digits without meaning, put together here so that no scanner of sources trips over them."""
    text = (
        base64.b64encode(hashlib.sha512(b"planted").digest() * 4)
        .decode()
        .replace("+", "x")
        .replace("/", "y")
        .replace("=", "z")
    )
    if alphabet:
        return "".join(alphabet[ord(character) % len(alphabet)] for character in text[:length])
    return text[:length]


HEX, UPPER, DIGITS = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789"
BODY = "\n".join(some(320)[n : n + 64] for n in range(0, 320, 64))
PLANTED = [
    ("private_key", f"-----BEGIN RSA PRIVATE KEY-----{'{}'}-----END RSA PRIVATE KEY-----", f"\n{BODY}\n"),
    ("age_key", "key {} end", "AGE-SECRET" + "-KEY-1" + some(58, UPPER)),
    ("url_credentials", "postgres://app:{}@db.example.com:5432/prod", "s3cretpw"),
    ("aws_access_key", "id={};", "AK" + "IA" + some(16, UPPER)),
    ("aws_secret_key", "export AWS_SECRET_ACCESS_KEY={}", some(40)),
    ("github_token", "git clone with {} there", "gh" + "p_" + some(36)),
    ("gitlab_token", "'{}'", "gl" + "pat-" + some(20)),
    ("slack_token", "{}", "xo" + "xb-" + some(12, DIGITS) + "-" + some(24)),
    ("slack_webhook", "https://hooks.slack.com/services/{}", f"T{some(8, UPPER)}/B{some(8, UPPER)}/{some(24)}"),
    ("discord_webhook", "https://discord.com/api/webhooks/123456789012345678/{}", some(68)),
    ("telegram_token", "bot{}", "123456789:" + "AA" + some(33)),
    ("google_key", "?k={}&x=1", "AI" + "za" + some(35)),
    ("google_oauth", "{}", "GOC" + "SPX-" + some(28)),
    ("azure_key", "AccountName=x;AccountKey={};Suffix=y", some(86) + "=="),
    ("azure_signature", "https://x.blob.example/c?sv=2020&sig={}&se=1", some(43) + "%3D"),
    ("stripe_key", "{}", "sk" + "_live_" + some(24)),
    ("twilio_key", "twilio sid {}", "S" + "K" + some(32, HEX)),
    ("sendgrid_key", "{}", "S" + "G." + some(22) + "." + some(43)),
    ("mailgun_key", "{}", "ke" + "y-" + some(32, HEX)),
    ("npm_token", "//registry/:_x {}", "np" + "m_" + some(36)),
    ("pypi_token", "{}", "pypi-AgEI" + "cHlwaS" + some(60)),
    ("model_api_key", "{}", "s" + "k-proj-" + some(48)),
    ("service_token", "{}", "dop" + "_v1_" + some(64, HEX)),
    ("jwt", "Cookie: {}", "ey" + "J" + some(20) + ".ey" + "J" + some(30) + "." + some(43)),
    ("authorization", "Authorization: Bearer {}", some(30)),
    ("password_hash", "root:{}:19000:0", "$6" + "$saltsalt$" + some(86)),
    ("command_password", "sshpass -p {} ssh host", "Tr0ub4dor"),
    ("command_password", "curl -s -u admin:{} https://x", "Tr0ub4dor"),
    ("assignment", 'db_password = "{}"', "correct horse"),
    ("assignment", "PASSWORD={}", "hunter2hunter2"),
    ("assignment", '"api_key": "{}",', "k9f8a7d6e5"),
    ("assignment", "config['token'] = '{}'", "k9f8a7d6e5"),
    ("assignment", "Server=x;User=sa;Pwd={};", "P4ssw0rd"),
]  # fmt: skip
HARMLESS = [
    "password=%s", "Password: ", "password: incorrect", 'password="${DB_PASSWORD}"', "PASSWORD=$1", "--password=PASSWORD",
    "token = self.token", "password = getpass()", "passwd=/etc/passwd", "pass: the login failed for this user", "token_count=12",
    "https://example.com:8443/api/v1", "ssh://git@example.com/x", "https://user:%s@host/", "http://user:<password>@host",
    "crypt_gensalt", "pam_unix(%s:auth): authentication failure", "-----BEGIN RSA PRIVATE KEY-----", "libpassword.so.1",
    "eyJ", "AKIA", "sk-", "ghp_", "-u user: not found", "Use --token TOKEN", "SECRET", "asia/tokyo", "bypass=1", "api: v2",
    "0123456789abcdef0123456789abcdef", "curl -fsSL https://updates.example.com/agent/latest.tar.gz", "std::token::value_type",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "secret"), PLANTED)
def test_planted(rule: str, text: str, secret: str) -> None:
    masked, found = mask(text.replace("{}", secret))
    assert masked == text.replace("{}", placeholder(secret))
    assert found == [secret]
    assert rule in {span.rule for span in spans(text.replace("{}", secret))}


def test_every_rule_has_a_control() -> None:
    assert {rule.id for rule, _ in secrets._rules()} == {rule for rule, _, _ in PLANTED}


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    assert mask(text) == (text, [])


def test_the_same_secret_has_the_same_placeholder() -> None:
    first, second = mask('password="s3cretpw"')[0], mask("mysql://root:s3cretpw@db/x")[0]
    assert PLACEHOLDER.findall(first) == PLACEHOLDER.findall(second) == [placeholder("s3cretpw")]
    assert placeholder("s3cretpw") != placeholder("s3cretpx")


def test_several_in_one_text() -> None:
    masked, found = mask(
        f"AWS_ACCESS_KEY_ID={'AK' + 'IA' + some(16, UPPER)} AWS_SECRET_ACCESS_KEY={some(40)} password='x1y2z3'"
    )
    assert len(found) == 3
    assert len(set(PLACEHOLDER.findall(masked))) == 3


@given(
    st.lists(
        st.sampled_from([text.replace("{}", secret) for _, text, secret in PLANTED] + HARMLESS + [" ", "=", '"', ":"]),
        max_size=4,
    ).map(" ".join)
)
def test_masked_text_stays_as_it_is(text: str) -> None:
    masked, _ = mask(text)
    assert mask(masked) == (masked, [])


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    masked, found = mask(text)
    assert (masked == text) == (not found)


def test_a_key_over_several_lines() -> None:
    lines = [
        "  0: usage",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        *BODY.splitlines(),
        "abcd==",
        "-----END OPENSSH PRIVATE KEY-----",
        "main",
    ]
    masked, found = mask_lines(lines)
    assert found == [*BODY.splitlines(), "abcd=="]
    assert (masked[:2], masked[-2:]) == (lines[:2], lines[-2:])
    assert all(PLACEHOLDER.fullmatch(line) for line in masked[2:-2])


def test_the_name_of_a_key_format_among_strings_hides_nothing() -> None:
    lines = ["-----BEGIN RSA PRIVATE KEY-----", "PEM_read_bio", "EVP_PKEY_get1_RSA", "BN_dup"]
    assert mask_lines(lines) == (lines, [])


def test_quick_where_no_keyword_stands() -> None:
    text = "mov qword ptr [rbp - 0x28], rdi\n" * 20_000
    start = time.perf_counter()
    assert mask(text) == (text, [])
    assert time.perf_counter() - start < 1
