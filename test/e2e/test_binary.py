"""What ships is one static file that runs on every Lambda base."""
import subprocess

import pytest

pytestmark = pytest.mark.shipped("what the compiler and the linker made of the file that ships")


def sections(extension):
    return subprocess.run(["readelf", "-lSW", extension], capture_output=True, text=True, timeout=30, check=True).stdout


def test_it_needs_no_loader_and_no_library(extension):
    assert not any(word in sections(extension) for word in ("INTERP", ".interp", ".dynamic", "DYNAMIC"))


def symbols(extension):
    """The linked symbols, as the build recorded them before it stripped the file."""
    return extension.with_name(extension.name + ".symbols").read_text()


def test_it_has_no_name_resolution_no_streams_and_no_locales(extension):
    linked = symbols(extension)
    assert " T main\n" in linked
    for name in ("getaddrinfo", "gethostbyname", "std::cout", "std::ios_base::Init", "std::locale"):
        assert name not in linked, name


def test_it_has_none_of_the_large_things_that_it_does_not_use(extension):
    """Time zones, scanf, names of C++ types, conversions of fractions to text: together 13 % of the file."""
    linked = symbols(extension)
    for name in ("__tz_convert", "strftime", "vfscanf", "__cxa_demangle", "dragonbox", "http::serializer"):
        assert name not in linked, name


def test_it_opens_no_libraries(extension):
    # glibc's own start-up code brings dlopen into every static program; its callers are not linked in.
    linked = symbols(extension)
    for name in ("iconv_open", "__nss_lookup", "getpwnam"):
        assert f" {name}\n" not in linked, name


def test_it_is_small(extension):
    assert extension.stat().st_size < 4 << 20
