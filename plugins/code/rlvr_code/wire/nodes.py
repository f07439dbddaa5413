"""Linked lists and binary trees, as LeetCode's problems write them.

Submissions bring their own ``ListNode`` and ``TreeNode`` or use these; between processes they travel by value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any


class ListNode:
    """A node of a singly linked list."""

    def __init__(self, val: Any = 0, next: Any = None) -> None:  # noqa: A002  # LeetCode's name
        self.val = val
        self.next = next


class TreeNode:
    """A node of a binary tree."""

    def __init__(self, val: Any = 0, left: Any = None, right: Any = None) -> None:
        self.val = val
        self.left = left
        self.right = right


class NodeError(ValueError):
    """A list or tree that is cyclic or too large to travel."""


def list_node(values: Sequence[Any], make: Any = ListNode) -> Any:
    """Make a linked list of the values; None for none."""
    head = None
    for value in reversed(values):
        head = make(value, head)
    return head


def list_values(node: Any, limit: int = 1_000_000) -> list[Any]:
    """Values along a linked list.

    Raises:
        NodeError: More than ``limit`` nodes follow each other, such as in a circle.
    """
    values: list[Any] = []
    while node is not None:
        if len(values) == limit:
            raise NodeError(f"a linked list of more than {limit} nodes")
        values.append(node.val)
        node = node.next
    return values


def tree_node(values: Sequence[Any], make: Any = TreeNode) -> Any:
    """Make a binary tree from its level order, in which None is an absent child."""
    if not values or values[0] is None:
        return None
    following = iter(values)
    root = make(next(following))
    parents = deque([root])
    for left in following:
        parent = parents.popleft() if parents else None
        if parent is None:
            break
        for side, value in (("left", left), ("right", next(following, None))):
            if value is not None:
                child = make(value)
                setattr(parent, side, child)
                parents.append(child)
    return root


def tree_values(root: Any, limit: int = 1_000_000) -> list[Any]:
    """Level order of a binary tree, without the absent children at its end.

    Raises:
        NodeError: The tree has more than ``limit`` nodes, such as with a circle in it.
    """
    values: list[Any] = []
    row = deque([root])
    while row:
        if len(values) >= limit:
            raise NodeError(f"a tree of more than {limit} nodes")
        node = row.popleft()
        values.append(None if node is None else node.val)
        if node is not None:
            row.extend((node.left, node.right))
    while values and values[-1] is None:
        values.pop()
    return values


def is_same_list(one: Any, other: Any) -> bool:
    """Return True if two linked lists contain equal values in the same order."""
    return list_values(one) == list_values(other)


def is_same_tree(one: Any, other: Any) -> bool:
    """Return True if two binary trees are equal, node by node."""
    return tree_values(one) == tree_values(other)


def helpers() -> dict[str, Any]:
    """Names that tests written for LeetCode's problems take for granted; trusted, so no submission redefines them."""
    given: Iterable[Any] = (ListNode, TreeNode, list_node, tree_node, is_same_list, is_same_tree)
    return {each.__name__: each for each in given}
