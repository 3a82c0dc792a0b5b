"""tracestate and baggage through HTTP server and client, seen from outside: after the W3C recommendations and the cases of the
validation harness for trace contexts."""

import pytest

from harness.trace_context import PARENT, TRACE, UNSAMPLED, traceparent, tracestate, values

LIST_OF_32 = ",".join(f"bar{index:02}={index:02}" for index in range(1, 33))
LIST_OF_512 = ",".join(f"{key}=" + "v" * (123 if key == "d" else 126) for key in "abcd")
KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
VALUE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in ",=")

STATES = {
    "one": (["foo=1,bar=2"], "foo=1,bar=2"),
    "several fields": (["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
    "an empty field": ([""], None),
    "an empty field first": (["", "foo=1"], "foo=1"),
    "an empty field last": (["foo=1", ""], "foo=1"),
    "empty members": (["foo=1,,\t,bar=2,"], "foo=1,bar=2"),
    "blanks": (["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
    "other blanks": (["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
    "blanks around": (["\t foo=1 \t"], "foo=1"),
    "duplicate keys": (["foo=1,foo=1"], "foo=1"),
    "duplicate keys with other values": (["foo=2,bar=1", "foo=1"], "foo=2,bar=1"),
    "all characters": ([f"{KEY}={VALUE}"], f"{KEY}={VALUE}"),
    "all characters of a tenant": ([f"{KEY}@a-z0-9_-*/={VALUE}"], f"{KEY}@a-z0-9_-*/={VALUE}"),
    "leading spaces of a value": (["foo=  1,bar=2"], "foo=  1,bar=2"),
    "32 members": ([LIST_OF_32], LIST_OF_32),
    "32 members in fields": ([LIST_OF_32[:143], LIST_OF_32[144:]], LIST_OF_32),
    "33 members": ([LIST_OF_32 + ",bar33=33"], None),
    "33 members in fields": ([LIST_OF_32, "bar33=33"], None),
    "a key of 256": (["foo=1", "z" * 256 + "=1"], "foo=1," + "z" * 256 + "=1"),
    "a key of 257": (["foo=1", "z" * 257 + "=1"], None),
    "a tenant of 241 and a system of 14": (["foo=1", "t" * 241 + "@" + "v" * 14 + "=1"], "foo=1," + "t" * 241 + "@" + "v" * 14 + "=1"),
    "a tenant of 242": (["foo=1", "t" * 242 + "@v=1"], "foo=1," + "t" * 242 + "@v=1"),
    "a system of 15": (["foo=1", "t@" + "v" * 15 + "=1"], "foo=1,t@" + "v" * 15 + "=1"),
    "an at sign anywhere but first": (["foo@=1,foo@@bar=2,foo@bar@baz=3"], "foo@=1,foo@@bar=2,foo@bar@baz=3"),
    "a value of 256": (["a=" + "v" * 256], "a=" + "v" * 256),
    "a value of 257": (["a=" + "v" * 257], None),
    "512 characters": ([LIST_OF_512], LIST_OF_512),
    "long members go first": (["long=" + "v" * 200 + ",a=" + "v" * 120 + ",b=" + "v" * 120 + ",c=" + "v" * 120],
                              "a=" + "v" * 120 + ",b=" + "v" * 120 + ",c=" + "v" * 120),
    "then the last": ([",".join(f"{key}=" + "v" * 100 for key in "abcdef")], ",".join(f"{key}=" + "v" * 100 for key in "abcd")),
}
for bad in ("foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "foo=bar=baz",
            "foo=,bar=3", "foo", "=1", "foo=1,bar", "foo=\xe4", "foo=1;bar=2=3", "_foo=1"):
    STATES[f"malformed: {bad}"] = ([bad], None)


@pytest.fixture(scope="session")
def service(trace_context):
    return trace_context()


@pytest.mark.parametrize("case", STATES)
def test_a_tracestate_is_passed_on_or_dropped_and_the_trace_goes_on(service, sink, case):
    sent, expected = STATES[case]
    (got,) = service.relay(sink, [("traceparent", UNSAMPLED), *(("tracestate", field) for field in sent)])
    assert traceparent(got)[0] == TRACE
    assert tracestate(got) == expected


@pytest.mark.parametrize("name", ["TraceState", "TrAcEsTaTe", "TRACESTATE"])
def test_the_case_of_the_states_name_does_not_matter(service, sink, name):
    (got,) = service.relay(sink, [("traceparent", PARENT), (name, "foo=1")])
    assert tracestate(got) == "foo=1"


@pytest.mark.parametrize("fields", [[("trace-state", "foo=1")], [("trace.state", "foo=1")]])
def test_another_name_is_no_state(service, sink, fields):
    (got,) = service.relay(sink, [("traceparent", PARENT), *fields])
    assert tracestate(got) is None


def test_a_tracestate_without_a_traceparent_is_dropped(service, sink):
    (got,) = service.relay(sink, [("tracestate", "foo=1")])
    assert tracestate(got) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (["k=v"], "k=v"),
        (["key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue"],
         "key1=value1;property1;property2,key2=value2,key3=value3;propertyKey=propertyValue"),
        (["userId=alice", "serverNode=DF%2028,isProduction=false"], "userId=alice,serverNode=DF%2028,isProduction=false"),
        (["a=1,no,b=2"], "a=1,b=2"),
        (["a=1,b c=2,\xe4=3"], "a=1"),
        ([""], None),
        (["garbage"], None),
        (["a=" + "v" * 8190], "a=" + "v" * 8190),
        (["a=" + "v" * 8191], None),
        (["a=" + "v" * 5000, "b=" + "v" * 5000], None),
        ([",".join(f"k{i}=1" for i in range(64))], ",".join(f"k{i}=1" for i in range(64))),
        ([",".join(f"k{i}=1" for i in range(65))], None),
    ],
)
def test_baggage_is_passed_on_within_its_limits(service, sink, sent, expected):
    (got,) = service.relay(sink, [("traceparent", PARENT), *(("Baggage", field) for field in sent)])
    assert values(got, "baggage") == ([] if expected is None else [expected])
    assert traceparent(got)[0] == TRACE
