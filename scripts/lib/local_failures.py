"""Why an invocation under the RIE failed, and what to do about it."""
import pathlib

TIMED_OUT = "Task timed out after"

# How to start a function of each language, by the name of the given program. {handler} comes from the script's name.
CLIENTS = {
    ("node", "npm", "npx", "tsx", "ts-node", "bun", "deno"): "for Node.js: npm install aws-lambda-ric, then npx aws-lambda-ric {handler}",
    ("python",): "for Python: python3 -m awslambdaric {handler}",
    ("ruby", "bundle"): "for Ruby: gem install aws_lambda_ric, then aws_lambda_ric {handler}",
    ("java",): "for Java: java -cp 'target/*' com.amazonaws.services.lambda.runtime.api.client.AWSLambda package.Class::method,"
               " with aws-lambda-java-runtime-interface-client among the jars",
    ("dotnet",): "for .NET: a program that calls LambdaBootstrapBuilder of Amazon.Lambda.RuntimeSupport",
    ("php",): "for PHP: Bref's bootstrap, or your own",
    ("sh", "bash", "dash"): "for a shell: a bootstrap that asks http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"
                            " for events with curl, in a loop",
}
OTHERS = ("a program of your own calls its language's runtime client: lambda.Start of aws-lambda-go, run of Rust's lambda_runtime,"
          " run_handler of aws-lambda-cpp")


def has_client(command):
    return any("lambdaric" in part.replace("-", "").replace("_", "") or "runtime.api.client" in part for part in command)


def hint(command):
    """How to start a function in the language of this command."""
    program = pathlib.Path(command[0]).name
    stem = next((pathlib.Path(each).stem for each in command[1:] if not each.startswith("-")), "app")
    client = next((text for names, text in CLIENTS.items() if program.rstrip("0123456789.") in names), OTHERS)
    return ("the command after -- must start a runtime client, which asks for events and calls the handler; "
            + client.format(handler=f"{stem}.handler"))


def failure_of(reply, command, said, started):
    """None, or the status and the reason. The RIE answers 200 for a function's error and for a timeout, too.

    said: the lines that the function wrote since the invocation began; started: whether it has asked for an event.
    """
    if reply.body.startswith(TIMED_OUT):
        return "timeout", reply.body if started else f"{reply.body}, {_not_started(command, said)}"
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    error = None
    if isinstance(answer, dict) and {"errorType", "errorMessage"} <= answer.keys():
        error = f"{answer['errorType']}: {answer['errorMessage']}"
    if isinstance(answer, dict) and answer.keys() == {"errorType"}:  # from the RIE's Managed mode, when the runtime has exited
        return "failure", f"{answer['errorType']}: the function ended; what it wrote is above"
    if reply.status == 200:
        return ("error", error) if error else None
    return "failure", f"HTTP {reply.status}: {error or reply.body or 'the function ended ' + _not_started(command, said)}"


def _not_started(command, said):
    """The function has not asked for an event: its start failed, takes long, or it never will."""
    lines = [line for line in said if line.strip()]
    error = next((line for line in lines if line.startswith("[ERROR] ")), None)
    if error:
        return f"and its start had failed: {error.removeprefix('[ERROR] ')}"
    heard = "what it wrote is above" if lines else "it wrote nothing"
    cause = "its start failed or takes longer than --timeout" if has_client(command) or lines else hint(command)
    return f"before it asked for an event ({heard}): {cause}" + (
        f"; or there is no runtime client in it: {hint(command)}" if lines and not has_client(command) else "")


def of_log(line):
    """Whether a line of the RIE's log says that the function asked for an event (True), that its start failed (False), or neither."""
    if "INVOKE START(requestId" in line:
        return True
    return False if "Init failed" in line else None


def with_status(record, statuses):
    """The record as the table shows it: the RIE reports no status, but the reply shows it."""
    known = statuses.get(record.get("request_id"))
    return record if known is None or "status" in record else {**record, "status": known}
