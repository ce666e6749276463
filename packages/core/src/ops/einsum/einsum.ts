import { type Kind, named } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aTensor, text } from '../../arguments/kinds'
import { onTensor, unify } from '../../recording/operands'
import type { Tensor } from '../../values/tensor'
import { reshapeTo } from '../movement'
import { arranged, multiplied, prepared, type Term } from './lowering'
import { pathOf, type Step } from './path'
import { bind, type Bound, isReshaped } from './subscripts'
import type { EinsumPath, EinsumPathSignature, EinsumSignature } from './types'

const operands: Kind = /* @__PURE__ */ (() => ({ ...aTensor, isRest: true }))()

/** How subscripts are computed for operands of given shapes. */
interface Plan extends Bound {
  /** For each operand, the letters that the result or another operand needs. */
  readonly needed: readonly string[]
  readonly steps: readonly Step[]
}

/** The last plans: reading subscripts takes longer than a small product. */
const plans = /* @__PURE__ */ new Map<string, Plan>()
const keptPlans = 256

function planOf(subscripts: string, shapes: readonly (readonly number[])[]): Plan {
  const key = `${subscripts};${shapes.map((shape) => shape.join()).join(';')}`
  let plan = plans.get(key)
  if (plan === undefined) {
    const bound = bind(subscripts, shapes)
    const terms = bound.operands.map(({ letters }) => letters)
    const needed = terms.map((_, i) => bound.result + terms.filter((_, at) => at !== i).join(''))
    const kept = terms.map((term, i) =>
      [...term].filter((letter, at) => term.indexOf(letter) === at && needed[i].includes(letter)).join(''),
    )
    plan = { ...bound, needed, steps: pathOf(kept, bound.result, bound.sizes) }
    if (plans.size >= keptPlans) plans.clear()
    plans.set(key, plan)
  }
  return plan
}

/**
 * Sums of products in Einstein's notation: `einsum('bij,bjk->bik', a, b)` is `C[b, i, k] = Σ_j A[b, i, j] B[b, j, k]`.
 * Each operand has a term with a letter for each axis. Products are summed over the letters that the result lacks. A
 * letter that a term repeats stands for its diagonal. `...` stands for further axes, which broadcast; letters do not.
 * Without `->`, the result has `...` and then the letters that occur once, in alphabetical order. Booleans count as
 * int32.
 *
 * Operands are contracted two at a time, in an order that depends on subscripts and shapes alone: the one with the
 * fewest products for up to five operands, else a greedy one. `einsumPath` shows it. A letter that only one operand has
 * is summed over first, pairwise as `sum` does; other letters are summed over by the contraction kernel. The notation
 * is NumPy's, except that an axis of size 1 does not broadcast against a letter of another size.
 *
 * @throws ValueError for subscripts that have no meaning; ShapeError if they do not fit the shapes; DTypeError if the
 * dtypes have no common dtype.
 */
export const einsum = /* @__PURE__ */ onTensor<EinsumSignature>(
  'einsum',
  [named('subscripts', text), operands],
  (subscripts: string, ...operands: readonly Tensor[]): Tensor => einsumOf(subscripts, operands),
)

/** `einsum` for other functions of the library. */
export function einsumOf(subscripts: string, operands: readonly Tensor[]): Tensor {
  const shapes = operands.map(({ shape }) => shape)
  const plan = planOf(subscripts, shapes)
  let terms = unify('einsum', operands, 'number').map((tensor, i): Term => {
    const { letters, shape } = plan.operands[i]
    const operand = isReshaped(plan.operands[i], shapes[i]) ? reshapeTo(tensor, { shape }) : tensor
    return prepared({ letters, tensor: operand }, plan.needed[i])
  })
  for (const step of plan.steps) {
    const [i, j] = step.pair
    const wanted = terms.length === 2 ? plan.result : null
    const product = multiplied(terms[i], terms[j], step, wanted)
    terms = [...terms.filter((_, at) => at !== i && at !== j), product]
  }
  return arranged(terms[0], plan.result).tensor
}

/**
 * The order in which `einsum` contracts operands of these shapes, with the floating-point operations of each pair. It
 * is NumPy's `einsum_path`, for shapes: nothing is computed. `compile(f).explain(...)` prints the pairs among its
 * kernels.
 *
 * @throws the errors of `einsum`.
 */
export const einsumPath = /* @__PURE__ */ checked<EinsumPathSignature>(
  'einsumPath',
  [named('subscripts', text), operands],
  (subscripts: string, ...operands: readonly Tensor[]): EinsumPath => {
    const {
      steps,
      sizes,
      result,
      operands: terms,
    } = planOf(
      subscripts,
      operands.map(({ shape }) => shape),
    )
    const listed = steps.map(({ pair, left, right, result: kept, flops }, i) => {
      const written = i === steps.length - 1 ? result : kept
      return { operands: pair, subscripts: `${left},${right}->${written}`, flops }
    })
    const products = [...sizes.values()].reduce((product, size) => product * size, 1)
    const isSummed = [...sizes.keys()].some((letter) => !result.includes(letter))
    const naiveFlops = products * (Math.max(0, terms.length - 1) + (isSummed ? 1 : 0))
    const flops = listed.reduce((sum, step) => sum + step.flops, 0)
    const count = (value: number) => value.toLocaleString('en-US')
    const toString = () =>
      [
        `${subscripts}: ${count(flops)} operations, ${count(naiveFlops)} without intermediate results`,
        ...listed.map((step) => `  ${step.operands.join(', ')}: ${step.subscripts}, ${count(step.flops)} operations`),
      ].join('\n')
    return { steps: listed, flops, naiveFlops, toString }
  },
)
