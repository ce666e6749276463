import * as core from '@cotangent/core'
import type { DType, Tensor } from '@cotangent/core'
import {
  axesOf,
  beside,
  type Chooser,
  hasElements,
  indicesFrom,
  isFloat,
  joint,
  largest,
  largestContraction,
  narrowed,
  pair,
  sizeOf,
} from './graph-choices'
import { backend } from '../../src/backends/backend'
import { interpretedPrograms } from '../../src/backends/reference/loader'

/** One node of a random graph, or a few; undefined where nothing computed so far fits it. */
type Step = (choose: Chooser) => Tensor | undefined

type Unary = (x: Tensor) => Tensor
type Binary = (a: Tensor, b: Tensor) => Tensor

const unary = Object.fromEntries(
  (
    'abs ceil floor neg round sign trunc exp expm1 log log1p log2 reciprocal sqrt square acos acosh asin asinh atan atanh cos ' +
    'cosh erf erfc sin sinh tan tanh isFinite elu gelu leakyRelu relu sigmoid silu softplus step identity'
  )
    .split(' ')
    .map((name) => [name, core[name as 'abs'] as Unary]),
)
const cheap: readonly Unary[] = [core.neg, core.abs, core.relu, core.square, core.tanh, core.sigmoid, core.floor]
const arithmetic = [core.add, core.mul, core.sub, core.div, core.maximum, core.minimum] as readonly Binary[]
const comparisons = [
  ...[core.greater, core.greaterEqual, core.less, core.lessEqual, core.equal, core.notEqual],
] as readonly Binary[]
const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'bool']

const steps: Record<string, Step> = {
  unary: (choose) => choose.of(Object.values(unary))(choose.tensor()!),
  cheap: (choose) => choose.of(cheap)(choose.tensor()!),
  binary: (choose) => choose.of(arithmetic)(...pair(choose)),
  scalar: (choose) => choose.of(arithmetic)(choose.tensor()!, choose.of([2, 0, -1, 1, 3] as const) as never),
  pow: (choose) => core.pow(...pair(choose)) as Tensor,
  remainder: (choose) => {
    const [a, b] = pair(choose)
    return core.remainder(a, isFloat(a) || isFloat(b) ? b : core.maximum(core.abs(b), 1)) as Tensor
  },
  compare: (choose) => choose.of(comparisons)(...pair(choose)),
  logic: (choose) => {
    const [a, b] = pair(choose).map((x) => x.astype('bool'))
    return choose.of([core.and, core.or, (x: Tensor) => core.not(x)] as Binary[])(a, b)
  },
  where: (choose) => {
    const [a, b] = pair(choose)
    const condition = choose.tensor((x) => joint(joint(a.shape, b.shape)!, x.shape) !== undefined)!
    return core.where(condition.dtype === 'bool' ? condition : core.greater(condition, 0), a, b) as Tensor
  },
  clip: (choose) => core.clip(choose.tensor()!, -1, choose.of([1, 0, 2])),
  softmax: (choose) => {
    const x = choose.tensor((x) => x.rank > 0 && hasElements(x))
    return x && choose.of([core.softmax, core.logSoftmax])(x, { axis: choose.number(x.rank) })
  },
  reduce: (choose) => {
    const x = choose.tensor()!
    const options = { axis: axesOf(choose, x), keepDims: choose.number(2) === 1 }
    const total = [core.sum, core.sum, core.prod]
    const others = [core.max, core.min, core.mean, core.variance, core.logSumExp]
    return choose.of((hasElements(x) ? [...total, ...others] : total) as Binary[])(x, options as never)
  },
  position: (choose) => {
    const x = choose.tensor(hasElements)
    const axis = x && x.rank > 0 && choose.number(3) > 0 ? choose.number(x.rank) : undefined
    return x && choose.of([core.argmax, core.argmin])(x, { axis, keepDims: choose.number(2) === 1 })
  },
  matmul: (choose) => {
    const a = choose.tensor((x) => x.rank > 0)
    if (a === undefined) return undefined
    const m = a.rank > 1 ? (a.shape[a.rank - 2] as number) : 1
    const k = a.shape[a.rank - 1] as number
    const fits = (b: Tensor) => {
      if (b.rank === 0 || (b.rank === 1 ? b.shape[0] : b.shape[b.rank - 2]) !== k) return false
      const batch = joint(a.shape.slice(0, -2), b.shape.slice(0, -2))
      const n = b.rank > 1 ? b.shape[b.rank - 1] : 1
      return batch !== undefined && sizeOf(batch) * m * n * (k + 1) <= largestContraction
    }
    const b = choose.tensor(fits)
    if (b !== undefined && choose.number(3) > 0) return core.matmul(a, beside(a, b)) as Tensor
    // Where nothing fits: the tensor and itself, transposed.
    if (a.rank < 2 || a.size * Math.max(m, k) > largestContraction) return undefined
    const order = [...Array.from({ length: a.rank - 2 }, (_, axis) => axis), a.rank - 1, a.rank - 2]
    const transposed = core.transpose(a, order) as Tensor
    return (choose.number(2) === 0 ? core.matmul(a, transposed) : core.matmul(transposed, a)) as Tensor
  },
  transpose: (choose) => {
    const x = choose.tensor()!
    const order = Array.from({ length: x.rank }, (_, axis) => axis)
    for (let i = order.length - 1; i > 0; i--) {
      const j = choose.number(i + 1)
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    return core.transpose(x, choose.number(3) === 0 ? undefined : order) as Tensor
  },
  reshape: (choose) => {
    const x = choose.tensor()!
    const { shape, size } = x as { shape: readonly number[]; size: number }
    const kind = choose.number(5)
    if (kind === 0) return core.reshape(x, [size])
    if (kind === 1) return core.expandDims(x, choose.number(x.rank + 1)) as Tensor
    if (kind === 2) return core.squeeze(x) as Tensor
    if (kind === 3) return core.reshape(x, [...shape].reverse())
    const divisor = choose.of([2, 5, 13, 10].filter((each) => size % each === 0).concat(1))
    return core.reshape(x, [size / divisor, divisor])
  },
  flip: (choose) => {
    const x = choose.tensor()!
    return core.flip(x, axesOf(choose, x) as number)
  },
  slice: (choose) => {
    const x = choose.tensor((x) => x.rank > 0)
    return x && core.slice(x, ...(x.shape as number[]).map((size) => narrowed(choose, size)))
  },
  at: (choose) => {
    const x = choose.tensor((x) => x.rank > 0 && x.size > 0)
    const position = (size: number) => (choose.number(2) === 0 ? null : choose.number(2 * size) - size)
    return x && core.at(x, ...(x.shape as number[]).map(position))
  },
  pad: (choose) => {
    const x = choose.tensor()!
    const widths = (x.shape as number[]).map(() => [choose.number(3), choose.number(3)] as [number, number])
    const size = sizeOf((x.shape as number[]).map((each, axis) => each + widths[axis][0] + widths[axis][1]))
    return size > largest ? undefined : core.pad(x, widths, choose.of([0, 1]))
  },
  join: (choose) => {
    const a = choose.tensor()!
    const same = (x: Tensor) => x.rank === a.rank && (x.shape as number[]).every((size, axis) => size === a.shape[axis])
    const list = [a, ...Array.from({ length: 1 + choose.number(2) }, () => beside(a, choose.tensor(same)!))]
    if (list.length * a.size > largest) return undefined
    return choose.number(2) === 0 || a.rank === 0
      ? core.stack(list, { axis: choose.number(a.rank + 1) })
      : core.concat(list, { axis: choose.number(a.rank) })
  },
  broadcast: (choose) => {
    const x = choose.tensor((x) => x.size * 6 <= largest)
    if (x === undefined) return undefined
    const grown = (x.shape as number[]).map((size) => (size === 1 ? choose.of([3, 1, 2]) : size))
    const shape = [...choose.of([[], [2], [1], [0]]), ...grown]
    return sizeOf(shape) <= largest ? core.broadcastTo(x, shape) : undefined
  },
  take: (choose) => {
    const x = choose.tensor((x) => x.rank > 0 && hasElements(x))
    if (x === undefined) return undefined
    const axis = choose.number(x.rank)
    const indices = choose.tensor((i) => i.rank < 3 && (i.size * x.size) / x.shape[axis] <= largest)
    return indices && core.take(x, indicesFrom(indices, x.shape[axis]), { axis })
  },
  gather: (choose) => {
    const x = choose.tensor((x) => x.rank > 0 && hasElements(x))
    if (x === undefined) return undefined
    const axis = choose.number(x.rank)
    return core.gather(x, indicesFrom(choose.number(2) === 0 ? x : core.flip(x), x.shape[axis]), { axis })
  },
  oneHot: (choose) => {
    const x = choose.tensor((x) => x.size * 3 <= largest)
    return x && core.oneHot(indicesFrom(x, 3), 3, { dtype: choose.of(dtypes) })
  },
  line: (choose) => {
    const x = choose.tensor((x) => x.rank > 0)
    return x && choose.of([core.sort, core.argsort, core.cumsum])(x, { axis: choose.number(x.rank) })
  },
  cast: (choose) => choose.tensor()!.astype(choose.of(dtypes)),
  random: (choose) => {
    const from = choose.tensor((x) => x.dtype === 'int32' && x.rank === 1 && x.shape[0] === 2)! as core.Key
    const shape = choose.tensor((x) => x.size <= 2000)!.shape as number[]
    const dtype = choose.of(['float32', 'float64'] as const)
    switch (choose.number(5)) {
      case 0:
        return core.uniform(from, shape, { dtype, max: choose.of([1, 3]) })
      case 1:
        return core.normal(from, shape, { dtype })
      case 2:
        return core.bernoulli(from, shape, { probability: 0.3 })
      case 3:
        return core.permutation(from, 1 + choose.number(20))
      default:
        return core.splitKey(from)[choose.number(2)]
    }
  },
  stop: (choose) => core.stopGradient(choose.tensor()!),
  checkpoint: (choose) => {
    const [f, g] = [choose.of(cheap), choose.of(arithmetic)]
    return core.checkpoint((a: Tensor, b: Tensor) => f(g(a, f(b))))(...pair(choose))
  },
  custom: (choose) => {
    const f = choose.of(cheap)
    const square = core.customGradient((a: Tensor) => ({ value: f(a.mul(a)), pullback: (g: Tensor) => [g.mul(a)] }))
    const x = choose.tensor(isFloat)
    return x && square(x)
  },
  inner: (choose) => {
    const [f, g] = [choose.of(cheap), choose.of(arithmetic)]
    const x = choose.tensor(isFloat)
    return x && core.grad((a: Tensor) => core.sum(g(f(a), a)), { disconnected: 'zeros' })(x)
  },
  nested: (choose) => {
    const [f, g] = [choose.of(cheap), choose.of(arithmetic)]
    const h = (a: Tensor, b: Tensor) => g(f(a), b)
    // Either is a region, whose cotangents are added up before those of other users of its inputs.
    return (backend().loader === interpretedPrograms ? core.checkpoint(h) : core.compile(h))(...pair(choose))
  },
}

/** Kinds of node, the common ones more often. */
export const kinds: readonly string[] = [
  ...Object.keys(steps),
  ...[
    'cheap',
    'cheap',
    'binary',
    'binary',
    'binary',
    'scalar',
    'unary',
    'unary',
    'reduce',
    'reduce',
    'matmul',
    'transpose',
  ],
]

/** A node to be, by the numbers that choose what is left open. */
export interface DrawnStep {
  readonly kind: string
  readonly picks: readonly number[]
}

/** Adds a node to the tensors computed so far, if it can be. */
export function take({ kind, picks }: DrawnStep, pool: Tensor[]): void {
  let next = 0
  const number = (count: number) => picks[next++ % picks.length] % Math.max(count, 1)
  const choose: Chooser = {
    number,
    of: (list) => list[number(list.length)],
    tensor(fits = () => true) {
      const fitting = pool.filter(fits).reverse()
      // Three times in four one of the last, so that graphs become deep.
      return fitting[number(number(4) === 3 ? fitting.length : Math.min(3, fitting.length))]
    },
  }
  try {
    const result = steps[kind](choose)
    if (result !== undefined && result.size <= largest) pool.push(result)
  } catch (error) {
    // Types decide, not values: it is left out of every run alike.
    if (!(error instanceof core.DTypeError)) throw error
  }
}
