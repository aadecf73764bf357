# shellcheck shell=bash
# Shared by layer/cdk/build, layer/serverless/build and layer/terraform/build. After common.sh, setup.sh, aws_tools.sh and report.sh.

VERSION=$(sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt")
ZIPS=$BUILD/layer

# package_arguments ARGUMENT...: sets OUT and ZIPS, or shows the usage of the command.
package_arguments() {
    OUT=''
    while [ $# -gt 0 ]; do
        case $1 in
            --zips)
                [ $# -gt 1 ] || misused "--zips needs a value"
                ZIPS=$2
                shift
                ;;
            -h | --help) usage; exit ;;
            -*) misused "unknown option $1" ;;
            *)
                [ -z "$OUT" ] || misused "only one folder"
                OUT=$1
                ;;
        esac
        shift
    done
    OUT=${OUT:-$BUILD/packages}
    mkdir -p "$OUT"
    OUT=$(cd "$OUT" && pwd)
}

# new_stage: creates a folder for one run, which is removed at the end.
new_stage() {
    STAGE=$(mktemp -d)
    trap 'rm -rf "$STAGE"' EXIT
}

# add_zips FOLDER: adds the layer zips to a package. Those of build/layer are built if they are missing.
add_zips() {
    local architecture zip
    mkdir -p "$1"
    for architecture in x86_64 arm64; do
        zip=$ZIPS/lambda-vitals-$architecture.zip
        [ -f "$zip" ] || [ "$ZIPS" != "$BUILD/layer" ] || "$ROOT/scripts/build-layer" "$architecture" >/dev/null || exit
        [ -f "$zip" ] || die "there is no $zip; ./scripts/build-layer makes it"
        cp "$zip" "$1/"
    done
    chmod 644 "$1"/*.zip
}

# npm_package FOLDER: packs a staged package as OUT/NAME-VERSION.tgz and prints its path. npm sets the file times itself.
npm_package() {
    sed -i "s/\"version\": \"0.0.0\"/\"version\": \"$VERSION\"/" "$1/package.json"
    cp "$ROOT/LICENSE" "$1/"
    chmod -R u=rwX,go=rX "$1" # npm keeps the modes, which depend on the umask
    local name
    name=$(cd "$1" && bounded 60 npm pack --ignore-scripts --loglevel error --pack-destination "$OUT") ||
        die "npm could not pack ${1##*/}"
    echo "$OUT/$name"
}
