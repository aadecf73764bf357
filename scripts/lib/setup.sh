# shellcheck shell=bash
# Installs on a fresh Debian 12, Debian 13 or Ubuntu 24.04 what the project needs to build and run. Skips what is
# installed already: with everything in place it takes a few milliseconds and needs neither network nor root.
# After common.sh.

# shellcheck disable=SC2034  # for the commands
PYTHON=$BUILD/venv/bin/python3

# The packages for each purpose, with a check for each. The checks look for commands and headers rather
# than packages, so that a compiler or a CMake from elsewhere counts, too.
missing_packages() {
    local group
    for group in "$@"; do "missing_for_$group"; done
}
missing_for_build() {
    have g++ || echo g++
    have cmake || echo cmake
    have ninja || echo ninja-build
    have git || echo git
    boost_is_recent || boost_package
    header nlohmann/json.hpp || echo nlohmann-json3-dev
    header spdlog/spdlog.h || echo libspdlog-dev
    header fmt/format.h || echo libfmt-dev
    header catch2/catch_all.hpp || header catch2/catch.hpp || echo catch2
    header benchmark/benchmark.h || echo libbenchmark-dev
}
missing_for_python() {
    python_with_venv >/dev/null || echo python3 python3-venv
    have curl || echo curl
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    have unshare && have setpriv || echo util-linux
    have mount || echo mount
}
missing_for_test() { # network namespaces, instruction counts, system calls, zips
    have ip || echo iproute2
    have valgrind || echo valgrind
    have strace || echo strace
    have unzip || echo unzip
}
missing_for_browser() { # for the tests of scripts/report's page; Ubuntu's is a snap
    [[ $(system) == ubuntu* ]] || have chromium || echo chromium fonts-dejavu-core
}
missing_for_layer() {
    have zip || echo zip
}
missing_for_unzip() {
    have unzip || echo unzip
}
missing_for_cross() { # arm64 on x86_64
    have aarch64-linux-gnu-g++ || echo g++-aarch64-linux-gnu
}
missing_for_emulator() { # running arm64 programs
    have qemu-aarch64-static || echo qemu-user-static
}
missing_for_fuzz() { # libFuzzer is in a package named by clang's version, the distribution's default one
    missing_for_build
    have clang++ || echo clang
    have clang++ && compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.fuzzer*.a" >/dev/null && return
    case $(system) in
        "debian 12") echo libclang-rt-14-dev ;;
        "debian 13") echo libclang-rt-19-dev ;;
        "ubuntu 24.04") echo libclang-rt-18-dev ;;
    esac
}
missing_for_container() {
    have buildah || echo buildah
    # From version 1.33 on, buildah needs it for any network of a container.
    [ "$(system)" = "debian 12" ] || [ -e /usr/lib/podman/netavark ] || echo netavark
    have mmdebstrap || echo mmdebstrap
    have unzip || echo unzip
    have nsenter || echo util-linux
}
missing_for_check() {
    have clang-format || echo clang-format
    have clang-tidy || echo clang-tidy
    have shellcheck || echo shellcheck
}

header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
boost_is_recent() {
    local version
    version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' /usr/{local/,}include/boost/version.hpp 2>/dev/null | head -n 1)
    [ "${version:-0}" -ge 108100 ]
}
boost_package() { # Debian 12's default is 1.74
    if [ "$(system)" = "debian 12" ]; then echo libboost1.81-dev; else echo libboost-dev; fi
}

# The first python3 that is recent enough and can make a virtual environment.
python_with_venv() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    return 1
}

system() { # shellcheck disable=SC1091
    (. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-}")
}
supported_system() {
    case $(system) in
        "debian 12" | "debian 13" | "ubuntu 24.04") have apt-get ;;
        *) return 1 ;;
    esac
}

# ensure_packages GROUP...: installs the missing packages of the groups (build, python, test, …) from the distribution.
ensure_packages() {
    local packages
    mapfile -t packages < <(missing_packages "$@" | tr ' ' '\n' | sort -u)
    [ ${#packages[@]} -gt 0 ] || return 0
    supported_system || die "this system ($(system)) is not one of Debian 12, Debian 13 and Ubuntu 24.04; install" \
        "the equivalents of: ${packages[*]}"
    install_packages "${packages[@]}"
}

install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || die "needs root or sudo to install: $*"
        as_root=(sudo)
    fi
    (
        only_one_at_a_time packages
        say "Installing from the distribution: $*"
        bounded 600 "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -qq >&2 ||
            die "apt-get update failed; check the network, and whether this user may install packages"
        bounded 1800 "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends "$@" >&2 ||
            die "apt-get could not install: $*"
    )
}

# ensure_venv: build/venv has the Python packages of the tests and the demo.
ensure_venv() { make_venv venv test/requirements.txt; }

# make_venv NAME REQUIREMENTS: creates build/NAME with the packages of the file, again when the file changes.
make_venv() {
    local name=$1 wanted=$ROOT/$2 stamp=$BUILD/$1/requirements.txt python=$BUILD/$1/bin/python3
    ensure_packages python
    if cmp -s "$wanted" "$stamp" && "$python" -c '' 2>/dev/null; then return; fi
    (
        only_one_at_a_time "$name"
        if cmp -s "$wanted" "$stamp" && "$python" -c '' 2>/dev/null; then exit; fi
        say "Installing Python packages from PyPI into build/$name"
        rm -rf "${BUILD:?}/$name"
        "$(python_with_venv)" -m venv "$BUILD/$name" >&2 || die "could not create the virtual environment build/$name; see above"
        bounded 900 "$python" -m pip install --quiet --disable-pip-version-check -r "$wanted" >&2 ||
            die "pip could not install $2; check the network"
        cp "$wanted" "$stamp"
    )
}

# ensure_suite_venv: build/venv with the packages that only scripts/test needs.
ensure_suite_venv() { ensure_venv && add_to_venv venv test/suite-requirements.txt; }

# ensure_bench_venv: adds the packages of test/bench/requirements.txt; half a minute, only for scripts/bench.
ensure_bench_venv() { add_to_venv venv test/bench/requirements.txt; }

# ensure_report_venv: build/venv-report for scripts/report; ensure_report_wheel_venv: with the packages to build its wheel;
# ensure_report_test_venv: with those of its tests, which then need no network.
ensure_report_venv() { make_venv venv-report scripts/lib/report/requirements.txt; }
ensure_report_wheel_venv() { ensure_report_venv && add_to_venv venv-report scripts/lib/report/wheel-requirements.txt; }
ensure_report_test_venv() { ensure_report_wheel_venv && add_to_venv venv-report test/report/requirements.txt; }

# add_to_venv NAME REQUIREMENTS: adds the packages of the file to build/NAME.
add_to_venv() {
    local name=$1 wanted=$ROOT/$2 stamp=$BUILD/$1/${2//\//-}
    if cmp -s "$wanted" "$stamp"; then return; fi
    (
        only_one_at_a_time "$name"
        if cmp -s "$wanted" "$stamp"; then exit; fi
        say "Installing the packages of $2 from PyPI into build/$name"
        bounded 900 "$BUILD/$name/bin/python3" -m pip install --quiet --disable-pip-version-check -r "$wanted" >&2 ||
            die "pip could not install $2; check the network"
        cp "$wanted" "$stamp"
    )
}

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET, all of it or only the targets.
build_preset() {
    local preset=$1
    shift
    ensure_packages build
    (
        only_one_at_a_time "$preset"
        cd "$ROOT" || exit
        if [ ! "$BUILD/$preset/build.ninja" -nt CMakePresets.json ]; then
            say "Configuring the $preset build"
            bounded 300 cmake --preset "$preset" >&2 || die "cmake could not configure the preset $preset"
        fi
        say "Building $preset (${*:-everything})"
        bounded 3600 cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"} >&2 ||
            die "the $preset build failed"
    )
}
