"""The plan that is shown, the question, and what happened."""
import concurrent.futures
import sys

from attach import check, plan, selection, sizes
from attach.apply import Outcome, apply
from attach.aws import Aws
from attach.errors import Failed, Interrupted
from attach.newest import Newest
from attach.options import NAME, read

AT_ONCE = 4  # functions; Lambda allows 15 changing calls a second in an account


def main(arguments):
    options = read(arguments)
    try:
        aws = Aws(options.region)
        newest = Newest(aws, options.parameters, options.given, warn=say)
        if options.check:
            return check.run(aws, newest, options.names)
        return change(aws, newest, options)
    except (Failed, Interrupted) as error:
        say(str(error) or "interrupted")
        return 1
    except KeyboardInterrupt:
        say("interrupted; nothing was changed")
        return 130


def say(text):
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


def change(aws, newest, options):
    if options.all:
        found, whom = selection.everything(aws), "no function"
    elif options.tag:
        key, _, value = options.tag.partition("=")
        found, whom = selection.by_tag(aws, key, value), f"no function with the tag {options.tag}"
    else:
        found, whom = selection.by_name(aws, options.names), ""
    if not found:
        say(f"there is {whom} in {aws.region}")
        return 1
    wish = plan.Wish(newest, options.detach, options.replace_lambda_insights, options.wanted, frozenset(options.unset),
                     named=bool(options.names))
    plans = [planned(aws, newest, each, wish) for each in found]
    table = Table([each.name for each in found])
    print(f"Plan for {counted(len(plans), 'function')} in {aws.region}:")
    for each in plans:
        table.row(each.function, each.result, each.text)
    todo = [each for each in plans if each.result in plan.CHANGES]
    if not todo or options.dry_run:
        if options.dry_run and todo:
            print(f"Nothing was changed (--dry-run); {counted(len(todo), 'function')} would be.")
        return 1 if any(each.result == "refused" for each in plans) else 0
    if not options.yes and not sys.stdin.isatty():
        say("nothing was changed: without a terminal to ask on it takes --yes")
        return 2
    if not options.yes and not agreed(len(todo)):
        return 0
    outcomes = carried_out(aws, todo, wish, table)
    outcomes += [each for each in plans if each not in todo]
    print(summary(outcomes))
    if aws.stop.is_set():
        return 130
    return 1 if any(each.result in ("refused", "failed", "interrupted") for each in outcomes) else 0


def planned(aws, newest, found, wish):
    """The change of one function, as a result."""
    if isinstance(found, selection.Missing):
        return Outcome(found.name, "refused", found.text)
    made = plan.make(found, wish)
    if made.action == "attach":
        no_room = sizes.refusal(aws, found, newest(found.architecture))
        if no_room:
            return Outcome(found.name, "refused", no_room)
    return Outcome(found.name, made.action, made.text)


def agreed(number):
    try:
        answer = input(f"Change {counted(number, 'function')}? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() in ("y", "yes"):
        return True
    print("Nothing was changed.")
    return False


def carried_out(aws, todo, wish, table):
    """Changes the functions, several at once, and says of each what happened."""
    def one(name):
        try:
            return apply(aws, name, lambda function: plan.make(function, wish))
        except Failed as error:
            return Outcome(name, "failed", str(error))
        except Interrupted:
            return Outcome(name, "interrupted", f"see what it has: {NAME} --check {name}")

    outcomes, waiting = [], set()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(one, each.function) for each in todo}
        while waiting:
            try:
                done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            except KeyboardInterrupt:
                aws.stop.set()  # running calls end at their next pause, and no other starts
                continue
            for each in done:
                outcomes.append(each.result())
                table.row(outcomes[-1].function, outcomes[-1].result, outcomes[-1].text)
                stay_behind(aws, outcomes[-1])
    return outcomes


def stay_behind(aws, outcome):
    """Aliases point to published versions, which keep the layers that they were published with."""
    if outcome.result not in ("attached", "updated", "set", "detached"):
        return
    try:
        aliases = aws.call("lambda", "list_aliases", FunctionName=outcome.function).get("Aliases") or []
    except (Failed, Interrupted):
        return
    for each in aliases:
        if each["FunctionVersion"] != "$LATEST":
            print(f"    alias {each['Name']} of {outcome.function} points to version {each['FunctionVersion']}, which stays as it "
                  "was published: publish a version and point the alias at it")


class Table:
    def __init__(self, names):
        self._width = min(max(map(len, names)), 64)

    def row(self, name, result, text):
        print(f"  {name:<{self._width}}  {result:<9}  {text}", flush=True)


def counted(number, noun):
    return f"{number} {noun}" + ("" if number == 1 else "s")


def summary(outcomes):
    results = [each.result for each in outcomes]
    return ", ".join(f"{results.count(each)} {each}" for each in sorted(set(results)))
