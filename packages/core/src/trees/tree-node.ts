/**
 * Key of the property by which a class with private state tells what is in it: `[tree]: { flatten, unflatten }`, where
 * `flatten()` gives a tree and `unflatten(children)` makes an equal instance of such a tree. The tree holds all that tells
 * instances apart, numbers and options as well as tensors: `compile` tells them apart by nothing else.
 */
export const tree: unique symbol = Symbol.for('cotangent.tree')

/** What `[tree]` is on a class that says itself how it is taken apart and put together. */
export interface TreeNode {
  [tree]: {
    /** The children, as a plain tree. */
    flatten(): unknown
    /** An equal instance with other children. */
    unflatten(children: any): unknown
  }
}

/** Whether an object says itself how it is taken apart. */
export function isTreeNode(value: object): value is TreeNode {
  return tree in value
}

/** The children of an object that says how it is taken apart, as a plain tree. */
export function takenApart(value: TreeNode): unknown {
  return value[tree].flatten.call(value)
}
