/**
 * How a region runs its graphs, as data for the compiler. The graphs are the `graphs` of its attributes. A region
 * without a form runs once: it is compiled as the ops that it applies.
 */
export type RegionForm = LoopForm | BranchForm

/**
 * A loop. Its inputs are, in this order: the number of steps if `counted` (an int32 scalar), the first carries, the
 * stacked xs, the tensors that the body captured, and those that the condition captured. The first graph is the body.
 * It maps carries and a row of each x to the next carries and a row of each y. The second graph, if there is one, is
 * the condition. It maps carries to a bool. What a graph captured is its further inputs and its constants.
 *
 * The outputs are the last carries, the number of steps that were taken if there is a condition (an int32 scalar), the
 * stacked ys, and the carries at the start of each step if `keepsCarries`, stacked. Rows of steps that were not taken
 * are zero.
 */
export interface LoopForm {
  readonly kind: 'loop'
  /** The number of rows, which is the largest number of steps; null for no bound. */
  readonly length: number | null
  readonly carries: number
  readonly xs: number
  /** Whether the first step takes the last row. */
  readonly reverse: boolean
  readonly counted: boolean
  readonly keepsCarries: boolean
  /** For each tensor that the body returns, its position among the outputs of its graph. */
  readonly results: readonly number[]
}

/**
 * A branch. Its inputs are the index of the branch to run (an int32 scalar, clamped to the branches), and the operands
 * of all branches. The outputs are those of the branch that runs.
 */
export interface BranchForm {
  readonly kind: 'branch'
  /** For each branch the positions of the operands that its graph takes: as its inputs, then as its constants. */
  readonly feeds: readonly (readonly number[])[]
  /** For each tensor that a branch returns, its position among the outputs of the graph. */
  readonly results: readonly (readonly number[])[]
}
