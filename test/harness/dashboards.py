"""The dashboards of layer/cloudwatch/dashboards.yaml as CloudFormation would make them."""
import json
import re

import cloudformation

REGIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def bodies(path, functions, **parameters) -> dict:
    """The body of every dashboard, by the resource's name."""
    template = cloudformation.load(path)
    values = values_of(template, Functions=functions, **parameters)
    return {name: json.loads(resolve(each["DashboardBody"], values, template))
            for name, each in cloudformation.of_type(template, "AWS::CloudWatch::Dashboard").items()
            if made(template["Resources"][name], values, template)}


def outputs(path, partition) -> dict:
    template = cloudformation.load(path)
    values = values_of(template, **{"AWS::Partition": partition, "AWS::Region": REGIONS[partition], "Functions": [],
                                    "Fleet": "vitals-fleet", "Function": "vitals-function",
                                    "Managed": "vitals-managed", "ManagedInstances": "yes"})
    return {name: resolve(each["Value"], values, template) for name, each in template["Outputs"].items()
            if made(each, values, template)}


def made(resource, values, template):
    """Whether its condition, if it has one, is met."""
    return "Condition" not in resource or resolve(template["Conditions"][resource["Condition"]], values, template)


def values_of(template, **given):
    defaults = {name: [] if each["Type"] == "CommaDelimitedList" else each["Default"]
                for name, each in template["Parameters"].items() if "Default" in each}
    return {"AWS::Region": "eu-west-1", "AWS::Partition": "aws", "AWS::StackName": "vitals", **defaults, **given}


def resolve(value, values, template):
    """Ref, Join, Sub, and If with its conditions."""
    if not isinstance(value, dict):
        return [resolve(each, values, template) for each in value] if isinstance(value, list) else value
    ((function, argument),) = value.items()
    if function == "Ref":
        return values[argument]
    if function == "Fn::Join":
        return argument[0].join(resolve(argument[1], values, template))
    if function == "Fn::If":
        return resolve(argument[1 if resolve(template["Conditions"][argument[0]], values, template) else 2], values, template)
    if function == "Fn::Equals":
        first, second = resolve(argument, values, template)
        return first == second
    if function == "Fn::Not":
        return not resolve(argument[0], values, template)
    if function == "Fn::Sub":
        text, more = argument if isinstance(argument, list) else (argument, {})
        more = {name: resolve(each, values, template) for name, each in more.items()}
        return re.sub(r"\$\{([\w:]+)\}", lambda name: f"{(values | more)[name[1]]}", text)
    raise ValueError(f"{function} is not read here")
