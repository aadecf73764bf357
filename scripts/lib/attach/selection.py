"""Which functions are meant: by name or ARN, by tag, or all of them."""
import re
from dataclasses import dataclass
from typing import List, Union

from attach.errors import Failed
from attach.function import Function

NAMED = re.compile(r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):)?(?:\d{12}:function:)?(?P<name>[A-Za-z0-9_-]+)"
                   r"(?::(?P<qualifier>[A-Za-z0-9$_-]+))?")


@dataclass(frozen=True)
class Missing:
    """A function that was named and cannot be read."""
    name: str
    text: str


@dataclass(frozen=True)
class Name:
    name: str
    region: str = ""
    qualifier: str = ""

    @staticmethod
    def of(text):
        """Raises ValueError."""
        match = NAMED.fullmatch(text)
        if not match:
            raise ValueError(f'"{text}" is not the name or the ARN of a function')
        return Name(match["name"], match["region"] or "", match["qualifier"] or "")


def by_name(aws, names: List[Name]) -> List[Union[Function, Missing]]:
    found = {}
    for each in names:
        if each.name not in found:
            found[each.name] = _one(aws, each)
    return list(found.values())


def _one(aws, each):
    if each.region and each.region != aws.region:
        return Missing(each.name, f"it is in {each.region}: add --region {each.region}")
    if each.qualifier not in ("", "$LATEST"):
        return Missing(each.name, f"a published version cannot be changed: change {each.name}, publish a version of it, and point "
                                  f"the alias at that (not {each.qualifier})")
    try:
        return Function.of(aws.call("lambda", "get_function_configuration", FunctionName=each.name))
    except Failed as error:
        if error.code == "ResourceNotFoundException":
            return Missing(each.name, f"there is no such function in {aws.region}")
        return Missing(each.name, str(error))


def everything(aws) -> List[Function]:
    configurations = aws.pages("lambda", "list_functions", "Functions", "NextMarker", "Marker")
    return [Function.of(each) for each in configurations if not each.get("MasterArn")]  # no replicas of Lambda@Edge


def by_tag(aws, key, value) -> List[Union[Function, Missing]]:
    resources = aws.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", "PaginationToken",
                          ResourceTypeFilters=["lambda:function"], TagFilters=[{"Key": key, "Values": [value]}])
    names = [Name.of(each["ResourceARN"]) for each in resources]
    return by_name(aws, [each for each in names if not each.qualifier])
