import { jvp, sum, tensor, type Tensor, trace, vjp } from '@cotangent/core'
import fc from 'fast-check'
import { type Case, drawCase, type Subject } from './subject'

/** A law that did not hold, on the smallest case found. */
export interface Failure {
  readonly subject: string
  readonly law: string
  readonly detail: string
}

/** Says what is wrong, or nothing where the law holds. */
type Law = (given: Case) => string | undefined

const numbers = (x: Tensor) => Array.from(x.data)
const inner = (a: Tensor, b: Tensor) => numbers(a).reduce((total, each, i) => total + each * b.data[i], 0)
const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${(shape as number[]).join(', ')}]`
const one = tensor(1, { dtype: 'float64' })

function sameBits(what: string, got: Tensor, expected: Tensor): string | undefined {
  if (typeOf(got) !== typeOf(expected))
    return `${what} has the type ${typeOf(got)}, the plain value ${typeOf(expected)}`
  const at = numbers(got).findIndex((value, i) => !Object.is(value, expected.data[i]))
  return at < 0 ? undefined : `${what} has ${got.data[at]} at ${at}, the plain value ${expected.data[at]}`
}

function isDifferentiable({ subject, xs, f }: Case): boolean {
  return subject.law?.kind !== 'constant' && xs.length > 0 && f(...xs).dtype === 'float64'
}

/** `Σᵢ <uᵀJᵢ, wᵢ>`: a scalar function of the inputs whose derivative is of second order. */
function pulledBack({ f }: Case, u: Tensor, w: readonly Tensor[]): (...xs: readonly Tensor[]) => Tensor {
  return (...xs) => {
    const cotangents = vjp(f, ...xs)[1](u)
    return cotangents.map((each, i) => sum(each.mul(w[i]))).reduce((a, b) => a.add(b))
  }
}

const step = 1e-3

/**
 * The derivative of `g` at 0 by central differences, D(h) and D(h/2), extrapolated to (4 D(h/2) - D(h)) / 3. Its error is
 * h⁴/480 |g⁽⁵⁾| by truncation, 2e-15 |g⁽⁵⁾| for h = 1e-3, and a few u |g| / h = 1e-13 |g| by rounding. On the declared domains
 * fifth derivatives stay below 1e6.
 */
function difference(g: (t: number) => number): number {
  const central = (h: number) => (g(h) - g(-h)) / (2 * h)
  return (4 * central(step / 2) - central(step)) / 3
}

const differenceTolerance = 1e-8

function close(what: string, got: number, expected: number, scale: number, tolerance: number): string | undefined {
  const error = Math.abs(got - expected) / (1 + scale)
  return error <= tolerance
    ? undefined
    : `${what}: ${got}, expected ${expected} (relative error ${error.toExponential(1)})`
}

const along = (xs: readonly Tensor[], directions: readonly Tensor[], t: number) =>
  xs.map((x, i) => x.add(directions[i].mul(t)))

const magnitude = (a: Tensor, b: Tensor) => numbers(a).reduce((total, each, i) => total + Math.abs(each * b.data[i]), 0)

/** What gives a dtype of its own whatever it is given; the graph that `checkpoint` is tested with is a float64 one. */
const ownDType = new Set(['toFloat32', 'toFloat64', 'astype', 'oneHot', 'checkpoint'])

/** The laws, by what they say. */
export const laws: Readonly<Record<string, Law>> = {
  'the value under a transform is the plain value, bit for bit'({ f, xs, like }) {
    const plain = f(...xs)
    return (
      sameBits('the value traced and run', trace(f, ...xs).run(...xs) as Tensor, plain) ??
      (xs.length === 0
        ? undefined
        : (sameBits('the value under vjp', vjp(f, ...xs)[0], plain) ??
          sameBits('the value under jvp', jvp(f, xs, xs.map(like))[0], plain)))
    )
  },

  'cotangents have the types of their inputs, and tangents those of the outputs'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const [out, pullback] = vjp(f, ...xs)
    const cotangents = pullback(like(out))
    if (cotangents.length !== xs.length) return `${cotangents.length} cotangents for ${xs.length} inputs`
    const odd = cotangents.findIndex((each, i) => typeOf(each) !== typeOf(xs[i]))
    if (odd >= 0) return `the cotangent of input ${odd} is ${typeOf(cotangents[odd])}, the input ${typeOf(xs[odd])}`
    const [, tangent] = jvp(f, xs, xs.map(like))
    return typeOf(tangent) === typeOf(out) ? undefined : `the tangent is ${typeOf(tangent)}, the output ${typeOf(out)}`
  },

  '<u, J v> = <Jᵀ u, v>'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const v = xs.map(like)
    const [out, tangent] = jvp(f, xs, v)
    const u = like(out)
    const cotangents = vjp(f, ...xs)[1](u)
    const right = cotangents.reduce((total, each, i) => total + inner(each, v[i]), 0)
    const scale = cotangents.reduce((total, each, i) => total + magnitude(each, v[i]), magnitude(u, tangent))
    // Two orders of at most a few hundred roundings of one sum.
    return close('<u, J v>', inner(u, tangent), right, scale, 1e-13)
  },

  'Jᵀ u is the derivative of <u, f>, input by input'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const [out, pullback] = vjp(f, ...xs)
    const u = like(out)
    const cotangents = pullback(u)
    for (const [i, x] of xs.entries()) {
      const v = like(x)
      const expected = difference((t) => inner(u, f(...xs.with(i, x.add(v.mul(t))))))
      const wrong = close(
        `the cotangent of input ${i} along a direction`,
        inner(cotangents[i], v),
        expected,
        Math.abs(expected),
        differenceTolerance,
      )
      if (wrong !== undefined) return wrong
    }
    return undefined
  },

  'J v is the derivative of f along v, entry by entry'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const v = xs.map(like)
    const [, tangent] = jvp(f, xs, v)
    for (const [i, got] of numbers(tangent).entries()) {
      const expected = difference((t) => f(...along(xs, v, t)).data[i])
      const wrong = close(`entry ${i} of the tangent`, got, expected, Math.abs(expected), differenceTolerance)
      if (wrong !== undefined) return wrong
    }
    return undefined
  },

  'second derivatives are the derivatives of the first, in both modes'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const u = like(f(...xs))
    const [v, w] = [xs.map(like), xs.map(like)]
    const g = pulledBack(given, u, w)
    const expected = difference((t) => g(...along(xs, v, t)).item())
    const [, forward] = jvp(g, xs, v)
    // Where the first derivative is constant no path leads to it, and its gradient is zero.
    const backward = vjp(g, ...xs)[1](one).reduce((total, each, i) => total + inner(each, v[i]), 0)
    return (
      close('forward over reverse mode', forward.item(), expected, Math.abs(expected), 10 * differenceTolerance) ??
      close('reverse over reverse mode', backward, expected, Math.abs(expected), 10 * differenceTolerance)
    )
  },

  'the gradient traces, and runs to the same bits'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const u = like(f(...xs))
    const gradient = (...ys: Tensor[]) => vjp(f, ...ys)[1](u)
    const eager = gradient(...xs)
    const traced = trace(gradient, ...xs).run(...xs) as Tensor[]
    return traced
      .map((each, i) => sameBits(`the traced gradient of input ${i}`, each, eager[i]))
      .find((each) => each !== undefined)
  },

  'an input given twice gets the sum of both cotangents'(given) {
    const { f, xs, like } = given
    if (!isDifferentiable(given) || xs.length < 2) return undefined
    const fits = xs.every((x) => typeOf(x) === typeOf(xs[0]))
    if (!fits) return undefined
    const shared = f(...xs.map(() => xs[0]))
    if (!numbers(shared).every(Number.isFinite)) return undefined
    const u = like(shared)
    const [together] = vjp((x: Tensor) => f(...xs.map(() => x)), xs[0])[1](u)
    const apart = vjp(f, ...xs.map(() => xs[0]))[1](u)
    const wrong = numbers(together).findIndex((each, i) => {
      const terms = apart.map((cotangent) => cotangent.data[i])
      const total = terms.reduce((a, b) => a + b, 0)
      const scale = terms.reduce((a, b) => a + Math.abs(b), 0)
      return close('', each, total, scale, 1e-14) !== undefined
    })
    return wrong < 0 ? undefined : `entry ${wrong} of the gradient is ${together.data[wrong]}`
  },

  'float32 in, float32 out: value within its rounding, gradients of the same dtype'(given) {
    const { subject, inputs, attributes, floats } = given
    if (ownDType.has(subject.name)) return undefined
    // Both precisions start from numbers that float32 holds exactly, so that only what happens inside differs.
    const single = inputs.map((x) => (x.dtype === 'float64' ? x.astype('float32') : x))
    const double = single.map((x) => (x.dtype === 'float32' ? x.astype('float64') : x))
    const f = (...xs: Tensor[]) =>
      subject.call(
        single.map((x, i) => (floats.includes(i) ? xs[floats.indexOf(i)] : x)),
        attributes,
      )
    const got = f(...floats.map((i) => single[i]))
    const expected = f(...floats.map((i) => double[i]))
    if (floats.length === 0 || expected.dtype !== 'float64') return undefined
    if (got.dtype !== 'float32') return `float32 inputs gave ${got.dtype}`
    if (subject.law?.kind !== 'constant') {
      const cotangents = vjp(f, ...floats.map((i) => single[i]))[1](got)
      const odd = cotangents.findIndex((each) => each.dtype !== 'float32')
      if (odd >= 0) return `the gradient of float32 input ${odd} is ${cotangents[odd].dtype}`
    }
    // Every op here is at most a few dozen instructions on each of n combined elements. Each rounding perturbs what comes
    // before it by u relatively, so that the error is at most (n + 32) u times the largest magnitude that can occur: that
    // of the inputs raised through a condition below 100 on the declared domains.
    const n = Math.max(1, ...inputs.map((x) => x.size))
    const scale = Math.max(1, ...numbers(expected).map(Math.abs))
    const bound = (n + 32) * 2 ** -24 * 100 * scale
    const wrong = numbers(got).findIndex((value, i) => Math.abs(value - expected.data[i]) > bound)
    return wrong < 0
      ? undefined
      : `entry ${wrong} is ${got.data[wrong]} in float32 and ${expected.data[wrong]} in float64`
  },

  'what is stated to be linear, bilinear or constant is'({ subject, f, xs, floats, like }) {
    const kind = subject.law?.kind
    if (kind === 'constant') {
      if (xs.length === 0) return undefined
      const moved = f(...xs.map((x) => x.add(like(x).mul(1e-6))))
      // What passes values on, as stopGradient does, is constant by decree.
      return subject.name === 'stopGradient' ? undefined : sameBits('the value near by', moved, f(...xs))
    }
    if (kind !== 'linear' && kind !== 'bilinear') return undefined
    const groups = kind === 'bilinear' ? xs.map((_, i) => [i]) : [floats.map((_, i) => i)]
    for (const group of groups) {
      const others = xs.map((x, i) => (group.includes(i) ? like(x) : x))
      const mixed = f(...xs.map((x, i) => (group.includes(i) ? x.mul(2).sub(others[i].mul(3)) : x)))
      const expected = f(...xs)
        .mul(2)
        .sub(f(...others).mul(3))
      const wrong = numbers(mixed).findIndex(
        (value, i) => close('', value, expected.data[i], Math.abs(expected.data[i]) + 10, 1e-14 * 64) !== undefined,
      )
      if (wrong >= 0)
        return `f(2x - 3y) has ${mixed.data[wrong]} at ${wrong}, 2 f(x) - 3 f(y) has ${expected.data[wrong]}`
    }
    return undefined
  },
}

/** Holds every law (or those named) against a subject on drawn cases; each failure is shrunk to its smallest case. */
export function checkLaws(
  subject: Subject,
  {
    runs = 25,
    only = Object.keys(laws),
    shrink = true,
  }: { runs?: number; only?: readonly string[]; shrink?: boolean } = {},
): Failure[] {
  return only.flatMap((law) => {
    let detail = ''
    const property = fc.property(fc.gen(), (g) => {
      const given = drawCase(subject, g)
      detail = ''
      try {
        detail = laws[law](given) ?? ''
      } catch (error) {
        detail = `threw ${String(error)}`
      }
      if (detail !== '')
        detail += `; inputs ${given.inputs.map(String).join(', ')}, attributes ${JSON.stringify(given.attributes)}`
      return detail === ''
    })
    const { failed, seed, counterexamplePath } = fc.check(property, {
      numRuns: runs,
      endOnFailure: !shrink,
      interruptAfterTimeLimit: 10_000,
    })
    return failed
      ? [{ subject: subject.name, law, detail: `${detail} (seed ${seed}, path ${counterexamplePath})` }]
      : []
  })
}
