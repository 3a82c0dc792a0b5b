"""How queries are made ready to be asked: nothing here needs a running topology."""

import pytest
from deployed.queries import substitute, without_thresholds


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("a > 1", "a > bool 1"),
        ("a >= 1 and b != 2", "a >= bool 1 and b != bool 2"),
        ("a == bool 1", "a == bool 1"),
        ('a{x!="1",y=~">2"} < 3', 'a{x!="1",y=~">2"} < bool 3'),
        ('label_replace(a, "x", ">", "y", "=<") > 0', 'label_replace(a, "x", ">", "y", "=<") > bool 0'),
        ("a > on (x) group_left () b", "a > bool on (x) group_left () b"),
    ],
)
def test_a_comparison_answers_0_or_1_in_the_place_of_filtering(written, asked):
    assert without_thresholds(written) == asked


def test_variables_are_put_in_and_nothing_else():
    variables = {"module": ".*", "__rate_interval": "1m"}
    assert substitute('rate(a{module=~"$module"}[$__rate_interval])', variables) == 'rate(a{module=~".*"}[1m])'
    assert substitute('a{module=~"${module:regex}",b=~".+$"}', variables) == 'a{module=~".*",b=~".+$"}'


def test_a_variable_that_no_dashboard_declares_is_a_fault():
    with pytest.raises(KeyError):
        substitute("a[$window]", {})
