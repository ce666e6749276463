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

/** What the axes of an operand are. All tensors of a convolution have the same groups and the same spatial axes. */
export interface ConvolutionRoles {
  readonly group: readonly number[]
  /** Examples of x and y; the channels of the result in w. */
  readonly batch: readonly number[]
  /** Axes that are summed over in x and w; the channels of the result in y. */
  readonly channel: readonly number[]
  readonly space: readonly number[]
}

/**
 * A convolution: `y[g, n, o, h] = Σ x[g, n, c, h stride + j dilation - low] w[g, o, c, j]`, summed over channels c and
 * kernel positions j. Lists have an entry for each spatial axis.
 */
export interface Convolution {
  readonly stride: readonly number[]
  /** Steps from one element of the kernel to the next. */
  readonly dilation: readonly number[]
  /** Steps from one element of x to the next: there are zeros between them. */
  readonly gaps: readonly number[]
  /** Zeros before and after x; if negative, elements that are left out. */
  readonly low: readonly number[]
  readonly high: readonly number[]
  /**
   * Whether it is a sum of products in place of a contraction, for groups of one channel. Part of the attributes, as
   * the two differ in the order of the sum.
   */
  readonly isDepthwise: boolean
  readonly x: ConvolutionRoles
  readonly w: ConvolutionRoles
  readonly y: ConvolutionRoles
}
