import { GradientError } from '../errors'
import type { Graph } from '../graph/graph'
import { bodiesRunner } from '../graph/run-body'
import { outputTypes } from '../graph/widening'
import { detached } from '../recording/apply'
import { castTo } from '../recording/cast'
import type { Domain } from '../recording/domain'
import { regionRule } from '../recording/law'
import type { Op, TensorType } from '../recording/op'
import type { Shape } from '../types/shapes'
import { allocate } from '../values/dtype'
import { sizeOf } from '../values/shape'
import { Tensor } from '../values/tensor'
import { batchLoop } from './loop-batch'
import { rowsDomain } from './loop-domain'
import { inputsOf, type Loop, outputsOf, ownedBy, placesOf, returnedBy, rowOf, stackOf } from './loop-form'
import { pullBackLoop, pushForwardLoop } from './loop-derivatives'
import { withResiduals } from './residuals'

function infer(list: readonly TensorType[], attributes: Loop): readonly TensorType[] {
  const { graphs, length, carries, keepsCarries } = attributes
  const [body, condition] = graphs
  const inputs = inputsOf(list, attributes)
  const given = outputTypes(body, [...inputs.carries, ...inputs.xs, ...inputs.captured])
  const types = placesOf(body).map((at) => given[at])
  const last = types.slice(0, carries)
  return [
    ...last,
    ...(condition === undefined ? [] : [{ shape: [], dtype: 'int32' } as const]),
    ...types.slice(carries).map((type) => stackOf(type, length!)),
    ...(keepsCarries ? last.map((type) => stackOf(type, length!)) : []),
  ]
}

/** Runs the loop step by step on values. */
function run(name: string, list: readonly Tensor[], attributes: Loop): readonly Tensor[] {
  const { graphs, length, reverse, carries: count } = attributes
  const [body, condition] = graphs
  const inputs = inputsOf(list, attributes)
  const types = infer(list, attributes)
  let carries = inputs.carries.map((carry, i) => castTo(carry, types[i].dtype))
  const out = outputsOf(types, attributes)
  const ys = out.ys.map(newStack)
  const stacks = out.stacks.map(newStack)
  const limit = inputs.count.length > 0 ? stepsIn(inputs.count[0], length!) : (length ?? Infinity)
  const runBody = bodiesRunner(name)
  let step = 0
  for (; step < limit; step++) {
    if (condition !== undefined) {
      const [goesOn] = runBody(condition, 'condition', step, [...carries, ...inputs.conditionCaptured])
      if (goesOn.values![0] === 0) break
    }
    const at = reverse ? limit - 1 - step : step
    stacks.forEach((stack, i) => setRow(stack, at, carries[i]))
    const given = [...carries, ...inputs.xs.map((x) => rowAt(x, at)), ...inputs.captured]
    const results = body.rebuild(runBody(body, 'body', step, given)) as readonly Tensor[]
    carries = results.slice(0, count).map((carry, i) => castTo(carry, types[i].dtype))
    ys.forEach((stack, i) => setRow(stack, at, results[count + i]))
  }
  const steps = condition === undefined ? [] : [new Tensor([], 'int32', Int32Array.of(step))]
  // One tensor may be several carries; each output is a tensor of its own.
  return [...carries.map(detached), ...steps, ...ys, ...stacks]
}

/** The number of steps that an input asks for. */
function stepsIn(count: Tensor, length: number): number {
  return Math.min(Math.max(count.values![0], 0), length)
}

function newStack({ shape, dtype }: TensorType): Tensor {
  return new Tensor(shape, dtype, allocate(dtype, sizeOf(shape)))
}

/** A row of a stack, which shares its memory. */
function rowAt(stack: Tensor, at: number): Tensor {
  const { shape, dtype } = rowOf(stack)
  const size = sizeOf(shape)
  return new Tensor(shape, dtype, stack.values!.subarray(at * size, (at + 1) * size))
}

/** Writes a row of a stack that no one else holds. */
function setRow(stack: Tensor, at: number, row: Tensor): void {
  stack.values!.set(row.values!, at * sizeOf(row.shape as Shape))
}

/** The attributes that text shows: the others can be read off the inputs and outputs. */
const shown = ({ length, reverse }: Loop) => ({ ...(length !== null && { length }), ...(reverse && { reverse }) })

/** The body with its residuals. A body without a derivative has none; its error comes when one is asked for. */
function residualsOf(body: Graph): Graph {
  try {
    return withResiduals(body)
  } catch (error) {
    if (!(error instanceof GradientError) || error.code !== 'no-gradient') throw error
    return body
  }
}

/** The loop that also returns what its reverse rule reads. A loop without a bound on its steps has no reverse rule. */
function followed(attributes: Loop): Loop {
  const { length, keepsCarries, graphs } = attributes
  if (length === null || keepsCarries) return attributes
  const [body, ...condition] = graphs
  const whole = residualsOf(body)
  const residuals = returnedBy(whole).length - returnedBy(body).length
  return { ...attributes, graphs: [whole, ...condition] as unknown as Loop['graphs'], keepsCarries: true, residuals }
}

/**
 * A loop: the body runs once for each row of the xs, or while the condition holds. Both modes of its derivative are
 * loops again, so a loop has derivatives of any order. Graphs and messages show it under the name of the function that
 * the user called.
 */
/* @__NO_SIDE_EFFECTS__ */
export function loopOp(name: string, domain: Domain<Loop> = rowsDomain): Op<Loop> {
  const op: Op<Loop> = {
    name,
    infer,
    body: {
      kind: 'region',
      run: (inputs, attributes) => run(name, inputs, attributes),
      batch: batchLoop,
      owned: ownedBy,
      shown,
      form: (attributes) => ({ kind: 'loop', ...attributes, results: placesOf(attributes.graphs[0]) }),
    },
    law: regionRule({
      pullback: (cotangents, application, needed) => pullBackLoop(op, cotangents, application, needed),
      jvp: (tangents, application) => pushForwardLoop(op, tangents, application),
    }),
    followed,
    domain,
  }
  return op
}
