import {
  checkArguments,
  flattenFor,
  formatPath,
  type Kind,
  kinds,
  type Path,
  runAs,
  square,
  sum,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { isFloat } from '../kinds'

/** Options of `l2`. */
export interface L2Options {
  /** λ, not negative. */
  readonly lambda: number
  /** m, the number of examples that the loss beside it is averaged over. */
  readonly examples: number
  /** Which leaves to penalize. Default: those with at least two axes, which excludes biases. */
  readonly select?: (leaf: Tensor, path: Path) => boolean
}

const l2Parameters = [
  kinds.anything,
  /* @__PURE__ */ kinds.options(
    {
      lambda: kinds.nonNegativeNumber,
      examples: kinds.positiveNumber,
      select: kinds.aFunction,
    } satisfies Record<keyof L2Options, Kind>,
    ['lambda', 'examples'],
  ),
]

/**
 * L2 penalty of a model, `(λ / 2m) Σ θ²` over the selected floating-point leaves; its gradient is `(λ/m) θ`. `model`
 * may also be a single tensor, such as a slice of θ without the bias column.
 *
 * @throws ValueError unless λ >= 0 and m > 0, or if no leaf is selected.
 */
export function l2(model: unknown, options: L2Options): Tensor<[]> {
  checkArguments('l2', l2Parameters, arguments)
  const { lambda, examples, select = (leaf) => leaf.rank >= 2 } = options
  const flat = flattenFor('l2', model)
  const { leaves, paths } = flat
  const selected = flat.select((leaf, path) => isFloat(leaf) && select(leaf, path))
  const chosen = leaves.filter((_, i) => selected[i])
  if (chosen.length === 0)
    throw new ValueError(
      'l2-selects-nothing',
      `[l2] no leaf is selected among ${paths.map((path) => formatPath(path)).join(', ') || 'none'}; pass { select: (leaf, path) => ... }`,
    )
  const penalty = (): Tensor<[]> =>
    chosen
      .map((leaf) => sum(square(leaf)))
      .reduce((a, b) => a.add(b))
      .mul(lambda / (2 * examples))
  return runAs('l2', penalty, [model, options])
}
