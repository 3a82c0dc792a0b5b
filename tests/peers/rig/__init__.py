"""The peers as the cases use them: programs and stand-ins that nobody here wrote the protocol of. The product itself comes from
tests/e2e's harness."""
