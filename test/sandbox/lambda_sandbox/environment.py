"""The environment variables of a Lambda sandbox. Extensions get fewer than the runtime."""

import os
import time
import uuid

from .options import MANAGED, Options

# Of the caller's own: where programs are, and what a user sets for the extension.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_INHERITED_PREFIX = "LAMBDA_VITALS_"


def for_extensions(options: Options, runtime_api: str) -> dict[str, str]:
    return {**_common(options, runtime_api), **_settings(options.env), **_settings(options.extension_env)}


def for_runtime(options: Options, runtime_api: str) -> dict[str, str]:
    task_root = os.path.abspath(options.task_root)
    return {
        **_common(options, runtime_api),
        "_HANDLER": options.handler,
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_EXECUTION_ENV": "AWS_Lambda_local",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{options.function_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME":
            f"{time.strftime('%Y/%m/%d')}/[{options.function_version}]{uuid.uuid4().hex}",
        **({"AWS_LAMBDA_MAX_CONCURRENCY": str(options.concurrency)} if options.initialization_type == MANAGED else {}),
        **_settings(options.env),
        **_settings(options.runtime_env),
    }


def _common(options: Options, runtime_api: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items()
                   if name in _INHERITED or name.startswith(_INHERITED_PREFIX)}
    environment.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
    environment.setdefault("LANG", "en_US.UTF-8")
    environment |= {
        "TZ": ":UTC",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": options.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": options.function_version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(options.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": options.initialization_type,
        "AWS_REGION": options.region,
        "AWS_DEFAULT_REGION": options.region,
    }
    if options.log_format:
        environment["AWS_LAMBDA_LOG_FORMAT"] = options.log_format
    if options.log_level:
        environment["AWS_LAMBDA_LOG_LEVEL"] = options.log_level
    return environment


def _settings(settings: list[str]) -> dict[str, str]:
    return dict(setting.split("=", 1) for setting in settings)
