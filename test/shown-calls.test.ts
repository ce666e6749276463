import { readFileSync } from 'node:fs'
import * as core from '@cotangent/core'
import { CotangentError, ones, tensor, type Tensor, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import { expect, it } from 'vitest'

// Where a call was written wrongly in one of the usual ways, its error shows the right one, which then runs.

const x: Tensor = tensor([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
const indices: Tensor = tensor([0, 1], { dtype: 'int32' })
const f = (y: Tensor) => y.mul(y).sum()
const column: Tensor = ones([1, 3])
const any = { ...core, ...nn, ...optim } as any

/** Names that the shown calls have, beside the functions of the library. */
const names = { x, y: x, indices, f, v: x, low: 0, high: 1, rate: 0.1, steps: 10, minimum: 0, predicted: indices, actual: indices, classes: 2, shape: [6], stop: 3, step: 1, dtype: 'int32' } // prettier-ignore

const calls: readonly [shown: string, call: () => unknown][] = [
  // A list written out.
  ['reshape(x, [3, 2])', () => any.reshape(x, 3, 2)],
  ['reshape(x, [3, 2])', () => (x as any).reshape(3, 2)],
  ['reshape(x, [6])', () => any.reshape(x, 6)],
  ['transpose(x, [1, 0])', () => any.transpose(x, 1, 0)],
  ['broadcastTo(x, [2, 2, 3])', () => any.broadcastTo(x, 2, 2, 3)],
  ['flip(x, [0, 1])', () => any.flip(x, 0, 1)],
  ['zeros([2, 3])', () => any.zeros(2, 3)],
  ['ones([3])', () => any.ones(3)],
  ["zeros([3], { dtype: 'int32' })", () => any.zeros(3, { dtype: 'int32' })],
  ['concat([x, y])', () => any.concat(x, column)],
  ['stack([x, x], { axis: 1 })', () => any.stack(x, x, { axis: 1 })],
  // Options for what is positional.
  ['flip(x, 0)', () => any.flip(x, { axis: 0 })],
  ['flip(x, [0, 1])', () => any.flip(x, { axis: [0, 1] })],
  ['expandDims(x, 0)', () => any.expandDims(x, { axis: 0 })],
  ['squeeze(x, 0)', () => any.squeeze(column, { axis: 0 })],
  ['transpose(x, [1, 0])', () => any.transpose(x, { axes: [1, 0] })],
  ['reshape(x, [6])', () => any.reshape(x, { shape: [6] })],
  ['reshape(x, shape)', () => any.reshape(x, { size: 6 })],
  ['broadcastTo(x, [2, 3])', () => any.broadcastTo(x, { shape: [2, 3] })],
  ['pad(x, [[1, 0], [0, 0]], 3)', () => any.pad(x, [[1, 0], [0, 0]], { value: 3 })], // prettier-ignore
  ['oneHot(indices, 2)', () => any.oneHot(indices, { depth: 2 })],
  ["oneHot(indices, 2, { dtype: 'int32' })", () => any.oneHot(indices, { depth: 2, dtype: 'int32' })],
  ["astype(x, 'float64')", () => (x as any).astype({ dtype: 'float64' })],
  ['clip(x, low, high)', () => any.clip(x, { min: 0, max: 1 })],
  ['clip(x, 0, 1)', () => any.clip(x, { low: 0, high: 1 })],
  ['full([2], 3)', () => any.full({ shape: [2], value: 3 })],
  ["full([2], 3, { dtype: 'int32' })", () => any.full([2], { value: 3, dtype: 'int32' })],
  ['linspace(0, 1, 3)', () => any.linspace(0, 1, { count: 3 })],
  ["arange(5, stop, step, { dtype: 'float32' })", () => any.arange(5, { dtype: 'float32' })],
  ['cosineSchedule(0.1, { steps: 10 })', () => any.cosineSchedule({ rate: 0.1, steps: 10 })],
  ['cosineSchedule(rate, { steps: 10 })', () => any.cosineSchedule({ learningRate: 0.1, steps: 10 })],
  ['cosineSchedule(rate, { steps, minimum })', () => any.cosineSchedule({})],
  [
    'confusionMatrix(predicted, actual, 2)',
    () => any.confusionMatrix(indices, zeros([2], { dtype: 'int32' }), { classes: 2 }),
  ],
  // A value for what is an option.
  ['take(x, indices, { axis: 1 })', () => any.take(x, indices, 1)],
  ['sum(x, { axis: 1 })', () => any.sum(x, 1)],
  // What is left out.
  ['confusionMatrix(predicted, actual, classes)', () => any.confusionMatrix(indices, zeros([2], { dtype: 'int32' }))],
  ['reshape(x, shape)', () => any.reshape(x)],
  ['hvp(f, x, v)', () => any.hvp(f)],
  ['hvp(f, x, v)', () => any.hvp(f, x)],
  ['jvp(f, [x], [v])', () => any.jvp(f, x, x)],
]

it.each(calls)('%s', (shown, call) => {
  let message = ''
  try {
    call()
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error
    ;({ message } = error)
  }
  expect(message.slice(message.indexOf('; ') + 2).replace(/^.*(?:write|call) /, '')).toBe(shown)
  const scope = {
    ...any,
    ...names,
    ...(shown.startsWith('squeeze') && { x: column }),
    ...(shown.startsWith('concat') && { y: column }),
  }
  // What messages show is code.
  const run = new Function(...Object.keys(scope), `return ${shown}`) as (...args: unknown[]) => unknown
  expect(() => run(...Object.values(scope))).not.toThrow()
})

it('expectShape takes brackets, and undefined for any size', () => {
  const shaped = x as any
  expect(() => shaped.expectShape(2, 3)).toThrow('; write expectShape([2, 3])')
  expect(() => shaped.expectShape([null, 3])).toThrow('; use undefined for any size: expectShape([undefined, 2])')
  expect(shaped.expectShape([undefined, 3])).toBe(x)
})

it('an initializer that was called is to be passed', () => {
  const called = any.heNormal as () => never
  expect(() => any.dense(2, 3, { key: core.key(1), initializer: called() })).toThrow(
    '[heNormal] expected a random key as argument 1 (key), got nothing; pass heNormal itself, { initializer: heNormal }',
  )
  expect(() => any.uniformInitializer(0.5)()).toThrow('{ initializer: uniformInitializer(0.5) }')
})

it('fans of a bias names initializers that there are', () => {
  const [, advice] = /use (.*)$/.exec(String(messageOf(() => any.fans([2]))))!
  for (const [name] of advice.matchAll(/\w+Initializer/g)) expect(nn).toHaveProperty(name)
  expect(advice).toMatch('zerosInitializer')
})

it('the conventions list the functions that are methods too', () => {
  const methods = Object.getOwnPropertyNames(core.Tensor.prototype).filter((name) => name in core)
  const text = readFileSync('docs/conventions.md', 'utf8')
  const listed = /These functions are methods of tensors as well: ([^.]*)\./.exec(text)![1]
  expect([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(methods.sort())
})

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
