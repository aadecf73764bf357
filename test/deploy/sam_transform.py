"""Run by the Python of the tools, which has SAM's translator: prints what SAM makes of a template whose code has been uploaded,
as CloudFormation gets it.

    sam_transform.py TEMPLATE
"""
import json
import pathlib
import sys

from cfnlint.decode.cfn_yaml import load
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

template = json.loads(json.dumps(load(pathlib.Path(sys.argv[1]))))
for resource in template["Resources"].values():
    for name in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
        resource["Properties"][name] = "s3://packages/code.zip"
print(json.dumps(Translator({}, Parser()).translate(template, {})))
