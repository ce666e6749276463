/**
 * Key of the property through which a class with private state exposes its contents: `[tree]: { flatten, unflatten
 * }`. `flatten()` returns a tree, and `unflatten(children)` makes an equal instance from such a tree. The tree holds
 * everything that distinguishes instances, numbers and options as well as tensors, because `compile` compares
 * nothing else.
 */
export const tree: unique symbol = Symbol.for('cotangent.tree')

/**
 * Key of the property that marks an object as state: `[untrained]: true`. Its tensors, such as the running statistics
 * of batch normalization, are leaves of the model like others, but no parameters: optimizers leave them as they are.
 */
export const untrained: unique symbol = Symbol.for('cotangent.untrained')

/** Whether an object holds state instead of parameters. */
export function isUntrained(value: object): boolean {
  return untrained in value && value[untrained] === true
}

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
