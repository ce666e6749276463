/**
 * Key of the property through which a class with private state exposes its contents: `[tree]: { flatten, unflatten
 * }`. `flatten()` returns a tree, and `unflatten(children)` makes an equal instance from such a tree. The tree holds
 * everything that distinguishes instances, numbers and options as well as tensors, because `compile` compares
 * nothing else.
 */
export const tree: unique symbol = Symbol.for('cotangent.tree')

/** The value of `[tree]` on a class that defines how it is flattened and rebuilt. */
export interface TreeNode {
  [tree]: {
    /** The children, as a plain tree. */
    flatten(): unknown
    /** An equal instance with other children. */
    unflatten(children: any): unknown
  }
}

/** Whether an object implements `[tree]`. */
export function isTreeNode(value: object): value is TreeNode {
  return tree in value
}

/** The children of an object that implements `[tree]`, as a plain tree. */
export function takenApart(value: TreeNode): unknown {
  return value[tree].flatten.call(value)
}
