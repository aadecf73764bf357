"""Runs CloudWatch Logs Insights queries over records: the subset that the documentation and the dashboards use.

    run('filter duration > 100 | stats count(*) as slow by function_name', records, fields)

gives the rows as dictionaries. It is our own interpreter because no other one exists: moto answers queries, but
passes over every command other than fields, sort and limit, and so has no filter and no stats. Whatever is not in the subset is a QueryError, as is a name that is neither one of `fields`
nor an alias: a query that is misspelt must not pass for one that finds nothing.

As in Logs Insights, true and false are 1 and 0; a comparison with a value that is absent is false, arithmetic with one is
absent, and aggregates pass over it.
"""
import math
import operator
from dataclasses import dataclass

import lark

GRAMMAR = r"""
start: (source "|")* command ("|" command)*
source: _SOURCE STRING
?command: _FIELDS item ("," item)*              -> fields
        | _FILTER condition                     -> filter
        | _STATS item ("," item)* [groups]      -> stats
        | _SORT order ("," order)*              -> sort
        | _LIMIT INT                            -> limit
        | _DISPLAY NAME ("," NAME)*             -> display
groups: _BY item ("," item)*
item: sum [_AS NAME]
order: sum [DIRECTION]

?condition: conjunction (_OR conjunction)+      -> any
          | conjunction
?conjunction: test (_AND test)+                 -> all
            | test
?test: _ISPRESENT "(" sum ")"                   -> ispresent
     | sum COMPARISON sum                       -> comparison
     | sum _IN "[" STRING ("," STRING)* "]"     -> member
     | _NOT test                                -> negation
     | "(" condition ")"
?sum: product
    | sum SUM_SIGN product                      -> arithmetic
?product: value
        | product PRODUCT_SIGN value            -> arithmetic
?value: NUMBER                                  -> number
      | STRING                                  -> text
      | NAME                                    -> name
      | AGGREGATE "(" (sum | STAR) ["," NUMBER] ")" -> aggregate
      | _BIN "(" INT UNIT ")"                   -> bin
      | _STRCONTAINS "(" sum "," STRING ")"     -> contains
      | _COALESCE "(" sum ("," sum)+ ")"        -> coalesce
      | "(" sum ")"

_SOURCE.2: /SOURCE\b/
_FIELDS.2: /fields\b/
_FILTER.2: /filter\b/
_STATS.2: /stats\b/
_SORT.2: /sort\b/
_LIMIT.2: /limit\b/
_DISPLAY.2: /display\b/
_IN.2: /in\b/
_STRCONTAINS.2: /strcontains(?=\()/
_BY.2: /by\b/
_AS.2: /as\b/
_OR.2: /or\b/
_AND.2: /and\b/
_BIN.2: /bin(?=\()/
_COALESCE.2: /coalesce(?=\()/
_NOT.2: /not\b/
_ISPRESENT.2: /ispresent(?=\()/
AGGREGATE.2: /(count_distinct|count|sum|avg|min|max|pct)(?=\()/
DIRECTION.2: /(asc|desc)\b/
STAR.2: /\*(?=\))/
COMPARISON: /[<>!]=|[<>=]/
SUM_SIGN: /[+-]/
PRODUCT_SIGN: /[*\/]/
UNIT: /[smhd]/
NAME: /[@A-Za-z_][\w.]*(?!\()\b/
STRING: /"[^"\\]*"|'[^'\\]*'/
COMMENT: /#[^\n]*/
%import common.INT
%import common.NUMBER
%import common.WS
%ignore WS
%ignore COMMENT
"""
PARSER = lark.Lark(GRAMMAR, parser="lalr")
UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMPARISONS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
               "<=": operator.le, ">=": operator.ge}


class QueryError(Exception):
    """The query is not in the subset, or has an unknown name."""


@dataclass
class State:
    rows: list[dict]
    known: set[str]
    shown: list[str] | None = None  # all, until fields or stats say what

    def result(self) -> list[dict]:
        return [{name: row.get(name) for name in self.shown or row} for row in self.rows]


def run(query, records, fields) -> list[dict]:
    state = State([{"@timestamp": record["_aws"]["Timestamp"], **record} for record in records], {"@timestamp", *fields})
    for command in parse(query).children:
        if command.data != "source":
            COMMANDS[command.data](command.children, state)
    return state.result()


def parse(query) -> lark.Tree:
    try:
        return PARSER.parse(query)
    except lark.exceptions.LarkError as error:
        raise QueryError(f"this is not in the subset: {query}\n{error}") from error


def log_groups(query) -> list[str]:
    return [text[1:-1] for source in parse(query).find_data("source") for text in source.children]


# Commands


def _fields(items, state):
    state.shown = []
    for expression, alias in _named(items):
        for row in state.rows:
            row[alias] = value_of(expression, row, state.known)
        if expression.data == "name":
            value_of(expression, {}, state.known)  # a name must be known even if there are no rows
        state.known.add(alias)
        state.shown.append(alias)


def _filter(children, state):
    state.rows = [row for row in state.rows if holds(children[0], row, state.known)]


def _stats(children, state):
    groups = _named(children[-1].children) if children[-1] is not None else []
    members = {}
    for row in state.rows:
        members.setdefault(tuple(value_of(expression, row, state.known) for expression, _ in groups), []).append(row)
    aggregated = []
    for key, rows in members.items():
        aggregates = dict(zip((alias for _, alias in groups), key))
        for expression, alias in _named(children[:-1]):
            aggregates[alias] = aggregate_of(expression, rows, aggregates, state.known)
        aggregated.append(aggregates)
    state.rows, state.shown = aggregated, [alias for _, alias in groups + _named(children[:-1])]
    state.known = set(state.shown)


def _sort(orders, state):
    for expression, direction in reversed([order.children for order in orders]):
        values = {id(row): value_of(expression, row, state.known) for row in state.rows}
        present = [row for row in state.rows if values[id(row)] is not None]
        absent = [row for row in state.rows if values[id(row)] is None]
        present.sort(key=lambda row: values[id(row)], reverse=direction == "desc")
        state.rows = present + absent


def _limit(children, state):
    state.rows = state.rows[:int(children[0])]


def _display(names, state):
    for name in names:
        if name not in state.known:
            raise QueryError(f"there is no field {name}")
    state.shown = [str(name) for name in names]


COMMANDS = {"display": _display, "fields": _fields, "filter": _filter, "stats": _stats, "sort": _sort, "limit": _limit}


def _named(items):
    """What each item computes, and its name; only a name can do without an alias."""
    pairs = []
    for item in items:
        expression, alias = item.children
        if alias is None and expression.data not in ("name", "bin"):
            raise QueryError("give it a name with `as`: Logs Insights would make an unwieldy one of its text")
        pairs.append((expression, str(alias or (expression.children[0] if expression.data == "name" else "bin"))))
    return pairs


# Conditions and values


def holds(condition, row, known) -> bool:
    children = condition.children
    if condition.data in ("any", "all"):
        return {"any": any, "all": all}[condition.data](holds(each, row, known) for each in children)
    if condition.data == "negation":
        return not holds(children[0], row, known)
    if condition.data == "ispresent":
        return value_of(children[0], row, known) is not None
    if condition.data == "member":
        return value_of(children[0], row, known) in [text[1:-1] for text in children[1:]]
    left, right = value_of(children[0], row, known), value_of(children[2], row, known)
    if left is None or right is None:
        return False
    if isinstance(left, str) != isinstance(right, str):
        raise QueryError(f"{left!r} is compared with {right!r}")
    return COMPARISONS[children[1]](left, right)


def value_of(expression, row, known):
    children = expression.children
    match expression.data:
        case "number":
            return float(children[0])
        case "text":
            return children[0][1:-1]
        case "name":
            if children[0] not in known:
                raise QueryError(f"there is no field {children[0]}")
            value = row.get(children[0])
            return int(value) if isinstance(value, bool) else value
        case "bin":
            width = int(children[0]) * UNIT_MS[children[1]]
            return row["@timestamp"] // width * width
        case "contains":
            value = value_of(children[0], row, known)
            return None if value is None else int(children[1][1:-1] in value)
        case "coalesce":
            values = [value_of(each, row, known) for each in children]  # all: each must be a name that there is
            return next((value for value in values if value is not None), None)
        case "arithmetic":
            return _arithmetic(children, lambda each: value_of(each, row, known))
    raise QueryError(f"{expression.data} has no place here")


def aggregate_of(expression, rows, aggregates, known):
    """In stats a name is the alias of what was aggregated before it."""
    children = expression.children
    match expression.data:
        case "aggregate":
            return _aggregate(*children, rows, known)
        case "arithmetic":
            return _arithmetic(children, lambda each: aggregate_of(each, rows, aggregates, known))
        case "number":
            return float(children[0])
    return value_of(expression, aggregates, aggregates.keys())


def _arithmetic(children, evaluate):
    left, sign, right = evaluate(children[0]), children[1], evaluate(children[2])
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    return ARITHMETIC[sign](left, right)


def _aggregate(function, what, percentile, rows, known):
    if (function == "pct") != (percentile is not None):
        raise QueryError(f"{function} with the wrong number of arguments")
    if isinstance(what, lark.Token):  # *
        if function != "count":
            raise QueryError(f"{function}(*)")
        return len(rows)
    if not rows:
        value_of(what, {}, known)
    values = sorted(value for value in (value_of(what, row, known) for row in rows) if value is not None)
    if function == "count":
        return len(values)
    if function == "count_distinct":
        return len(set(values))
    if not values:
        return None
    return {"sum": sum, "min": min, "max": max, "avg": lambda all_: sum(all_) / len(all_),
            "pct": lambda all_: all_[max(0, math.ceil(len(all_) * float(percentile) / 100) - 1)]}[function](values)
