"""An account in the stand-in for AWS, filled and read by its HTTP API: the AWS CLI takes a second a call."""
import base64
import io
import json
import urllib.error
import urllib.parse
import urllib.request
import zipfile

# Each account is in a region of its own, in which no other test is: that is much quicker than to reset the stand-in.
REGIONS = [f"{place}-{number}" for place, numbers in (
    ("ap-southeast", (1, 2, 3, 4)), ("ap-northeast", (1, 2, 3)), ("ap-south", (1, 2)), ("us-west", (1, 2)), ("ap-east", (1,)),
    ("me-south", (1,)), ("me-central", (1,)), ("af-south", (1,)), ("il-central", (1,)), ("ca-west", (1,)), ("eu-central", (2,)),
    ("eu-south", (2,))) for number in numbers]
unused = []
ROLE = "arn:aws:iam::123456789012:role/functions"


def zipped(content=b"a stand-in"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("file"), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


CODE = base64.b64encode(zipped()).decode()


class Account:
    """One region of it, with nothing in it."""

    def __init__(self, endpoint):
        self._endpoint, self.region = endpoint, REGIONS[0]
        if not unused:
            self._call("POST", "/moto-api/reset", "moto")
            unused.extend(REGIONS)
        self.region = unused.pop()
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        form = {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": "functions", "AssumeRolePolicyDocument": json.dumps(trust)}
        try:
            self._call("POST", "/", "iam", urllib.parse.urlencode(form).encode(), type="application/x-www-form-urlencoded")
        except urllib.error.HTTPError as error:
            if error.code != 409:  # it is there already
                raise

    def _call(self, method, path, service, body=None, type="application/json", **headers):
        credential = f"Credential=test/20260101/{self.region}/{service}/aws4_request"
        request = urllib.request.Request(self._endpoint + path, body, method=method, headers={
            "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0", "Content-Type": type, **headers})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def _rest(self, method, path, body=None):
        return json.loads(self._call(method, path, "lambda", None if body is None else json.dumps(body).encode()) or b"null")

    def _json(self, service, target, **body):
        return json.loads(self._call("POST", "/", service, json.dumps(body).encode(), type="application/x-amz-json-1.1",
                                     **{"X-Amz-Target": target}) or b"null")

    def layer(self, name, architectures=()):
        return self._rest("POST", f"/2018-10-31/layers/{name}/versions", {
            "Content": {"ZipFile": CODE}, "CompatibleArchitectures": list(architectures)})["LayerVersionArn"]

    def vitals(self, architecture):
        return self.layer(f"lambda-vitals-{architecture}", [architecture])

    def function(self, name, architecture="x86_64", layers=(), environment=None, image=False, tags=None):
        made = {"FunctionName": name, "Role": ROLE, "Architectures": [architecture], "Layers": list(layers), "Tags": tags or {}}
        if environment is not None:
            made["Environment"] = {"Variables": environment}
        if image:
            made |= {"PackageType": "Image", "Code": {"ImageUri": f"123456789012.dkr.ecr.{self.region}.amazonaws.com/checkout:1"}}
            del made["Layers"]
        else:
            made |= {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": CODE}}
        self._rest("POST", "/2015-03-31/functions", made)

    def published_version(self, name, alias):
        version = self._rest("POST", f"/2015-03-31/functions/{name}/versions", {})["Version"]
        self._rest("POST", f"/2015-03-31/functions/{name}/aliases", {"Name": alias, "FunctionVersion": version})

    def change(self, name, **members):
        self._rest("PUT", f"/2015-03-31/functions/{name}/configuration", members)

    def configuration(self, name):
        return self._rest("GET", f"/2015-03-31/functions/{name}/configuration")

    def layers_of(self, name):
        return [each["Arn"] for each in self.configuration(name).get("Layers") or []]

    def environment_of(self, name):
        return self.configuration(name).get("Environment", {}).get("Variables", {})

    def parameter(self, name, value):
        self._json("ssm", "AmazonSSM.PutParameter", Name=name, Value=value, Type="String", Overwrite=True)

    def log(self, group, *lines, at=0, kind=None):
        self._json("logs", "Logs_20140328.CreateLogGroup", logGroupName=group, **({"logGroupClass": kind} if kind else {}))
        self._json("logs", "Logs_20140328.CreateLogStream", logGroupName=group, logStreamName="one")
        if lines:
            self._json("logs", "Logs_20140328.PutLogEvents", logGroupName=group, logStreamName="one",
                       logEvents=[{"timestamp": at, "message": each} for each in lines])

    def invocations(self, name, number, at):
        form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "AWS/Lambda",
                "MetricData.member.1.MetricName": "Invocations", "MetricData.member.1.Value": str(number),
                "MetricData.member.1.Timestamp": at, "MetricData.member.1.Dimensions.member.1.Name": "FunctionName",
                "MetricData.member.1.Dimensions.member.1.Value": name}
        self._call("POST", "/", "monitoring", urllib.parse.urlencode(form).encode(), type="application/x-www-form-urlencoded")
