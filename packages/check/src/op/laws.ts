import { CotangentError, formatIndex, type Graph, jvp, trace, type Tensor, vjp } from '@cotangent/core'
import { compareDerivatives } from '../gradients/compare'
import type { Effort } from '../gradients/comparison'
import { type AnyFunction, derivativeOf, tangentOf } from '../gradients/derivative'
import { graphSubject } from '../graph/subject'
import { kernelFailures } from '../graph/kernels'
import { isRoundedToSingle, moved } from '../graph/narrowing'
import { numbersFrom } from '../numeric/random'
import { isFloat, widened } from '../graph/evaluate'
import { singleDifference } from '../gradients/single-precision'
import { describeFinding, listed } from '../gradients/wording'
import { statementLaw } from './statements'
import type { Case, OpSubject } from './subject'

/** Nothing to say: the law does not apply to a case, or nothing could be compared there. */
export type Silence = 'not applicable' | 'not comparable'

/** Says what is wrong, or nothing where the law holds. */
export type LawCheck = (given: Case) => { readonly wrong: string } | Silence | undefined

const notApplicable = 'not applicable'

const numbers = (x: Tensor) => Array.from(x.data)
const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

function sameBits(what: string, got: Tensor, expected: Tensor): string | undefined {
  if (typeOf(got) !== typeOf(expected))
    return `${what} has the type ${typeOf(got)}, the plain value ${typeOf(expected)}`
  const at = numbers(got).findIndex((value, i) => !Object.is(value, expected.data[i]))
  if (at < 0) return undefined
  const index = formatIndex(at, expected.shape)
  return `${what} is ${got.data[at]} at ${index}, the plain value ${expected.data[at]}`
}

/** A message as what a law says. */
function said(wrong: string | undefined): { readonly wrong: string } | undefined {
  return wrong === undefined ? undefined : { wrong }
}

function isDifferentiable({ subject, xs, f }: Case): boolean {
  return subject.law?.kind !== 'none' && xs.length > 0 && isFloat(f(...xs))
}

/** Runs a comparison that needs forward mode, which an op may lack: then the report says so. */
function whereForward<T>({ facts }: OpSubject, check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof CotangentError) || error.code !== 'pullback-not-linear') throw error
    facts.noForward = error.message
    return undefined
  }
}

const effort: Effort = {
  ...{ tolerance: 1e-7, everyEntryUpTo: 32, decades: 2, directions: 1, samples: 1 },
  ...{ enough: 4, linear: true },
}

/** Compares the derivative of a function of tensors with differences; the first thing that is wrong, in words. */
function compare(f: (...xs: Tensor[]) => unknown, xs: readonly Tensor[], given: Case, who = 'the cotangent of '): Said {
  const { random, subject: checked } = given
  const subject = { ...graphSubject(trace(f, ...xs), xs), isStrict: checked.law?.kind === 'elementwise' }
  const { findings, forward, nonlinear, threw, passed, failed } = compareDerivatives(subject, random, effort)
  if (threw !== undefined) throw threw
  const failure = findings.find(({ verdict }) => verdict === 'fail')
  if (failure === undefined) {
    const wrong = nonlinear ?? forward
    if (wrong !== undefined) return { wrong }
    return passed === 0 && failed === 0 ? 'not comparable' : undefined
  }
  const { shape } = xs[failure.input]
  const at = failure.entries.length === 1 ? ` at ${formatIndex(failure.entries[0], shape)}` : ''
  return { wrong: `${who}input ${failure.input}${at}: ${describeFinding(failure)}` }
}

type Said = ReturnType<LawCheck>

/** Whether a rule that a function applies states forward mode by itself. */
function statesForward({ nodes }: Graph): boolean {
  return nodes.some(({ op: { law } }) => law.kind === 'vjp' && law.jvp !== undefined)
}

/** The pairs of inputs of one type that are drawn alike, or all inputs where all are of one type. */
function tiesOf({ xs, floats, sample }: Case): readonly (readonly number[])[] {
  const all = [...xs.keys()]
  const isOfOneType = (i: number, j: number) => typeOf(xs[i]) === typeOf(xs[j])
  if (xs.length < 2) return []
  if (all.every((i) => isOfOneType(0, i))) return [all]
  const isAlike = (i: number, j: number) => {
    const [a, b] = [sample[floats[i]], sample[floats[j]]]
    return isOfOneType(i, j) && a.min === b.min && a.max === b.max && a.structure === b.structure
  }
  return all.flatMap((i) => all.slice(i + 1).flatMap((j) => (isAlike(i, j) ? [[i, j]] : [])))
}

/** The laws, by what they say. */
export const laws = {
  'the value under a transform is the plain value, bit for bit'({ subject, f, inputs, xs, like }) {
    // Without inputs there is no derivative: a rule for one is held against nothing.
    if (inputs.length === 0 && subject.law?.kind !== 'constant') return notApplicable
    const plain = f(...xs)
    const traced = sameBits('the value traced and run', trace(f, ...xs).run(...xs), plain)
    if (traced !== undefined || xs.length === 0) return said(traced)
    return said(
      sameBits('the value under vjp', vjp(f, ...xs)[0], plain) ??
        whereForward(subject, () => sameBits('the value under jvp', jvp(f, xs, xs.map(like))[0], plain)),
    )
  },

  'a kernel gives the same bits again, writes to its output only, and lets go of it'(given) {
    const { subject, inputs, attributes } = given
    if (inputs.length === 0) return notApplicable
    const call = (...all: Tensor[]) => subject.call(all, attributes)
    const graph = trace(call, ...inputs)
    if (!graph.nodes.some(({ op }) => op.body.kind === 'opaque')) return undefined
    const own = kernelFailures(graph, inputs)
    if (own.length > 0) return { wrong: own[0].detail }
    const single = singleOf(given)
    if (single === undefined) return undefined
    const found = kernelFailures(trace(call, ...single), single)
    return found.length > 0 ? { wrong: `${found[0].detail}, in float32` } : undefined
  },

  'cotangents have the types of their inputs, and tangents those of the outputs'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { subject, f, xs, like } = given
    const [out, pullback] = vjp(f, ...xs)
    const cotangents = pullback(like(out))
    const odd = cotangents.findIndex((each, i) => typeOf(each) !== typeOf(xs[i]))
    if (odd >= 0)
      return { wrong: `the cotangent of input ${odd} is ${typeOf(cotangents[odd])}, the input ${typeOf(xs[odd])}` }
    return whereForward(subject, () => {
      const [, tangent] = jvp(f, xs, xs.map(like))
      return typeOf(tangent) === typeOf(out)
        ? undefined
        : { wrong: `the tangent is ${typeOf(tangent)}, the output ${typeOf(out)}` }
    })
  },

  'reverse mode agrees with differences, and forward mode with reverse mode'(given) {
    return isDifferentiable(given) ? compare(given.f, given.xs, given) : notApplicable
  },

  'second derivatives agree with differences of the first, in both modes'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { subject, f, xs, random } = given
    const wrong = compare(derivativeOf(f as AnyFunction, random), xs, given)
    if (wrong !== undefined || !statesForward(trace(f, ...xs))) return wrong
    return whereForward(subject, () =>
      compare(tangentOf(f as AnyFunction, random), xs, given, 'forward mode, differentiated in '),
    )
  },

  'an input given several times gets the sum of the cotangents, and that is the derivative'(given) {
    const { f, xs } = given
    const ties = isDifferentiable(given) ? tiesOf(given) : []
    if (ties.length === 0) return notApplicable
    for (const tied of ties) {
      const others = xs.filter((_, i) => !tied.includes(i) || i === tied[0])
      const shared = (...ys: Tensor[]) =>
        f(...xs.map((x, i) => ys[tied.includes(i) ? others.indexOf(xs[tied[0]]) : others.indexOf(x)]))
      if (!numbers(shared(...others)).every(Number.isFinite)) continue
      const found = compare(shared, others, given)
      if (found !== undefined && found !== 'not comparable')
        return typeof found === 'string'
          ? found
          : { wrong: `with inputs ${listed(tied.map(String))} the same tensor, ${found.wrong}` }
    }
    return undefined
  },

  'the gradient traces, and runs to the same bits'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { f, xs, like } = given
    const u = like(f(...xs))
    const gradient = (...ys: Tensor[]) => vjp(f, ...ys)[1](u)
    const eager = gradient(...xs)
    const traced: readonly Tensor[] = trace(gradient, ...xs).run(...xs)
    return said(traced.map((each, i) => sameBits(`the traced gradient of input ${i}`, each, eager[i])).find(Boolean))
  },

  'float32 in, float32 out: value within its rounding, gradients of the same dtype'(given) {
    const { subject, inputs, attributes, floats, isPlain, f, xs } = given
    if (subject.fixedDType || !isPlain || floats.length === 0) return notApplicable
    const single = singleOf(given)
    const chosen = floats.map((i) => (single ?? inputs)[i])
    const call = (given: readonly Tensor[]) => [
      subject.call(
        inputs.map((x, i) => (floats.includes(i) ? given[floats.indexOf(i)] : x)),
        attributes,
      ),
    ]
    const [got] = call(chosen)
    if (!isFloat(got)) return notApplicable
    if (got.dtype !== 'float32') return { wrong: `float32 inputs gave ${got.dtype}` }
    if (subject.law?.kind !== 'constant' && subject.law?.kind !== 'none') {
      const cotangents = vjp((...ys: Tensor[]) => call(ys)[0], ...chosen)[1](got)
      const odd = cotangents.findIndex((each) => each.dtype !== 'float32')
      if (odd >= 0) return { wrong: `the gradient of float32 input ${odd} is ${cotangents[odd].dtype}` }
    }
    if (single === undefined) return undefined
    const wide = f(...xs)
    if (wide.dtype !== 'float64') return { wrong: `float64 inputs gave ${wide.dtype}` }
    if (isRoundedToSingle(wide) && isRoundedToSingle(f(...xs.map(moved))))
      return { wrong: 'float64 inputs gave numbers that are rounded to float32' }
    const isStrict = subject.law?.kind === 'elementwise'
    return said(
      subject.law?.kind === 'none' || subject.law?.kind === 'constant'
        ? farApart(got, call(chosen.map(widened))[0], inputs)
        : singleDifference({ inputs: chosen, call, isStrict }, { inputs: chosen.map(widened), call, isStrict }),
    )
  },

  'what is stated to be linear, bilinear or constant is': statementLaw,
} satisfies Record<string, LawCheck>

/** The inputs as float32 where they are float64; undefined where none is. Both start from numbers that float32 holds exactly. */
function singleOf({ inputs }: Case): readonly Tensor[] | undefined {
  if (!inputs.some(({ dtype }) => dtype === 'float64')) return undefined
  return inputs.map((x) => (x.dtype === 'float64' ? x.astype('float32') : x))
}

/** The float32 value of an op without a derivative is that of float64, within a few roundings for each of n combined elements. */
function farApart(got: Tensor, expected: Tensor, inputs: readonly Tensor[]): string | undefined {
  const n = Math.max(1, ...inputs.map((x) => x.size))
  const scale = Math.max(1, ...numbers(expected).map(Math.abs))
  const bound = (n + 32) * 2 ** -24 * 100 * scale
  const wrong = numbers(got).findIndex((value, i) => Math.abs(value - expected.data[i]) > bound)
  if (wrong < 0) return undefined
  const index = formatIndex(wrong, got.shape)
  return `the value at ${index} is ${got.data[wrong]} in float32 and ${expected.data[wrong]} in float64`
}

export type LawName = keyof typeof laws

/** A fresh stream for the directions of one law, so that laws do not depend on which others are held. */
export function forLaw(given: Case, law: LawName): Case {
  const random = numbersFrom(given.seed + 17 * Object.keys(laws).indexOf(law) + 1)
  return { ...given, random }
}
