"""An old client, in a process of its own because its messages have the same names as today's.

usage: client.py STUBS_FOLDER USER_ADDRESS ORDER_ADDRESS EMAIL; prints what it got as one JSON object.
"""

import json
import sys

import grpc
from google.protobuf.json_format import MessageToDict


def main():
    stubs, user_address, order_address, email = sys.argv[1:]
    sys.path.insert(0, stubs)
    import order_pb2
    import order_pb2_grpc
    import user_pb2
    import user_pb2_grpc

    with grpc.insecure_channel(user_address) as user_channel, grpc.insecure_channel(order_address) as order_channel:
        users = user_pb2_grpc.UserServiceStub(user_channel)
        orders = order_pb2_grpc.OrderServiceStub(order_channel)
        user = users.CreateUser(user_pb2.CreateUserRequest(email=email, name="Old Client"), timeout=10)
        same_user = users.GetUser(user_pb2.GetUserRequest(id=user.id), timeout=10)
        wanted = order_pb2.CreateOrderRequest(user_id=user.id, product_id="prod-123", quantity=2)
        order = orders.CreateOrder(wanted, timeout=10)
        same_order = orders.GetOrder(order_pb2.GetOrderRequest(id=order.id), timeout=10)

    # Fields that this client does not know are dropped, so that two answers compare by what it does know.
    for message in (user, same_user, order, same_order):
        message.DiscardUnknownFields()
    answers = {"user": user, "same_user": same_user, "order": order, "same_order": same_order}
    print(json.dumps({name: MessageToDict(message, preserving_proto_field_name=True) for name, message in answers.items()}))


if __name__ == "__main__":
    main()
