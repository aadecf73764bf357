"""The plan for a function: it follows from its configuration and the command line only, so that it can be made
again when the function has changed in between. No call is made here."""
from dataclasses import dataclass, field
from typing import Callable, Dict, FrozenSet, Optional, Tuple

from attach import settings
from attach.function import Function, Layer

MOST_LAYERS = 5
COPY_LINE = "COPY --from=lambda-vitals /opt/ /opt/"
CHANGES = ("attach", "update", "settings", "detach")


class Unavailable(Exception):
    """There is no layer to attach; the text says why and what to do."""


@dataclass(frozen=True)
class Wish:
    """What the command line asks for. `newest` gives the layer for an architecture, or raises Unavailable."""
    newest: Callable[[str], Layer]
    detach: bool = False
    replace_insights: bool = False
    settings: Dict[str, str] = field(default_factory=dict)
    unset: FrozenSet[str] = frozenset()
    named: bool = True  # functions by name; with --all and --tag, an image is skipped rather than refused


@dataclass(frozen=True)
class Plan:
    function: Function
    action: str  # one of CHANGES, or "unchanged", "refused", "skipped"
    text: str
    layers: Optional[Tuple[str, ...]] = None  # the whole new list, if it changes
    environment: Optional[Dict[str, str]] = None  # the whole new environment, if it changes

    @property
    def changes(self):
        return self.action in CHANGES


class Refused(Exception):
    pass


def make(function: Function, wish: Wish) -> Plan:
    try:
        if function.image:
            return _image(function, wish)
        action, text, layers = _detached(function) if wish.detach else _attached(function, wish)
        environment, said = _environment(function, wish)
    except (Refused, Unavailable) as reason:
        return Plan(function, "refused", str(reason))
    if environment is not None:
        action = "settings" if action == "unchanged" else action
        text = said if action == "settings" else f"{text}; {said}"
    return Plan(function, action, text, layers, environment)


def _image(function, wish):
    if wish.detach:
        text = f"a container image has no layers; take the line {COPY_LINE} out of its Dockerfile"
    else:
        text = f"a container image cannot have layers; put {COPY_LINE} in its Dockerfile (docs/container-images.md)"
    return Plan(function, "refused" if wish.named else "skipped", text)


def _detached(function):
    ours = function.vitals()
    if not ours:
        return "unchanged", "has no layer of Lambda Vitals", None
    stay = tuple(each.arn for each in function.layers if not each.is_vitals)
    return "detach", ", ".join(each.short for each in ours), stay


def _attached(function, wish):
    ours = function.vitals()
    insights = [each for each in function.layers if each.is_insights]
    beside = settings.own_namespace(settings.merged(function.environment, wish.settings, wish.unset))
    if insights and not wish.replace_insights and not beside:
        raise Refused(f"has Lambda Insights ({insights[0].short}), which publishes the same metrics: sums would double. Choose "
                      "--replace-lambda-insights, or keep both with --settings LAMBDA_VITALS_NAMESPACE=LambdaVitals")
    replaced = ours + (insights if wish.replace_insights else [])
    new = wish.newest(function.architecture)
    layers = []
    for each in function.layers:
        if each not in replaced:
            layers.append(each.arn)
        elif new.arn not in layers:  # the place of the first that goes
            layers.append(new.arn)
    if not replaced:
        layers.append(new.arn)
    if len(layers) > MOST_LAYERS:
        raise Refused(f"has {len(function.layers)} layers already, and Lambda allows {MOST_LAYERS}: merge two of them into one, or "
                      "unpack the layer's zip into one of them")
    if layers == [each.arn for each in function.layers]:
        return "unchanged", f"has {new.short}", None
    if not replaced:
        return "attach", new.short, tuple(layers)
    return "update", f"{', '.join(each.short for each in replaced)} -> {new.short}", tuple(layers)


def _environment(function, wish):
    """The new environment and what to say about it; None if it stays as it is."""
    if not wish.settings and not wish.unset:
        return None, ""
    if function.environment_error:
        raise Refused(f"its environment cannot be read ({function.environment_error}), so a change would lose what is in it; "
                      "it takes kms:Decrypt on the function's key")
    environment = settings.merged(function.environment, wish.settings, wish.unset)
    if environment == function.environment:
        return None, ""
    size = settings.size(environment)
    if size > settings.LIMIT:
        raise Refused(f"its environment would be {size} bytes, and Lambda allows {settings.LIMIT} for all variables together")
    changed = [f"{name}={value}" for name, value in sorted(wish.settings.items()) if function.environment.get(name) != value]
    changed += [f"without {name}" for name in sorted(wish.unset) if name in function.environment]
    return environment, ", ".join(changed)
