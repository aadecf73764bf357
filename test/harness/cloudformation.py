"""Reads CloudFormation templates: {"Fn::Sub": …} for !Sub and so on."""
import yaml


class _Loader(yaml.SafeLoader):
    pass


def _function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    value = loader.construct_scalar(node)
    return {name: value.split(".", 1) if suffix == "GetAtt" else value}


_Loader.add_multi_constructor("!", _function)


def load(path) -> dict:
    return yaml.load(path.read_text(), _Loader)


def of_type(template, kind) -> dict:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}
