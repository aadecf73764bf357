"""scripts/attach, as a process, against a stand-in for AWS that takes its time, throttles and refuses as AWS does."""
import datetime
import io
import json
import os
import pty
import re
import subprocess
import time
import zipfile

import pytest

from account import Account
from like_aws import LikeAws

OTHER = "other-layer"


@pytest.fixture
def account(cloud):
    return Account(cloud["AWS_ENDPOINT_URL"])


@pytest.fixture
def like_aws(cloud):
    stand_in = LikeAws(cloud["AWS_ENDPOINT_URL"])
    yield stand_in
    stand_in.close()


@pytest.fixture
def env(cloud, like_aws, account):
    return cloud | {"AWS_ENDPOINT_URL": like_aws.url, "AWS_DEFAULT_REGION": account.region}


@pytest.fixture
def attach(tools, env):
    def run(*arguments, **more):
        return tools.run("scripts/attach", *arguments, env=env | more)

    return run


def rows(done):
    """Name, result and text of each row."""
    return [tuple(re.split(r"\s{2,}", line.strip(), maxsplit=2)) for line in done.stdout.splitlines() if line.startswith("  ")]


def test_each_function_gets_the_layer_of_its_architecture_beside_its_others(account, like_aws, attach):
    other = account.layer(OTHER)
    x86, old, new = account.vitals("x86_64"), account.vitals("arm64"), account.vitals("arm64")
    account.function("checkout", layers=[other])
    account.function("thumbnails", "arm64", layers=[old, other])
    done = attach("--yes", "checkout", f"arn:aws:lambda:{account.region}:123456789012:function:thumbnails")
    assert done.returncode == 0, done.stdout + done.stderr
    assert account.layers_of("checkout") == [other, x86]
    assert account.layers_of("thumbnails") == [new, other]
    assert rows(done)[:2] == [("checkout", "attach", "lambda-vitals-x86_64:1"),
                              ("thumbnails", "update", "lambda-vitals-arm64:1 -> lambda-vitals-arm64:2")]
    assert set(rows(done)[2:]) == {("checkout", "attached", "lambda-vitals-x86_64:1"),
                                   ("thumbnails", "updated", "lambda-vitals-arm64:1 -> lambda-vitals-arm64:2")}
    again = attach("--yes", "checkout", "thumbnails")
    assert (again.returncode, len(like_aws.updates)) == (0, 2)
    assert [row[1] for row in rows(again)] == ["unchanged", "unchanged"]


def test_what_the_parameter_names_comes_before_the_newest(account, attach):
    first, second = account.vitals("x86_64"), account.vitals("x86_64")
    account.function("checkout")
    account.parameter("/lambda-vitals/x86_64", first)
    assert attach("--yes", "checkout").returncode == 0
    assert account.layers_of("checkout") == [first]
    account.parameter("/lambda-vitals/x86_64", first + "7")  # never published, or deleted
    done = attach("--yes", "checkout")
    assert "/lambda-vitals/x86_64 is not used: lambda-vitals-x86_64:17 has been deleted" in done.stderr
    assert account.layers_of("checkout") == [second]
    assert attach("--yes", "--layer", first, "checkout").returncode == 0
    assert account.layers_of("checkout") == [first]


def test_a_plan_changes_nothing_until_it_is_agreed_to(tools, env, account, like_aws, attach):
    account.vitals("x86_64")
    account.function("checkout")
    assert attach("--dry-run", "checkout").returncode == 0
    refused = attach("checkout")
    assert refused.returncode == 2 and "--yes" in refused.stderr
    assert "attach" in refused.stdout and not like_aws.updates
    for answer, changes in ((b"n\n", 0), (b"y\n", 1)):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(["scripts/attach", "checkout"], stdin=theirs, stdout=subprocess.PIPE, text=True,
                                   env=tools.environment(**env))
        os.write(ours, answer)
        output, _ = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert "Change 1 function? [y/N]" in output and process.returncode == 0
        assert len(like_aws.updates) == changes


def test_a_function_that_others_change_and_a_service_that_throttles(account, like_aws, attach):
    other, vitals = account.layer(OTHER), account.vitals("x86_64")
    account.function("checkout", environment={"TABLE": "a"})

    def somebody_else():
        account.change("checkout", Layers=[other], Environment={"Variables": {"TABLE": "b"}})
        like_aws.change("checkout")

    like_aws.polls = 2
    like_aws.throttle("GET .*/checkout/configuration", 3)
    like_aws.throttle("PUT ", 4)
    like_aws.busy("checkout", 2)
    like_aws.meanwhile["checkout"] = [lambda: like_aws.busy("checkout", 1), somebody_else]
    done = attach("--yes", "--settings", "LAMBDA_VITALS_EMIT=sync", "checkout")
    assert done.returncode == 0, done.stdout + done.stderr
    assert account.layers_of("checkout") == [other, vitals]
    assert account.environment_of("checkout") == {"TABLE": "b", "LAMBDA_VITALS_EMIT": "sync"}
    assert len(like_aws.updates) == 1 and not like_aws.is_busy("checkout")


def test_an_update_that_lambda_cannot_make_is_a_failure_and_stops_no_other(account, like_aws, attach):
    account.vitals("x86_64")
    account.function("checkout")
    account.function("thumbnails")
    like_aws.failing["checkout"] = "The KMS key is disabled"
    done = attach("--yes", "checkout", "thumbnails", "moon")
    assert done.returncode == 1
    assert ("checkout", "failed", "Lambda took the change and could not make it: The KMS key is disabled") in rows(done)
    assert ("thumbnails", "attached", "lambda-vitals-x86_64:1") in rows(done)
    assert ("moon", "refused", f"there is no such function in {account.region}") in rows(done)
    assert done.stdout.splitlines()[-1] == "1 attached, 1 failed, 1 refused"


def test_all_functions_on_all_pages_and_images_skipped(account, like_aws, attach):
    account.vitals("x86_64")
    names = [f"function-{number}" for number in range(5)]
    for name in names[1:]:
        account.function(name)
    account.function(names[0], image=True)
    done = attach("--yes", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(call.startswith("GET /2015-03-31/functions") and "/function" not in call[24:] for call in like_aws.calls) == 3
    assert rows(done)[0][:2] == (names[0], "skipped") and "COPY --from=lambda-vitals /opt/ /opt/" in rows(done)[0][2]
    assert [account.layers_of(name) != [] for name in names] == [False, True, True, True, True]
    by_name = attach("--yes", names[0])
    assert by_name.returncode == 1 and rows(by_name)[0][1] == "refused"


def test_functions_with_a_tag_and_away_again(account, attach):
    vitals, other = account.vitals("x86_64"), account.layer(OTHER)
    account.function("checkout", tags={"team": "payments"}, layers=[other])
    account.function("thumbnails", tags={"team": "pictures"})
    assert attach("--yes", "--tag", "team=payments").returncode == 0
    assert (account.layers_of("checkout"), account.layers_of("thumbnails")) == ([other, vitals], [])
    away = attach("--yes", "--detach", "--tag", "team=payments")
    assert away.returncode == 0 and account.layers_of("checkout") == [other]
    assert rows(attach("--yes", "--detach", "checkout"))[0][1] == "unchanged"
    nobody = attach("--yes", "--tag", "team=moon")
    assert nobody.returncode == 1 and "no function with the tag team=moon" in nobody.stderr


def test_no_room_for_one_more_layer(account, like_aws, attach):
    """Code and layers of 45 MB of zips, whose tables of contents say what they are unpacked."""
    vitals = account.vitals("x86_64")
    for name, megabytes in (("large", 201), ("fits", 199)):
        account.function(name)
        like_aws.overlays[name] = {"CodeSize": len(claims(megabytes))}
        like_aws.files[f"/file/{name}"] = claims(megabytes)
    like_aws.files[f"/file/{vitals}"] = claims(50)
    done = attach("--dry-run", "large", "fits")
    assert done.returncode == 1
    assert [row[1] for row in rows(done)] == ["refused", "attach"]
    assert "would be 251.0 MB unpacked, and Lambda allows 250" in rows(done)[0][2]


def claims(megabytes):
    """A zip of 45 MB, of which the table of contents says that it is of another size."""
    data = io.BytesIO(bytes(45 * 2**20))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("file", b"")
    table = bytearray(data.getvalue())
    at = table.rindex(b"PK\1\2")
    table[at + 24:at + 28] = (megabytes * 2**20).to_bytes(4, "little")
    return bytes(table)


def test_aliases_that_stay_behind_are_named(account, attach):
    account.vitals("x86_64")
    account.function("checkout")
    account.published_version("checkout", "live")
    done = attach("--yes", "checkout")
    assert re.search(r"alias live of checkout points to version 1, which stays", done.stdout)
    refused = attach("--yes", "checkout:live")
    assert refused.returncode == 1 and "a published version cannot be changed" in refused.stdout


def test_no_layer_is_published(account, attach):
    account.function("checkout", "arm64")
    done = attach("--yes", "checkout")
    assert done.returncode == 1
    publish = f"./scripts/build-layer arm64 && ./scripts/publish-layer --arch arm64 {account.region}"
    assert publish in rows(done)[0][2]
    checked = attach("--check", "checkout").stdout
    assert 0 < checked.index(publish) < checked.index("-> then ") < checked.index("attach checkout")


@pytest.mark.parametrize(("lacking", "said"), [
    ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "Unable to locate credentials.*aws configure"),
    ({"AWS_DEFAULT_REGION": ""}, "no region: add --region"),
    ({"AWS_PROFILE": "moon"}, "moon.*aws configure list-profiles")])
def test_what_the_environment_lacks(attach, lacking, said):
    done = attach("--yes", "--all", **lacking)
    assert done.returncode == 1 and re.search(said, done.stderr) and "Traceback" not in done.stderr


def test_check_says_what_is_wrong_and_what_to_do(account, like_aws, attach):
    now = datetime.datetime.now(datetime.timezone.utc)
    account.vitals("x86_64")
    wrong = account.vitals("arm64")
    account.function("broken", layers=[wrong], environment={"LAMBDA_VITALS_EMITS": "sync"})
    account.log("/aws/lambda/broken", "EXTENSION Name: lambda-vitals State: Started Events: [] exec format error",
                at=int(now.timestamp() * 1000))
    account.invocations("broken", 7, (now - datetime.timedelta(minutes=1)).isoformat())
    like_aws.overlays["broken"] = {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR",
                                                     "LogGroup": "/aws/lambda/broken"}}
    done = attach("--check", "broken")
    assert done.returncode == 1, done.stderr
    for said in ("lambda-vitals-arm64:1 is for arm64 and the function for x86_64", "did you mean LAMBDA_VITALS_EMIT",
                 "every line carries that level", "in which the function was invoked 7 times", "its log says: EXTENSION"):
        assert said in done.stdout, done.stdout
    assert not like_aws.updates


def test_check_of_a_function_that_is_fine_and_of_one_that_is_not_there(account, attach):
    vitals = account.vitals("x86_64")
    account.function("fine", layers=[vitals])
    account.log("/aws/lambda/fine", json.dumps({"event_type": "performance", "function_name": "fine"}), at=int(time.time() * 1000))
    done = attach("--check", "fine")
    assert done.returncode == 0 and "there are lines in /aws/lambda/fine" in done.stdout, done.stdout + done.stderr
    gone = attach("--check", "moon")
    assert gone.returncode == 1 and f"no such function in {account.region}" in gone.stdout
