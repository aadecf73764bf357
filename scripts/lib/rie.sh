# shellcheck shell=bash
# The real Runtime Interface Emulator, version 1.37. After common.sh and setup.sh.

RIE_VERSION=1.37
RIE_COMMIT=4fa21571526087e3a0076b9fecf67a79e3927994
RIE_PROJECT=github.com/aws/aws-lambda-runtime-interface-emulator
# AWS SAM CLI contains RIE's release files unchanged, so one checksum serves both sources.
RIE_SAM_CLI=aws-sam-cli==1.170.0

rie_machine() { # this machine's name in the release and in SAM CLI, and the pinned checksum
    case $(uname -m) in
        x86_64) echo "aws-lambda-rie aws-lambda-rie-x86_64 6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5" ;;
        aarch64) echo "aws-lambda-rie-arm64 aws-lambda-rie-arm64 ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21" ;;
        *) return 1 ;;
    esac
}

# ensure_rie: prints the path of an RIE, or fails with a message.
ensure_rie() {
    local cached=$BUILD/rie/aws-lambda-rie
    if have aws-lambda-rie; then
        command -v aws-lambda-rie
    elif [ -x "$cached" ]; then
        echo "$cached"
    elif (only_one_at_a_time rie && [ -x "$cached" ] || obtain_rie "$cached"); then
        echo "$cached"
    else
        cat >&2 <<END

  NO RUNTIME INTERFACE EMULATOR: aws-lambda-rie is not on PATH and could not be had from PyPI (in AWS SAM CLI), from
  its release or through go install. Nothing has been checked against the real RIE. Install aws-lambda-rie on PATH.

END
        return 1
    fi
}

obtain_rie() {
    local target=$1 work release_name sam_name sum
    read -r release_name sam_name sum < <(rie_machine) || { say "RIE has no build for $(uname -m)"; return 1; }
    mkdir -p "${target%/*}"
    work=$(mktemp -d "${target%/*}/.obtain.XXXXXX")
    # shellcheck disable=SC2064  # expanded now
    trap "rm -rf '$work'" EXIT
    rie_from_sam_cli "$work" "$sam_name" "$sum" || rie_from_release "$work" "$release_name" "$sum" ||
        rie_from_go "$work" || return 1
    chmod 0755 "$work/rie"
    mv "$work/rie" "$target"
}

rie_sum_is_right() {
    printf '%s  %s\n' "$2" "$1" | sha256sum --check --status ||
        { say "The sha256 of the downloaded RIE is not the pinned one; the file is not used"; return 1; }
}

rie_from_sam_cli() { # WORK NAME SUM
    ensure_venv
    say "Getting RIE $RIE_VERSION from PyPI, where AWS SAM CLI carries it"
    bounded 300 "$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        -d "$1" "$RIE_SAM_CLI" >&2 || return 1
    "$PYTHON" - "$1" "samcli/local/rapid/$2" >"$1/rie" <<'END' || return 1
import glob, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]) as wheel:
    sys.stdout.buffer.write(wheel.read(sys.argv[2]))
END
    rie_sum_is_right "$1/rie" "$3"
}

rie_from_release() { # WORK NAME SUM
    say "Getting RIE $RIE_VERSION from its release"
    bounded 300 curl --fail --silent --show-error --location --proto '=https' --connect-timeout 20 \
        --output "$1/rie" "https://$RIE_PROJECT/releases/download/v$RIE_VERSION/$2" || return 1
    rie_sum_is_right "$1/rie" "$3"
}

rie_from_go() { # WORK
    go_is_recent || { say "No go 1.25 or later to build RIE with"; return 1; }
    say "Building RIE from source with go install, at commit ${RIE_COMMIT:0:12}"
    GOBIN=$1 bounded 600 go install "$RIE_PROJECT/cmd/aws-lambda-rie@$RIE_COMMIT" >&2 || return 1
    mv "$1/aws-lambda-rie" "$1/rie"
}
go_is_recent() {
    local minor
    have go || return 1
    minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge 25 ]
}
