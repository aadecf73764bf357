"""The dashboards of layer/cloudwatch/dashboards.yaml as CloudFormation would make them."""
import json
import re

import cloudformation

VALUES = {"AWS::Region": "eu-west-1", "AWS::StackName": "vitals", "Namespace": "LambdaInsights"}


def bodies(path, functions) -> dict:
    """The body of every dashboard, by the resource's name."""
    values = VALUES | {"Functions": functions}
    return {name: json.loads(resolve(each["DashboardBody"], values))
            for name, each in cloudformation.of_type(cloudformation.load(path), "AWS::CloudWatch::Dashboard").items()}


def resolve(value, values):
    """Ref, Join and Sub."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return values[argument]
    if function == "Fn::Join":
        return argument[0].join(resolve(argument[1], values))
    if function == "Fn::Sub":
        text, more = argument if isinstance(argument, list) else (argument, {})
        more = {name: resolve(each, values) for name, each in more.items()}
        return re.sub(r"\$\{([\w:]+)\}", lambda name: (values | more)[name[1]], text)
    raise ValueError(f"{function} is not read here")
