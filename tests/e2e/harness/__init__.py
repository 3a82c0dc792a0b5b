"""What the cases share: the running product, its gRPC stubs, and bytes on a socket. No knowledge of the product's code."""
