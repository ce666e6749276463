import {
  cos,
  customGradient,
  type DefinedOp,
  defineOp,
  type Domain,
  equal,
  exp,
  type Law,
  linear,
  matmul,
  sin,
  stopGradient,
  sub,
  tanh,
  tensor,
  type Tensor,
  transpose,
  vjpRule,
  where,
} from '@cotangent/core'
import { product } from '../product'

/** A planted mistake, and where it shows. */
export interface Mistake {
  readonly op: ((...inputs: any[]) => Tensor) & { readonly op?: { readonly name: string } }
  readonly args: readonly Tensor[]
  /** A pattern that the report must match. */
  readonly says?: RegExp
  /** The order of derivative that shows it. */
  readonly order?: number
  /** The smallest case that shows it, for a mistake that needs many elements. */
  readonly elements?: number
  /** The op to blame. Default: the op itself. */
  readonly blames?: string
  /** Whether the op is used alone, and not in the middle of a function. */
  readonly f?: (...inputs: any[]) => Tensor
}

type Numbers = { [index: number]: number; readonly length: number }
type Rule = (g: Tensor, inputs: readonly Tensor[], output: Tensor) => readonly (Tensor | null)[]

const shaped =
  (count: number): Domain =>
  (draw) => {
    const shape = draw.shape()
    return { inputs: Array.from({ length: count }, () => ({ shape })), attributes: undefined }
  }
const vectors: Domain = (draw) => ({
  inputs: [{ shape: draw.shape({ minRank: 1, maxRank: 1, minSize: 1 }) }],
  attributes: undefined,
})

/** An op with an elementwise kernel. */
function perElement(name: string, inputs: number, f: (...values: number[]) => number, law: Law): DefinedOp {
  return defineOp({
    name,
    inputs,
    infer: ([x]) => x,
    kernel: (given, y) => y.data.forEach((_, i) => (y.data[i] = f(...given.map(({ data }) => data[i])))),
    law,
    domain: shaped(inputs),
  })
}

/** An op with a kernel on a vector. */
function onVector(name: string, kernel: (x: Numbers, y: Numbers) => void, transpose: (g: Tensor) => Tensor): DefinedOp {
  return defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => kernel(x.data, y.data),
    law: linear({ transpose: (g) => [transpose(g)] }),
    domain: vectors,
  })
}

const rule = (pullback: Rule, more: object = {}): Law =>
  vjpRule({ pullback: ([g], { inputs, output }) => pullback(g, inputs, output), ...more })
const cube = (v: number) => v ** 3
const slope = (x: Tensor) => x.square().mul(3) as Tensor
const doubled = (x: Numbers, y: Numbers) => Array.from(x).forEach((value, i) => (y[i] = 2 * value))
const twice = (g: Tensor) => g.mul(2) as Tensor

const x = [tensor([0.3, -0.8, 1.2])]
const pair = [tensor([0.3, -0.8]), tensor([1.3, 0.4])]
const square = [
  tensor([
    [0.3, -0.8],
    [0.2, 0.5],
  ]),
  tensor([
    [1.3, 0.4],
    [-0.2, 0.9],
  ]),
]
const custom = (name: string, body: (...inputs: any[]) => any) =>
  customGradient(body, { name }) as (...inputs: any[]) => Tensor
const tiedUse = (op: DefinedOp) => (v: Tensor) => {
  const h = tanh(v)
  return op(h, h).sum().tanh() as Tensor
}
const tiedByIdentity = perElement(
  'tied',
  2,
  (a, b) => a + 2 * b,
  rule((g, [a, b]) => (a === b ? [g.mul(3), g.mul(3)] : [g, g.mul(2)])),
)

const slopeOfSine = custom('slopeOfSine', (g: Tensor, v: Tensor) => ({
  value: g.mul(cos(v)),
  pullback: (h: Tensor) => [h.mul(cos(v)), h.mul(g).mul(sin(v))],
}))

/** Mistakes by kind. Each stands for similar ones. */
export const mistakes: Record<string, Mistake> = {
  'a wrong sign': {
    op: perElement(
      'sign',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(v)).neg()]),
    ),
    args: x,
    says: /the sign of all 3 entries is wrong/,
  },
  'a factor': {
    op: perElement(
      'factor',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(v)).mul(2.5)]),
    ),
    args: x,
    says: /all 3 entries are 2\.5 times what they should be/,
  },
  'a zero': {
    op: perElement(
      'nothing',
      1,
      cube,
      rule((g) => [g.mul(0)]),
    ),
    args: x,
    says: /all 3 entries are zero/,
  },
  'a rule that clips the cotangent': {
    op: perElement(
      'clipped',
      1,
      cube,
      rule((g, [v]) => [g.clip(-1, 1).mul(slope(v))]),
    ),
    args: x,
    f: (v) => mistakes['a rule that clips the cotangent'].op(v).sum().mul(9) as Tensor,
    says: /not linear in the cotangent/,
  },
  'negative numbers': {
    op: perElement(
      'negative',
      1,
      (v) => v * v,
      rule((g, [v]) => [g.mul(v.abs()).mul(2)]),
    ),
    args: x,
    says: /1 of 3 entries are wrong, where the input is negative/,
  },
  'swapped arguments': {
    op: perElement(
      'swapped',
      2,
      (a, b) => a * b * b,
      rule((g, [a, b]) => [g.mul(a).mul(b).mul(2), g.mul(b).mul(b)]),
    ),
    args: pair,
    says: /the cotangents of input 0 and input 1 are swapped/,
  },
  'one argument of two': {
    op: perElement(
      'second',
      2,
      (a, b) => a * b,
      rule((g, [a, b]) => [g.mul(b), g.mul(a).mul(2)]),
    ),
    args: pair,
    says: /input 0 is right/,
  },
  'a transpose': {
    op: product((g, b) => {
      const right = matmul(g, transpose(b))
      return right.shape[0] === right.shape[1] ? transpose(right) : right
    }),
    args: square,
    says: /it equals its transpose; input 1 is right/,
    elements: 6,
  },
  'the order of entries': {
    op: onVector(
      'reversed',
      (v, y) => Array.from(v).forEach((value, i) => (y[v.length - 1 - i] = value)),
      (g) => g,
    ),
    args: x,
    says: /its entries are in reverse order/,
  },
  'forward mode': {
    op: perElement(
      'forward',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(v))], {
        jvp: ([t]: Tensor[], { inputs: [v] }: { inputs: Tensor[] }) => [t.mul(slope(v)).mul(1.001)],
      }),
    ),
    args: x,
    says: /reverse mode is right, forward mode is wrong/,
  },
  'forward mode that detaches': {
    op: perElement(
      'detachedTangent',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(v))], {
        jvp: ([t]: Tensor[], { inputs: [v] }: { inputs: Tensor[] }) => [t.mul(stopGradient(slope(v)))],
      }),
    ),
    args: x,
    order: 2,
    says: /stopGradient in a derivative rule/,
  },
  'a value that is detached': {
    op: perElement(
      'detached',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(stopGradient(v)))]),
    ),
    args: x,
    order: 2,
    says: /stopGradient in a derivative rule/,
  },
  'a save that is detached, through ops': {
    op: custom('saved', (v: Tensor) => {
      const y = tanh(v)
      const s = stopGradient(y).reshape([-1]).reshape(y.shape)
      return { value: y, pullback: (g: Tensor) => [g.mul(sub(1, s.mul(s)))] }
    }),
    args: x,
    order: 2,
    says: /stopGradient in a derivative rule/,
  },
  'a jvp whose factor is detached': {
    op: custom('factored', (v: Tensor) => ({
      value: exp(v),
      pullback: (g: Tensor) => [g.mul(exp(v))],
      jvp: (t: Tensor) => t.mul(stopGradient(exp(v)).mul(1)),
    })),
    args: x,
    order: 2,
    says: /stopGradient in a derivative rule/,
  },
  'ties by value': {
    op: perElement(
      'tiedValues',
      2,
      (a, b) => a * b,
      rule((g, [a, b]) => [where(equal(a, b), 0, g.mul(b)), g.mul(a)]),
    ),
    args: [x[0], x[0].mul(1)],
    says: /the rule is wrong for ties/,
  },
  'one tensor given twice': { op: tiedByIdentity, args: x, f: tiedUse(tiedByIdentity), says: /inputs 0 and 1, tied,/ },
  'float32 alone': {
    op: perElement(
      'single',
      1,
      cube,
      rule((g, [v]) => [g.mul(slope(v)).mul(v.dtype === 'float32' ? 1.0002 : 1)]),
    ),
    args: x,
    says: /in float32 and/,
  },
  'the value in float32': {
    op: defineOp({
      name: 'singleValue',
      inputs: 1,
      infer: ([v]) => v,
      kernel: ([v], y) => v.data.forEach((value, i) => (y.data[i] = value * (v.dtype === 'float32' ? 2.0004 : 2))),
      law: linear({ transpose: (g) => [g.mul(2)] }),
      domain: shaped(1),
    }),
    args: x,
    says: /the value at .* in float32 and/,
  },
  'float64 in and float32 out': {
    op: defineOp({
      name: 'narrowing',
      inputs: 1,
      infer: ([v]) => ({ shape: v.shape, dtype: 'float32' }),
      kernel: ([v], y) => v.data.forEach((value, i) => (y.data[i] = 2 * value)),
      law: rule((g, [v]) => [g.astype(v.dtype).mul(2)]),
      domain: shaped(1),
    }),
    args: [tensor([0.3, 0.1], { dtype: 'float64' })],
    says: /float32 for float64/,
  },
  'what lies beyond an axis of 16': {
    op: onVector('beyond', doubled, (g) => (g.size > 16 ? g.mul(2.01) : twice(g)) as Tensor),
    args: [tensor(Float64Array.from({ length: 40 }, (_, i) => Math.sin(i)))],
    elements: 70,
  },
  'a kernel that sorts its input': {
    op: onVector(
      'sorting',
      (v, y) => {
        ;(v as Float64Array).sort()
        doubled(v, y)
      },
      twice,
    ),
    args: [tensor([3, 1, 2], { dtype: 'float64' })],
    says: /writes to its inputs/,
  },
  'a kernel that writes in float32 alone': {
    op: onVector(
      'writing',
      (v, y) => {
        doubled(v, y)
        if (v instanceof Float32Array) v.fill(0)
      },
      twice,
    ),
    args: x,
    says: /writes to its inputs/,
  },
  'the second derivative, in a custom gradient that a rule applies': {
    op: custom('outer', (v: Tensor) => ({ value: sin(v), pullback: (g: Tensor) => [slopeOfSine(g, v)] })),
    args: x,
    order: 2,
    says: /slopeOfSine, in the rule of outer: .*\n.*the sign of all 3 entries is wrong; argument 0 is right/,
    blames: 'slopeOfSine',
  },
}
