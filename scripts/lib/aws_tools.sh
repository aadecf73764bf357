# shellcheck shell=bash
# The tools for the deployment tests: from PyPI into build/venv-aws, from npm into build/npm. After common.sh and
# setup.sh.

AWS_TOOLS=$BUILD/venv-aws
NPM_TOOLS=(test/deploy layer/examples/cdk) # folders with a package.json; build/npm/NAME has its packages

# ensure_aws_tools: prints the folder of the tools, or fails with a message.
ensure_aws_tools() {
    if (obtain_aws_tools); then
        echo "$AWS_TOOLS/bin"
    else
        cat >&2 <<END

  NO TOOLS OF DEPLOYMENT: the AWS CLI, the SAM CLI, cfn-lint, moto and Node.js could not be had from PyPI, or the CDK, jsii and
  the Serverless Framework from npm. Nothing has been checked with the tools that people deploy with.

END
        return 1
    fi
}

obtain_aws_tools() {
    local folder
    (make_venv venv-aws test/deploy/requirements.txt) || return 1
    for folder in "${NPM_TOOLS[@]}"; do
        (node_modules_of "$ROOT/$folder/package.json" "$BUILD/npm/${folder##*/}") || return 1
    done
    (cdk_library_modules)
}

# cdk_library_modules: build/npm/cdk-library has the packages for layer/cdk/build.
cdk_library_modules() { node_modules_of "$ROOT/layer/cdk/package.json" "$BUILD/npm/cdk-library"; }

node_modules_of() { # PACKAGE.JSON DIRECTORY: built again when the file changes
    local wanted=$1 directory=$2 stamp=$2/installed.json
    if cmp -s "$wanted" "$stamp"; then return; fi
    only_one_at_a_time npm
    if cmp -s "$wanted" "$stamp"; then return; fi
    say "Installing packages from npm into ${directory#"$ROOT/"}"
    rm -rf "$directory"
    mkdir -p "$directory"
    cp "$wanted" "$directory/package.json"
    PATH=$AWS_TOOLS/bin:$PATH bounded 900 npm install --prefix "$directory" --no-audit --no-fund --no-package-lock \
        --loglevel error >&2 || die "npm could not install ${wanted#"$ROOT/"}; check the network"
    cp "$wanted" "$stamp"
}
