"""Any message of the protocol, made from its class: what the annotations allow, and nothing else."""

import string
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st
from msgspec import Meta

from tars.messages import FromDevice, FromServer

DEVICE_ID_TEXT = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64)
WHOLE = st.integers(-(2**53), 2**53)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
SETTINGS = st.dictionaries(st.text(), st.none() | st.booleans() | WHOLE | st.text(), max_size=4)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """What a field with this annotation may hold."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _limited(args[0], args[1])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([values(arg) for arg in args])
    if origin is tuple:
        return st.lists(values(args[0]), max_size=4).map(tuple)
    if origin is dict:
        return SETTINGS
    if attrs.has(annotation):
        return messages(annotation)
    return {
        str: st.text(),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        types.NoneType: st.none(),
    }[annotation]


def _limited(kind: type, meta: Meta) -> st.SearchStrategy[Any]:
    if kind is int:
        return st.integers(meta.ge, meta.le)  # type: ignore[arg-type]
    if kind is float:
        return st.floats(meta.ge, meta.le, allow_nan=False, allow_infinity=False)
    if meta.pattern is not None:
        return DEVICE_ID_TEXT
    return st.text(min_size=meta.min_length or 0, max_size=meta.max_length)


def messages(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a message class."""
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in attrs.fields(kind)})


from_device = st.one_of([messages(kind) for kind in get_args(FromDevice)])
from_server = st.one_of([messages(kind) for kind in get_args(FromServer)])
