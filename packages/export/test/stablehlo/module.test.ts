import {
  arange,
  argmax,
  bernoulli,
  checkpoint,
  cond,
  conv2d,
  cumsum,
  type DefinedOp,
  defineOp,
  erf,
  grad,
  key,
  log1p,
  matmul,
  noGradient,
  normal,
  ones,
  scan,
  segmentMax,
  sort,
  sum,
  take,
  tanh,
  tensor,
  type Tensor,
  trace,
  uniform,
  whileLoop,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { ExportError, toStableHLO } from '../../src'

/** The text of a function without its locations. */
function textOf(f: (...args: any[]) => unknown, ...args: unknown[]): string {
  return withoutLocations(toStableHLO(trace(f, ...args)))
}

function withoutLocations(text: string): string {
  return text.replace(/ loc\((#loc\d+|"[^"]*")\)/g, '').replace(/^#loc.*\n/gm, '')
}

const int = (...data: number[]): Tensor => tensor(data, { dtype: 'int32' })

describe('a module', () => {
  it('has the places of inputs and outputs, and named functions as one operation', () => {
    const layer = ({ weight }: { weight: Tensor }, x: Tensor) => ({ hidden: tanh(matmul(x, weight)) })
    expect(textOf(layer, { weight: ones([3, 2]) }, ones([1, 3]))).toMatchInlineSnapshot(`
      "module @main {
        func.func public @main(%arg0: tensor<3x2xf32> {jax.arg_info = "args[0].weight"}, %arg1: tensor<1x3xf32> {jax.arg_info = "args[1]"}) -> (tensor<1x2xf32> {jax.result_info = "result.hidden"}) {
          %0 = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
          %1 = stablehlo.tanh %0 : tensor<1x2xf32>
          return %1 : tensor<1x2xf32>
        }
      }
      "
    `)
  })

  it('writes a gradient', () => {
    expect(
      textOf(
        grad((x: Tensor) => sum(tanh(x).mul(x))),
        tensor([1, 2]),
      ),
    ).toMatchInlineSnapshot(`
      "module @main {
        func.func public @main(%arg0: tensor<2xf32> {jax.arg_info = "args[0]"}) -> (tensor<2xf32> {jax.result_info = "result"}) {
          %0 = stablehlo.constant dense<1.0> : tensor<2xf32>
          %1 = stablehlo.tanh %arg0 : tensor<2xf32>
          %2 = stablehlo.multiply %0, %arg0 : tensor<2xf32>
          %3 = stablehlo.multiply %1, %0 : tensor<2xf32>
          %4 = stablehlo.abs %arg0 : tensor<2xf32>
          %5 = stablehlo.negate %4 : tensor<2xf32>
          %6 = stablehlo.exponential %5 : tensor<2xf32>
          %7 = stablehlo.multiply %6, %6 : tensor<2xf32>
          %8 = stablehlo.add %7, %0 : tensor<2xf32>
          %9 = stablehlo.constant dense<2.0> : tensor<2xf32>
          %10 = stablehlo.multiply %6, %9 : tensor<2xf32>
          %11 = stablehlo.divide %10, %8 : tensor<2xf32>
          %12 = stablehlo.multiply %11, %11 : tensor<2xf32>
          %13 = stablehlo.multiply %2, %12 : tensor<2xf32>
          %14 = stablehlo.add %3, %13 : tensor<2xf32>
          return %14 : tensor<2xf32>
        }
      }
      "
    `)
  })

  it('writes a loop over rows as one while', () => {
    const running = (start: Tensor, xs: Tensor) => scan((h: Tensor, x: Tensor) => [h.add(x), h], start, xs)
    expect(textOf(running, tensor(0), tensor([1, 2, 3]))).toMatchInlineSnapshot(`
      "module @main {
        func.func public @main(%arg0: tensor<f32> {jax.arg_info = "args[0]"}, %arg1: tensor<3xf32> {jax.arg_info = "args[1]"}) -> (tensor<f32> {jax.result_info = "result[0]"}, tensor<3xf32> {jax.result_info = "result[1]"}) {
          %0 = stablehlo.constant dense<0.0> : tensor<3xf32>
          %1 = stablehlo.constant dense<0> : tensor<i32>
          %2 = stablehlo.constant dense<3> : tensor<i32>
          %6:3 = stablehlo.while(%3 = %1, %4 = %arg0, %5 = %0) : tensor<i32>, tensor<f32>, tensor<3xf32>
          cond {
            %7 = stablehlo.compare LT, %3, %2, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
            stablehlo.return %7 : tensor<i1>
          } do {
            %8 = stablehlo.constant dense<1> : tensor<i32>
            %9 = stablehlo.dynamic_slice %arg1, %3, sizes = [1] : (tensor<3xf32>, tensor<i32>) -> tensor<1xf32>
            %10 = stablehlo.reshape %9 : (tensor<1xf32>) -> tensor<f32>
            %11 = stablehlo.add %4, %10 : tensor<f32>
            %12 = stablehlo.add %3, %8 : tensor<i32>
            %13 = stablehlo.reshape %4 : (tensor<f32>) -> tensor<1xf32>
            %14 = stablehlo.dynamic_update_slice %5, %13, %3 : (tensor<3xf32>, tensor<1xf32>, tensor<i32>) -> tensor<3xf32>
            stablehlo.return %12, %11, %14 : tensor<i32>, tensor<f32>, tensor<3xf32>
          }
          return %6#1, %6#2 : tensor<f32>, tensor<3xf32>
        }
      }
      "
    `)
  })

  it('writes a branch as a case', () => {
    const choose = (x: Tensor) =>
      cond(
        x.less(0),
        (y: Tensor) => y.neg(),
        (y: Tensor) => y,
        x,
      )
    expect(textOf(choose, tensor(1))).toMatchInlineSnapshot(`
      "module @main {
        func.func public @main(%arg0: tensor<f32> {jax.arg_info = "args[0]"}) -> (tensor<f32> {jax.result_info = "result"}) {
          %0 = stablehlo.constant dense<0.0> : tensor<f32>
          %1 = stablehlo.compare LT, %arg0, %0, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %2 = stablehlo.convert %1 : (tensor<i1>) -> tensor<i32>
          %3 = stablehlo.constant dense<0> : tensor<i32>
          %4 = stablehlo.constant dense<1> : tensor<i32>
          %5 = stablehlo.clamp %3, %2, %4 : tensor<i32>
          %6 = "stablehlo.case"(%5) ({
            stablehlo.return %arg0 : tensor<f32>
          }, {
            %7 = stablehlo.negate %arg0 : tensor<f32>
            stablehlo.return %7 : tensor<f32>
          }) : (tensor<i32>) -> tensor<f32>
          return %6 : tensor<f32>
        }
      }
      "
    `)
  })

  it('writes a convolution as one operation', () => {
    const text = textOf(conv2d as never, ones([1, 5, 5, 2]), ones([3, 3, 2, 4]))
    expect(text.match(/ = stablehlo\.\w+/g)).toEqual([' = stablehlo.convolution'])
    expect(text).toContain('dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]')
  })

  it('hides the roundings on which a two-part sum relies, and no others', () => {
    expect(
      textOf((x: Tensor) => log1p(x), tensor(0.5, { dtype: 'float64' })).match(/optimization_barrier/g),
    ).toHaveLength(2)
    expect(textOf((x: Tensor) => erf(x).mul(x).add(1).sub(x), tensor(0.5))).not.toContain('optimization_barrier')
  })

  it('puts all inputs of a checkpoint behind one barrier', () => {
    const text = textOf(checkpoint((x: Tensor, y: Tensor) => x.mul(y)) as never, tensor(1), tensor(2))
    expect(text).toContain('%0:2 = stablehlo.optimization_barrier %arg0, %arg1 : tensor<f32>, tensor<f32>')
  })

  it('writes equal text for equal graphs', () => {
    const step = (x: Tensor) => sum(sort(x).mul(normal(key(1), [3])))
    const [first, second] = [0, 1].map(() => trace(grad(step), tensor([3, 1, 2])))
    expect(toStableHLO(first)).toBe(toStableHLO(second))
    expect(toStableHLO(first)).toBe(toStableHLO(first))
  })
})

describe('every kind of work has a form', () => {
  const x = tensor([[3, 1, 2], [6, 5, 4]]) // prettier-ignore
  const cases: Record<string, [f: (...args: any[]) => unknown, args: unknown[], has: string]> = {
    'sum and maximum': [(x: Tensor) => [x.sum({ axis: 0 }), x.max({ axis: 1 })], [x], 'stablehlo.reduce'],
    'position of an extreme': [(x: Tensor) => argmax(x, { axis: 1 }), [x], 'stablehlo.reduce'],
    'cumulative sum, in float64': [(x: Tensor) => cumsum(x, { axis: 1 }), [x], 'tensor<2x3xf64>'],
    sort: [(x: Tensor) => sort(x), [x], 'is_stable = true'],
    'product at full precision': [(x: Tensor) => matmul(x, x.transpose()), [x], 'precision = [HIGHEST, HIGHEST]'],
    gather: [(x: Tensor) => take(x, int(1, 0), { axis: 1 }), [x], 'stablehlo.gather'],
    'scatter of maxima': [(x: Tensor) => segmentMax(x, int(0, 0), 1), [x], 'stablehlo.scatter'],
    move: [(x: Tensor) => x.transpose(), [x], 'stablehlo.transpose'],
    'random bits': [(k: Tensor) => uniform(k as never, [4]), [key(3)], 'stablehlo.xor'],
    'random booleans': [(k: Tensor) => bernoulli(k as never, [4]), [key(3)], 'tensor<4xi1>'],
    'unbounded loop': [(x: Tensor) => whileLoop((y: Tensor) => y.less(9), (y: Tensor) => y.mul(2), x).value, [tensor(1)], 'stablehlo.while'], // prettier-ignore
    'no elements': [(x: Tensor) => x.add(1), [zeros([0, 3])], 'dense<> : tensor<0x3xf32>'],
    bool: [(x: Tensor) => x.equal(0).equal(x.less(1)), [x], 'UNSIGNED'],
  }
  it.each(Object.entries(cases))('%s', (_, [f, args, has]) => {
    expect(textOf(f, ...args)).toContain(has)
  })
})

describe('constants', () => {
  it('are splats, ranges, short lists or bytes', () => {
    const text = textOf(
      (x: Tensor) => [x, ones([9]).mul(7), arange(2, 20, 3), tensor([[1, 2.5], [0.1, -0]]), tensor(data).astype('int32')], // prettier-ignore
      tensor(0),
    )
    expect(text).toContain('dense<7.0> : tensor<9xf32>')
    expect(text).toContain('stablehlo.iota dim = 0')
    expect(text).toContain('dense<[[1.0, 2.5], [0.1, -0.0]]> : tensor<2x2xf32>')
    expect(text).toContain('dense<"0x0300000001000000040000000100000005000000')
  })

  const data = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4]
})

describe('locations', () => {
  const graph = trace((x: Tensor) => tanh(x), tensor(1))

  it('are relative to the current folder', () => {
    expect(toStableHLO(graph)).toMatch(
      /^#loc1 = loc\("tanh"\("packages\/export\/test\/stablehlo\/module\.test\.ts":\d+:\d+\)\)$/m,
    )
  })

  it('hide where the root is, also of files outside of it', () => {
    const elsewhere = toStableHLO(graph, { root: '/no/such/folder' })
    expect(elsewhere).toMatch(/^#loc1 = loc\("tanh"\("module\.test\.ts":\d+:\d+\)\)$/m)
    for (const text of [toStableHLO(graph), elsewhere]) expect(text).not.toContain(process.cwd())
  })

  it('and names are escaped', () => {
    const text = toStableHLO(
      trace((o: Record<string, Tensor>) => o['"é\\'].neg(), { '"é\\': tensor(1) }),
      { name: 'a b' },
    )
    expect(text).toContain('module @"a b" {')
    expect(text).toContain(String.raw`{jax.arg_info = "args[0][\22\5C\22\C3\A9\5C\5C\22]"}`)
  })
})

describe('indices out of range', () => {
  const rows = (x: Tensor, i: Tensor) => take(x, i)

  it('are counted on demand', () => {
    const text = withoutLocations(toStableHLO(trace(rows, tensor([1, 2]), int(0, 5)), { checkIndices: true }))
    expect(text).toMatchInlineSnapshot(`
      "module @main {
        func.func public @main(%arg0: tensor<2xf32> {jax.arg_info = "args[0]"}, %arg1: tensor<2xi32> {jax.arg_info = "args[1]"}) -> (tensor<2xf32> {jax.result_info = "result"}, tensor<i32> {jax.result_info = "indices out of range"}) {
          %0 = stablehlo.constant dense<0> : tensor<i32>
          %1 = stablehlo.constant dense<0> : tensor<2xi32>
          %2 = stablehlo.compare LT, %arg1, %1, SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
          %3 = stablehlo.constant dense<2> : tensor<2xi32>
          %4 = stablehlo.compare GE, %arg1, %3, SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
          %5 = stablehlo.or %2, %4 : tensor<2xi1>
          %6 = stablehlo.convert %5 : (tensor<2xi1>) -> tensor<2xi32>
          %7 = stablehlo.reduce(%6 init: %0) applies stablehlo.add across dimensions = [0] : (tensor<2xi32>, tensor<i32>) -> tensor<i32>
          %8 = stablehlo.add %0, %7 : tensor<i32>
          %9 = "stablehlo.gather"(%arg0, %arg1) <{dimension_numbers = #stablehlo.gather<offset_dims = [], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>}> : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
          return %9, %8 : tensor<2xf32>, tensor<i32>
        }
      }
      "
    `)
  })

  it('are counted through loops, their conditions, and branches', () => {
    const f = (x: Tensor, i: Tensor) =>
      whileLoop(
        (y: Tensor) => take(y, i).less(9),
        (y: Tensor) =>
          cond(
            take(x, i).less(1),
            (z: Tensor) => z,
            (z: Tensor) => z.mul(2),
            y,
          ),
        x,
        { maxSteps: 4 },
      ).value
    const text = withoutLocations(
      toStableHLO(trace(f as never, tensor([1, 2]) as never, tensor(1, { dtype: 'int32' }) as never), {
        checkIndices: true,
      }),
    )
    expect(text).toContain('{jax.result_info = "indices out of range"}')
    expect(text.match(/"stablehlo\.gather"/g)).toHaveLength(3)
  })
})

it('refuses a kernel in JavaScript, and names the op and its line', () => {
  const opaque: DefinedOp = defineOp({
    name: 'mystery',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], output) => output.data.set(x.data),
    law: noGradient('it is a test'),
    domain: () => ({ inputs: [{ shape: [2] }], attributes: undefined }),
  })
  const graph = trace((x: Tensor) => opaque(x), tensor([1, 2]))
  expect(() => toStableHLO(graph)).toThrow(ExportError)
  expect(() => toStableHLO(graph)).toThrow(/\[mystery\] at .*module\.test\.ts:\d+:\d+/)
})
