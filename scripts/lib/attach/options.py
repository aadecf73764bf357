"""The command line, read and checked before anything is called."""
import argparse
import os

from attach import selection, settings
from attach.function import ARCHITECTURES, Layer
from attach.newest import PARAMETERS

NAME = os.environ.get("LAMBDA_VITALS_ATTACH_NAME", "scripts/attach")
USAGE = f"""\
{NAME} [--region REGION] [--dry-run] [--yes] [--settings KEY=VALUE]... [OPTION...] FUNCTION... | --tag KEY=VALUE | --all
       {NAME} --detach [--region REGION] [--dry-run] [--yes] FUNCTION... | --tag KEY=VALUE | --all
       {NAME} --check [--region REGION] FUNCTION..."""
DESCRIPTION = """\
Attaches the published layer of Lambda Vitals to functions that exist. The layer is the one that the parameters of
scripts/publish-layer name, else the newest that is published, for each function's own architecture. Other layers and their
order stay; an older version of Lambda Vitals is replaced. Shows a plan, asks, and changes nothing before."""
EPILOG = """\
examples:
  scripts/attach checkout                       one function
  scripts/attach --tag team=payments --dry-run  what would be done to every function with a tag
  scripts/attach --all --yes                    every function of the region, without a question, as in CI
  scripts/attach --settings LAMBDA_VITALS_EMIT=sync checkout
  scripts/attach --check checkout               what is wrong when there is no line

exit status: 0 when every function is as it was asked for, 1 when one was refused or failed or --check found a problem,
2 for a wrong command line or a question without a terminal, 130 after Ctrl-C.

What the credentials must allow: lambda:GetFunctionConfiguration, lambda:UpdateFunctionConfiguration, lambda:GetLayerVersion
and lambda:ListLayerVersions; ssm:GetParameter for the parameters; lambda:ListFunctions for --all, tag:GetResources for --tag,
lambda:GetFunction to find out whether 250 MB suffice, lambda:ListAliases to say which versions stay without it. --check reads:
logs:DescribeLogGroups, logs:FilterLogEvents, cloudwatch:GetMetricStatistics. What is not allowed is left out, if it can be."""


def parser():
    made = argparse.ArgumentParser(prog=NAME, usage=USAGE, description=DESCRIPTION, epilog=EPILOG,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("functions", metavar="FUNCTION", nargs="*", help="name or ARN of a function")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--tag", metavar="KEY=VALUE", help="every function with this tag")
    which.add_argument("--all", action="store_true", help="every function of the region; container images are skipped")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--detach", action="store_true", help="take the layer away; settings stay, as they do nothing without it")
    what.add_argument("--check", action="store_true", help="change nothing; say what is wrong with each FUNCTION and what to do")
    made.add_argument("--settings", metavar="KEY=VALUE", action="append", default=[],
                      help="put a setting into the environment, beside what is there; may be given several times")
    made.add_argument("--unset", metavar="KEY", action="append", default=[], help="take a setting out of the environment")
    made.add_argument("--replace-lambda-insights", action="store_true", help="replace Lambda Insights' layer")
    made.add_argument("--layer", metavar="ARN", action="append", default=[],
                      help="this layer version instead of the newest; once for each architecture")
    made.add_argument("--parameters", metavar="PREFIX", default=PARAMETERS,
                      help=f"where publish-layer wrote the ARNs in Parameter Store (default: {PARAMETERS})")
    made.add_argument("--region", help="default: AWS_REGION, or the profile's")
    made.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
    made.add_argument("-y", "--yes", action="store_true", help="do not ask; needed without a terminal")
    return made


def read(arguments):
    """The options, checked. Leaves with status 2."""
    made = parser()
    options = made.parse_args(arguments)
    if not (options.functions or options.tag or options.all):
        made.error("no function named: give FUNCTION..., --tag KEY=VALUE or --all")
    if options.functions and (options.tag or options.all):
        made.error("FUNCTION and --tag or --all exclude each other")
    if options.tag is not None and "=" not in options.tag:
        made.error(f"--tag {options.tag}: a tag is KEY=VALUE")
    if options.check and not options.functions:
        made.error("--check is for functions by name")
    try:
        options.names = [selection.Name.of(each) for each in options.functions]
    except ValueError as error:
        made.error(str(error))
    options.wanted = {}
    for each in options.settings:
        name, equals, value = each.partition("=")
        wrong = "a setting is KEY=VALUE" if not equals else settings.wrong_name(name) or settings.wrong_value(name, value)
        if wrong:
            made.error(f"--settings {each}: {wrong}")
        options.wanted[name] = value
    for name in options.unset:
        if not name.startswith(settings.PREFIX):
            made.error(f"--unset {name}: only settings of Lambda Vitals, which begin with {settings.PREFIX}")
        if name in options.wanted:
            made.error(f"--unset {name}: it is also set")
    options.given = {}
    for each in options.layer:
        layer = Layer(each)
        if layer.architecture is None:
            made.error(f"--layer {each}: not the ARN of a layer version whose name ends in {' or '.join(ARCHITECTURES)}")
        options.given[layer.architecture] = layer
    return options
