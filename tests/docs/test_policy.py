"""The page of policy.yaml is made from the schema that its reader goes by."""

from tests.docs.policy import PAGE, policy_page


def test_the_page_of_the_policy_is_made_from_the_schema() -> None:
    """`python -m tests.docs.policy` writes it."""
    assert PAGE.read_text() == policy_page()
