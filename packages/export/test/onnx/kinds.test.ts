import {
  argmax,
  argsort,
  atan2,
  conv2d,
  cond,
  cummax,
  cumsum,
  erf,
  exp,
  gather,
  matmul,
  max,
  mul,
  prod,
  relu,
  scan,
  segmentMax,
  sigmoid,
  sin,
  sum,
  switchCase,
  take,
  tanh,
  tensor,
  type Tensor,
  transpose,
  whileLoop,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { bodyIn, exported, integersIn, nodeOf, operatorsOf } from './decoded'

const [m, v] = [zeros([2, 3]), zeros([3])]
const wide = zeros([2, 3], { dtype: 'float64' })
const places = tensor([0, 2], { dtype: 'int32' })
const int = (value: number) => tensor(value, { dtype: 'int32' })

describe('each kind of work is written as operators of ONNX', () => {
  it.each<[kind: string, f: (...inputs: any[]) => unknown, inputs: readonly unknown[], operators: string[]]>([
    ['maps broadcast by themselves', (a, b) => mul(a, b), [m, v], ['Mul']],
    ['named functions stay named', (x) => tanh(erf(sigmoid(x))), [m], ['Sigmoid', 'Erf', 'Tanh']],
    ['float64 functions with a kernel stay named', (x) => exp(sin(x)), [wide], ['Sin', 'Exp']],
    ['sums', (x) => sum(x, { axis: 0 }), [m], ['ReduceSum']],
    ['products', (x) => prod(x, { axis: 0 }), [m], ['ReduceProd']],
    ['int32 products wrap, so they are scanned', (x) => prod(x), [places], ['Scan']],
    [
      'extremes look for NaN',
      (x) => max(x, { axis: 0 }),
      [m],
      ['ReduceMax', 'IsNaN', 'Cast', 'ReduceSum', 'Cast', 'Where'],
    ],
    ['int32 extremes', (x) => max(x), [places], ['ReduceMax']],
    ['int32 positions', (x) => argmax(x, { axis: 0 }), [places], ['ArgMax', 'Cast']],
    ['running sums are kept in float64', (x) => cumsum(x, { axis: 1 }), [m], ['Cast', 'CumSum', 'Cast']],
    ['other running totals are scanned', (x) => cummax(x, { axis: 1 }), [m], ['Expand', 'Scan']],
    ['int32 sorts', (x) => argsort(x), [places], ['TopK', 'Cast']],
    ['matrix products', (a, b) => matmul(a, transpose(b)), [m, m], ['Transpose', 'MatMul']],
    ['gathers', (x, at) => take(x, at, { axis: 1 }), [m, places], ['Gather']],
    ['gathers along an axis', (x, at) => gather(x, at, { axis: 0 }), [v, places], ['GatherElements']],
    ['scatters', (x, at) => segmentMax(x, at, 3), [places, places], ['Reshape', 'Expand', 'ScatterElements']],
  ])('%s', (_, f, inputs, operators) => {
    expect(operatorsOf(exported(f, ...inputs))).toEqual(operators)
  })

  it('float64 functions without a kernel are written as their instructions', () => {
    const operators = operatorsOf(exported(erf, wide))
    expect(operators).not.toContain('Erf')
    expect(operators.length).toBeGreaterThan(20)
    expect(operatorsOf(exported((x) => atan2(x, x), m))).not.toContain('Atan')
  })

  it('a product of float64 matrices has an axis that ends fusion', () => {
    expect(operatorsOf(exported((a, b) => matmul(a, b), wide, zeros([3, 2], { dtype: 'float64' })))).toEqual([
      ...['Unsqueeze', 'Unsqueeze', 'MatMul', 'Squeeze'],
    ])
  })

  it('the maximum with zero is Relu', () => {
    expect(operatorsOf(exported((x) => relu(x), m))).toEqual(['Relu'])
  })
})

describe('convolutions', () => {
  it('are Conv, with strides, dilations, pads and groups', () => {
    const [x, w] = [zeros([2, 4, 9, 8]), zeros([6, 2, 3, 2])]
    const options = { stride: [2, 1], dilation: [1, 2], padding: [[1, 0], [2, 1]], groups: 2, layout: 'NCHW' } as const // prettier-ignore
    const graph = exported((x: Tensor, w: Tensor) => conv2d(x, w, options as never), x, w)
    const node = nodeOf(graph, 'Conv')
    expect(['kernel_shape', 'strides', 'dilations', 'pads', 'group'].map((name) => integersIn(node, name))).toEqual([
      ...[[3, 2], [2, 1], [1, 2], [1, 2, 0, 1], [2]],
    ])
  })

  it('in float64, which has no kernel, are matrix products', () => {
    const [x, w] = [zeros([2, 5, 5, 1], { dtype: 'float64' }), zeros([3, 3, 1, 2], { dtype: 'float64' })]
    const operators = operatorsOf(exported((x: Tensor, w: Tensor) => conv2d(x, w), x, w))
    expect(operators).not.toContain('Conv')
    expect(operators).toContain('MatMul')
  })
})

describe('loops and branches', () => {
  it('a loop over all rows is Scan, with results in the order of the rows', () => {
    const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => [h.add(x), h.mul(x)]
    const graph = exported((h: Tensor, xs: Tensor) => scan(step, h, xs, { reverse: true }), v, m)
    const node = nodeOf(graph, 'Scan')
    expect(
      ['scan_input_directions', 'scan_output_directions', 'num_scan_inputs'].map((name) => integersIn(node, name)),
    ).toEqual([[1], [1], [1]])
    expect(operatorsOf(bodyIn(node, 'body'))).toEqual(['Add', 'Mul'])
  })

  it('a loop with a condition is Loop, and uses values from outside', () => {
    const graph = exported(
      (x: Tensor, y: Tensor) =>
        whileLoop(
          (h: Tensor) => sum(h).less(10),
          (h: Tensor) => h.add(y),
          x,
        ),
      v,
      zeros([3]),
    )
    const body = bodyIn(nodeOf(graph, 'Loop'), 'body')
    expect(operatorsOf(body)).toEqual(['Add', 'Add', 'ReduceSum', 'Less'])
    expect(body.node!.flatMap(({ input }) => input!)).toContain('input.1')
  })

  it('branches are If, and later branches lie in the else branch', () => {
    const two = exported((p: Tensor, x: Tensor) => cond(p, (x: Tensor) => sin(x), (x: Tensor) => x, x), tensor(true), v) // prettier-ignore
    expect(operatorsOf(bodyIn(nodeOf(two, 'If'), 'then_branch')).length).toBe(1)
    expect(operatorsOf(bodyIn(nodeOf(two, 'If'), 'else_branch')).length).toBe(1)
    const branches = [sin, exp, tanh].map((f) => (x: Tensor) => f(x))
    const three = exported((i: Tensor, x: Tensor) => switchCase(i, branches as never, x as never), int(1), v)
    const rest = bodyIn(nodeOf(three, 'If'), 'else_branch')
    expect(operatorsOf(bodyIn(nodeOf(three, 'If'), 'then_branch'))).toEqual(['Sin'])
    expect(operatorsOf(bodyIn(nodeOf(rest, 'If'), 'then_branch'))).toEqual(['Exp'])
    expect(operatorsOf(bodyIn(nodeOf(rest, 'If'), 'else_branch'))).toEqual(['Tanh'])
  })
})
