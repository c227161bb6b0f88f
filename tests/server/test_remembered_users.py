"""Who has the server's token stays the same user from request to request."""

from __future__ import annotations

from jupyter_server.auth.identity import User

from escherpad_ext.server.remembered_users import MAX_REMEMBERED_USERS, RememberedUsers


def test_a_token_is_the_user_that_it_was_at_first():
    """Another token is another user."""
    users, first, second = RememberedUsers(), User(username="a"), User(username="b")
    assert users.remember("one", lambda: first) is first
    assert users.remember("one", lambda: second) is first
    assert users.remember("two", lambda: second) is second


def test_a_known_user_is_not_made_again():
    """Making one costs more than all else that a request from another origin needs."""
    users, made = RememberedUsers(), []
    for _ in range(3):
        users.remember("one", lambda: made.append(1) or User(username="a"))
    assert made == [1]


def test_memory_is_bounded_and_keeps_who_came_last():
    """Who comes again counts as new."""
    users, kept = RememberedUsers(), User(username="kept")

    def new():
        return User(username="new")

    users.remember("kept", lambda: kept)
    for number in range(MAX_REMEMBERED_USERS - 1):
        users.remember(f"token {number}", lambda: User(username="other"))
    assert users.remember("kept", new) is kept
    users.remember("one more", new)
    assert users.remember("kept", new) is kept
    late = User(username="late")
    assert users.remember("token 0", lambda: late) is late


def test_no_token_is_kept():
    """Only digests are, and each server has its own."""
    users = [RememberedUsers(), RememberedUsers()]
    for each in users:
        each.remember("a-secret-token", lambda: User(username="a"))
    assert "a-secret-token" not in repr(vars(users[0]))
    assert set(users[0]._users).isdisjoint(users[1]._users)
