import { ValueError } from '../errors'
import { checkArguments, type Kind, options as optionsKind } from '../arguments/arguments'
import { describeGiven } from '../arguments/describe'
import { aCount, aFunction, anything } from '../arguments/kinds'
import { callTraced, traceLeaves } from '../graph/trace'
import { tensor } from '../ops/creation'
import { not } from '../ops/comparison'
import { applyAll } from '../recording/apply'
import { framesOf } from '../recording/frames'
import { observing } from '../recording/observer'
import { guardMutation } from '../trees/mutation-guard'
import { placesInList } from '../trees/places'
import { Tensor } from '../values/tensor'
import { type Carry, carryOf, nextCarry } from './carry'
import { loopOp } from './loop'
import { conditionDomain } from './loop-domain'
import { type Loop, outputsOf, plain } from './loop-form'
import type { AnyCarry } from './scan-types'

/** Options of `whileLoop`. */
export interface WhileOptions {
  /**
   * The largest number of steps. Reverse mode needs it: it keeps the carries of each step, in memory for this many.
   * Default: no bound.
   */
  readonly maxSteps?: number
}

/** The result of `whileLoop`. */
export interface WhileResult<C> {
  /** The last carry. */
  readonly value: C
  /** The number of steps that were taken, an int32 scalar. */
  readonly steps: Tensor<[]>
  /** A bool scalar: whether the condition ended the loop. It is false where `maxSteps` did. */
  readonly finished: Tensor<[]>
}

const fields = { maxSteps: aCount } satisfies Record<keyof WhileOptions, Kind>
const parameters = [aFunction, aFunction, anything, /* @__PURE__ */ optionsKind(fields)]

/** The region of `whileLoop`. */
export const whileOp = /* @__PURE__ */ loopOp('whileLoop', conditionDomain)

/**
 * A loop that goes on while a condition holds: `while (condition(carry)) carry = body(carry)`. The carry is a tree of
 * tensors, and the condition returns a bool scalar. With the option `maxSteps` the loop ends after that many steps at
 * the latest, and `finished` is false if the condition still held.
 *
 * Both functions are traced once. Forward mode always works. Reverse mode is a loop of as many steps as were taken, and
 * needs `maxSteps`. Under `vmap` the loop runs until all examples are done, and each stops at its own step.
 *
 * @throws ValueError if the carry holds no tensor, or changes its structure, a shape, a dtype, or a value that is not a
 * tensor, or if the condition does not return a bool scalar; GradientError in reverse mode without `maxSteps`;
 * TraceError if a function reads the value of a tensor that it computes.
 */
export function whileLoop<C extends AnyCarry>(
  condition: (carry: C) => Tensor,
  body: (carry: C) => C,
  init: C,
  options: WhileOptions = {},
): WhileResult<C> {
  checkArguments('whileLoop', parameters, arguments)
  const { maxSteps } = options
  const carry = carryOf('whileLoop', init)
  const { leaves, rebuild } = carry.flat
  if (leaves.length === 0)
    throw new ValueError(
      'while-carry',
      `[whileLoop] expected a tree of tensors as the carry, got ${describeGiven(init)}; what changes from step to step is a tensor`,
    )
  const holds = (at: C) => checkedCondition(callTraced('whileLoop', condition, [at]))
  const isKnown = leaves.every(({ isSymbolic }) => !isSymbolic)
  const known = observing() !== null && isKnown ? stepByStep(carry, holds, body, maxSteps) : null
  if (known !== null) return known as WhileResult<C>
  const traced = (f: (at: C) => readonly Tensor[]) =>
    traceLeaves(
      leaves,
      placesInList(leaves.length),
      (list) => guardMutation('whileLoop', [rebuild(list) as C] as const, ([at]) => f(at)),
      'whileLoop',
    )
  const test = traced((at) => [holds(at)])
  const step = traced((at) => nextCarry(carry, callTraced('whileLoop', body, [at])))
  const attributes: Loop = {
    graphs: [step, test],
    length: maxSteps ?? null,
    ...{ ...plain, carries: leaves.length, xs: 0, reverse: false },
  }
  const inputs = [...leaves, ...step.constants.values(), ...test.constants.values()]
  const { carries, steps } = outputsOf(applyAll(whileOp, inputs, attributes), attributes)
  return {
    value: rebuild(carries) as C,
    steps: steps[0],
    finished: maxSteps === undefined ? tensor(true) : not(test.evaluate(carries)[0]),
  }
}

function checkedCondition(value: unknown): Tensor {
  if (value instanceof Tensor && value.dtype === 'bool' && value.rank === 0) return value
  throw new ValueError(
    'while-condition',
    `[whileLoop] the condition must return a bool scalar, got ${describeGiven(value)}; compare with a number, and reduce to one value: max(x).greater(0)`,
  )
}

/**
 * The loop without a region, for observers: each step is recorded. null where the condition has no value, because the
 * loop captured a symbolic tensor.
 */
function stepByStep<C>(
  carry: Carry,
  holds: (at: C) => Tensor,
  body: (at: C) => C,
  maxSteps = Infinity,
): WhileResult<unknown> | null {
  let at = carry.tree as C
  let steps = 0
  const inFrame = framesOf('whileLoop')
  const goesOn = () => inFrame('condition', steps, () => holds(at))
  const step = () => inFrame('body', steps, () => callTraced('whileLoop', body, [at]))
  while (steps < maxSteps) {
    const condition = goesOn()
    if (condition.isSymbolic) return null
    if (condition.item() === 0) break
    at = carry.flat.rebuild(nextCarry(carry, step())) as C
    steps++
  }
  const finished = maxSteps === Infinity ? tensor(true) : not(holds(at))
  return { value: at, steps: tensor(steps, { dtype: 'int32' }), finished }
}
