import { CotangentError, formatIndex, jvp, trace, type Tensor, vjp } from '@cotangent/core'
import { compareDerivatives } from '../compare'
import type { Effort } from '../comparison'
import { derivativeOf } from '../derivative'
import { graphSubject } from '../graph-subject'
import { kernelFailures } from '../kernels'
import { numbersFrom } from '../random'
import { isFloat } from '../replay'
import { describeFinding } from '../words'
import { statementLaw } from './statements'
import type { Case } from './subject'

/** Says what is wrong, or nothing where the law holds. */
export type LawCheck = (given: Case) => string | undefined

const numbers = (x: Tensor) => Array.from(x.data)
const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${(shape as number[]).join(', ')}]`

function sameBits(what: string, got: Tensor, expected: Tensor): string | undefined {
  if (typeOf(got) !== typeOf(expected))
    return `${what} has the type ${typeOf(got)}, the plain value ${typeOf(expected)}`
  const at = numbers(got).findIndex((value, i) => !Object.is(value, expected.data[i]))
  if (at < 0) return undefined
  const index = formatIndex(at, expected.shape as number[])
  return `${what} is ${got.data[at]} at ${index}, the plain value ${expected.data[at]}`
}

function isDifferentiable({ subject, xs, f }: Case): boolean {
  return subject.law?.kind !== 'none' && xs.length > 0 && isFloat(f(...xs))
}

/** Runs a comparison that needs forward mode, which an op may lack: that it says so is all that is asked. */
function whereForward(check: () => string | undefined): string | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'pullback-not-linear') return undefined
    throw error
  }
}

const effort: Effort = { tolerance: 1e-7, everyEntryUpTo: 32, decades: 2, directions: 1, samples: 1 }

/** Compares the derivative of a function of tensors with differences; the first thing that is wrong, in words. */
function compare(f: (...xs: Tensor[]) => unknown, xs: readonly Tensor[], given: Case): string | undefined {
  const { random, subject: checked } = given
  const subject = { ...graphSubject(trace(f, ...xs), xs), isStrict: checked.law?.kind === 'elementwise' }
  const { findings, forward, threw } = compareDerivatives(subject, random, effort)
  if (threw !== undefined) throw threw
  const failure = findings.find(({ verdict }) => verdict === 'fail')
  if (failure === undefined) return forward
  const { shape } = xs[failure.input]
  const at = failure.entries.length === 1 ? ` at ${formatIndex(failure.entries[0], shape as number[])}` : ''
  return `the cotangent of input ${failure.input}${at}: ${describeFinding(failure)}`
}

/** The laws, by what they say. */
export const laws = {
  'the value under a transform is the plain value, bit for bit'({ f, xs, like }) {
    const plain = f(...xs)
    const traced = sameBits('the value traced and run', trace(f, ...xs).run(...xs) as Tensor, plain)
    if (traced !== undefined || xs.length === 0) return traced
    return (
      sameBits('the value under vjp', vjp(f, ...xs)[0], plain) ??
      whereForward(() => sameBits('the value under jvp', jvp(f, xs, xs.map(like))[0], plain))
    )
  },

  'a kernel gives the same bits again, writes to its output only, and lets go of it'({ f, xs }) {
    return xs.length === 0 ? undefined : kernelFailures(trace(f, ...xs), xs)[0]?.detail
  },

  'cotangents have the types of their inputs, and tangents those of the outputs'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const [out, pullback] = vjp(f, ...xs)
    const cotangents = pullback(like(out))
    const odd = cotangents.findIndex((each, i) => typeOf(each) !== typeOf(xs[i]))
    if (odd >= 0) return `the cotangent of input ${odd} is ${typeOf(cotangents[odd])}, the input ${typeOf(xs[odd])}`
    return whereForward(() => {
      const [, tangent] = jvp(f, xs, xs.map(like))
      return typeOf(tangent) === typeOf(out)
        ? undefined
        : `the tangent is ${typeOf(tangent)}, the output ${typeOf(out)}`
    })
  },

  'reverse mode agrees with differences, and forward mode with reverse mode'(given) {
    return isDifferentiable(given) ? compare(given.f, given.xs, given) : undefined
  },

  'second derivatives agree with differences of the first, in both modes'(given) {
    if (!isDifferentiable(given)) return undefined
    const gradient = derivativeOf(given.f as (...args: any[]) => unknown, given.random)
    return compare(gradient, given.xs, given)
  },

  'an input given several times gets the sum of the cotangents, and that is the derivative'(given) {
    const { f, xs } = given
    if (!isDifferentiable(given) || xs.length < 2 || !xs.every((x) => typeOf(x) === typeOf(xs[0]))) return undefined
    const shared = (x: Tensor) => f(...xs.map(() => x))
    return numbers(shared(xs[0])).every(Number.isFinite) ? compare(shared, [xs[0]], given) : undefined
  },

  'the gradient traces, and runs to the same bits'(given) {
    if (!isDifferentiable(given)) return undefined
    const { f, xs, like } = given
    const u = like(f(...xs))
    const gradient = (...ys: Tensor[]) => vjp(f, ...ys)[1](u)
    const eager = gradient(...xs)
    const traced = trace(gradient, ...xs).run(...xs) as Tensor[]
    return traced.map((each, i) => sameBits(`the traced gradient of input ${i}`, each, eager[i])).find(Boolean)
  },

  'float32 in, float32 out: value within its rounding, gradients of the same dtype'(given) {
    const { subject, inputs, attributes, floats, isPlain } = given
    if (subject.fixedDType || !isPlain || floats.length === 0) return undefined
    // Both precisions start from numbers that float32 holds exactly, so that only what happens inside differs.
    const single = inputs.map((x) => (isFloat(x) ? (x.astype('float32') as Tensor) : x))
    const isDouble = isFloat(inputs[floats[0]]) && inputs[floats[0]].dtype === 'float64'
    const call = (xs: readonly Tensor[]) =>
      subject.call(
        single.map((x, i) => (floats.includes(i) ? xs[floats.indexOf(i)] : x)),
        attributes,
      )
    const chosen = floats.map((i) => single[i])
    const got = call(chosen)
    if (!isFloat(got)) return undefined
    if (got.dtype !== 'float32') return `float32 inputs gave ${got.dtype}`
    if (subject.law?.kind !== 'constant' && subject.law?.kind !== 'none') {
      const cotangents = vjp((...xs: Tensor[]) => call(xs), ...chosen)[1](got)
      const odd = cotangents.findIndex((each) => each.dtype !== 'float32')
      if (odd >= 0) return `the gradient of float32 input ${odd} is ${cotangents[odd].dtype}`
    }
    return isDouble ? farApart(got, call(chosen.map((x) => x.astype('float64') as Tensor)), inputs) : undefined
  },

  'what is stated to be linear, bilinear or constant is': statementLaw,
} satisfies Record<string, LawCheck>

/**
 * An op is at most a few dozen instructions on each of n combined elements. Each rounding perturbs what comes before it by u
 * relatively, so that the error is at most (n + 32) u times the largest magnitude that can occur: that of the output, raised
 * through a condition below 100 on a domain as declared.
 */
function farApart(got: Tensor, expected: Tensor, inputs: readonly Tensor[]): string | undefined {
  const n = Math.max(1, ...inputs.map((x) => x.size))
  const scale = Math.max(1, ...numbers(expected).map(Math.abs))
  const bound = (n + 32) * 2 ** -24 * 100 * scale
  const wrong = numbers(got).findIndex((value, i) => Math.abs(value - expected.data[i]) > bound)
  if (wrong < 0) return undefined
  const index = formatIndex(wrong, got.shape as number[])
  return `the value at ${index} is ${got.data[wrong]} in float32 and ${expected.data[wrong]} in float64`
}

export type LawName = keyof typeof laws

/** A fresh stream for the directions of one law, so that laws do not depend on which others are held. */
export function forLaw(given: Case, law: LawName): Case {
  const random = numbersFrom(given.seed + 17 * Object.keys(laws).indexOf(law) + 1)
  return { ...given, random }
}
