import { normal, key, scan, splitKey, tensor, type Tensor, trace, vjp, zeros } from '@cotangent/core'
import { exportFunction } from '@cotangent/export'
import { open } from '@cotangent/io'
import { describe, expect, it } from 'vitest'
import { hoistConstants } from '../../src/bundle/constants'
import { backwardOf } from '../../src/bundle/function'
import { argumentsOf, listOf, manifestOf } from './networks'

const [k1, k2, k3, k4] = splitKey(key(5), 4)
const x: Tensor = normal(k1, [3, 40], { dtype: 'float64' })
const w: Tensor = normal(k2, [40, 2], { dtype: 'float64' })
const fixed: Tensor = normal(k3, [40, 40], { dtype: 'float64' })
const n = tensor([1, 2, 3], { dtype: 'int32' })

/** Floating-point and integer arguments and results, a large constant, a loop, and a result that is an argument. */
function f(a: Tensor, { weights, tied }: { weights: Tensor; tied: Tensor }, counts: Tensor) {
  const [last] = scan(
    (c: Tensor, row: Tensor) => [c.add(row.tanh()), c.sum()],
    zeros([40], { dtype: 'float64' }),
    a as never,
  )
  const y = a.matmul(fixed).tanh().matmul(weights).mul(tied.sum())
  return { y, last: last as Tensor, plus: counts.add(1), a }
}

const args = [x, { weights: w, tied: w }, n] as const
const bundle = exportFunction(f, args)

describe('the bundle of a function', () => {
  it('lists arguments, constants and results', () => {
    const { inputs, outputs, kind, module, vjp: backward } = manifestOf(bundle)
    expect({ kind, module, backward }).toEqual({ kind: 'function', module: 'function.mlir', backward: 'vjp.mlir' })
    expect(listOf(inputs)).toEqual([
      'argument 0 float64[3, 40]',
      'argument 1.weights float64[40, 2]',
      'argument 2 int32[3]',
      'constant constant.0 float64[40, 40]',
    ])
    expect(listOf(outputs)).toEqual([
      'result y float64[3, 2]',
      'result last float64[40]',
      'result plus int32[3]',
      'result a float64[3, 40]',
    ])
    expect([...bundle.files.keys()]).toEqual(['bundle.json', 'function.mlir', 'vjp.mlir', 'constants.safetensors'])
  })

  it('has the constants in a file', async () => {
    const file = await open(bundle.files.get('constants.safetensors')!)
    expect((await file.tensor('constant.0')).toArray()).toEqual(fixed.toArray())
  })

  it('has a backward module of the inputs and a cotangent for each floating-point result', () => {
    expect(argumentsOf(bundle, 'vjp.mlir')).toBe(4 + 3)
  })

  it('names one tensor as files do', () => {
    const { inputs, outputs } = manifestOf(exportFunction((y: Tensor) => y.mul(2), [x]))
    expect([inputs[0].name, outputs[0].name]).toEqual(['0', 'tensor'])
  })
})

describe('the graphs of a function', () => {
  const graph = trace(f, ...args)
  const hoisted = hoistConstants('exportFunction', graph)
  const values = graph.evaluate([x, w, n])

  it('compute the same with constants as inputs', () => {
    expect(hoisted.constants).toEqual([fixed])
    expect(hoisted.graph.evaluate([x, w, n, fixed]).map((y) => y.toArray())).toEqual(values.map((y) => y.toArray()))
  })

  it('compute the cotangents that vjp computes', () => {
    const [, pullback] = vjp((a: Tensor, weights: Tensor) => {
      const { y, last, a: same } = f(a, { weights, tied: weights }, n)
      return [y, last, same]
    }, x, w) // prettier-ignore
    const given = splitKey(k4, 3).map((k, i) => normal(k, [[3, 2], [40], [3, 40]][i], { dtype: 'float64' }))
    const backward = backwardOf('exportFunction', hoisted.graph, 3)
    const found = backward.evaluate([x, w, n, fixed, ...given])
    expect(found.map((each) => each.toArray())).toEqual(pullback(given).map((each) => each.toArray()))
  })

  it('give an argument that two cotangents reach equally two outputs', () => {
    const sum = trace((a: Tensor, b: Tensor) => a.add(b), x, normal(k4, [3, 40], { dtype: 'float64' }))
    expect(backwardOf('exportFunction', sum, 2).outputs).toHaveLength(2)
  })
})
