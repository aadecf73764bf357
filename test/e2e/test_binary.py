"""What ships is one static file that runs on every Lambda base."""
import subprocess


def sections(extension):
    return subprocess.run(["readelf", "-lSW", extension], capture_output=True, text=True, timeout=30, check=True).stdout


def test_it_needs_no_loader_and_no_library(extension):
    assert not any(word in sections(extension) for word in ("INTERP", ".interp", ".dynamic", "DYNAMIC"))


def test_it_has_no_name_resolution_and_no_plug_ins(extension):
    data = extension.read_bytes()
    for trace in (b"/etc/gai.conf", b"/etc/nsswitch.conf", b"libnss_", b"/etc/ld.so.cache", b"ld-linux"):
        assert trace not in data, trace


def test_it_has_no_iostream(extension):
    symbols = subprocess.run(["nm", "-C", extension], capture_output=True, text=True, timeout=60).stdout
    assert not any(name in symbols for name in (" std::cout\n", " std::cin\n", " std::cerr\n", "ios_base::Init"))


def test_it_is_small(extension):
    assert extension.stat().st_size < 4 << 20
