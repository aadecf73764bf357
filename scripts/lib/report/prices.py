"""What Lambda costs: prices.json, or what --price says."""
import json
import pathlib
import re

from .errors import ReportError

FILE = pathlib.Path(__file__).parent / "prices.json"
ARCHITECTURES = ("x86_64", "arm64")
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")


class Prices:
    """USD for each GB-second by architecture, and for each request."""

    def __init__(self, region="us-east-1", own=()):
        table = json.loads(FILE.read_text(encoding="utf-8"))
        self.region, self.date, self.source = region, table["date"], table["source"]
        self.known = region in table["regions"] or region in table["regions_of_default"]
        if not REGION.fullmatch(region):
            raise ReportError(f'--region "{region}" is not a region: write its code, such as eu-west-1 or us-gov-west-1')
        values = table["regions"].get(region, table["default"])
        self.gb_second = {each: values[each] for each in ARCHITECTURES}
        self.request = values["requests"] / 1e6
        self.assumed = list(values.get("assumed", ()))
        for text in own:
            self._override(text)
        self.own = bool(own)

    def _override(self, text):
        """`x86_64=0.00001`, `arm64=…`, `requests=0.2` (a million), or a number alone for both architectures."""
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1
        if not 0 <= number < 1000 or (equals and name not in (*ARCHITECTURES, "requests")):
            raise ReportError(f'--price "{text}" is not a price: write x86_64=USD, arm64=USD (a GB-second) or requests=USD '
                              "(a million)")
        self.assumed = [each for each in self.assumed if name not in ("", each)]
        if name == "requests":
            self.request = number / 1e6
        else:
            for each in (name,) if name else ARCHITECTURES:
                self.gb_second[each] = number

    def of(self, architecture, invocations, mb_ms):
        """USD for so many invocations that are billed so many MB ms together."""
        return mb_ms / 1024 / 1000 * self.gb_second.get(architecture, self.gb_second["x86_64"]) + invocations * self.request

    def as_json(self):
        return {"region": self.region, "date": self.date, "source": self.source, "known": self.known, "own": self.own, "assumed": self.assumed,
                "gb_second_usd": self.gb_second, "million_requests_usd": round(self.request * 1e6, 6)}
