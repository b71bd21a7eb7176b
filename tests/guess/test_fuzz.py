"""`journey init` on anything: an answer or one clear error, never a traceback; what it writes always loads."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.cli.main import main
from journey_analytics.config.load import load_config
from tests.harness import NIGHTLY

DATA = Path(__file__).parent.parent / "data" / "vendors"
SEEDS = [path.read_bytes()[:20_000] for path in sorted(DATA.rglob("*")) if path.is_file() and path.suffix != ".md"][::7]
PIECES = [
    b'"',
    b"\n",
    b",",
    b"\0",
    b"\xff",
    b"{",
    b"]",
    b"\\u",
    b"\x1b[2J",
    b"=&",
    b"NaN",
    b"9" * 30,
    b"\t",
    b";",
    b"\r",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A vendor's sample with pieces cut out, doubled or put in."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(content)))
        what = draw(st.integers(0, 2))
        if what == 0:
            content[at:at] = draw(st.sampled_from(PIECES))
        elif what == 1:
            del content[at : at + draw(st.integers(1, 400))]
        else:
            content[at:at] = content[at : at + draw(st.integers(1, 400))]
    return bytes(content)


def survives(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as work:
        log = Path(work) / "log.csv"
        log.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["init", str(Path(work) / "p"), "--from", str(log)])
        assert code in (0, 1, 2)
        assert "Traceback" not in err.getvalue()
        assert "internal error" not in err.getvalue()
        assert "\x1b" not in out.getvalue() + err.getvalue()
        if code == 0:
            load_config(Path(work) / "p" / "journey.yaml")
        else:
            assert "log.csv" in err.getvalue()


slow = settings(max_examples=100 if NIGHTLY else 12, deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(st.binary(max_size=3000))
def test_random_bytes(content: bytes) -> None:
    survives(content)


@slow
@given(st.text(alphabet=st.sampled_from('abé"\n,;|{}[]:=&0123456789@.-TZ \t\\'), max_size=600))
def test_random_text(content: str) -> None:
    survives(content.encode())


@slow
@given(mutated())
def test_mutated_samples(content: bytes) -> None:
    survives(content)
