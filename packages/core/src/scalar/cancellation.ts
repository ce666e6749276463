import { DualOf } from './dual-number'
import { expandCall } from './expand'
import type { Call } from './instructions'
import { ValueOf, type RecordedValue } from './recorder'
import type { BasicSet, Scalar } from './set'

// The numerator of a quotient's derivative, b da - a db, often has terms that cancel exactly: for x / (1 + |x|) it is
// 1 + |x| - |x|. Floating-point arithmetic would lose the digits of the remaining terms (catastrophic cancellation). So
// both products are expanded into sums of terms, and like terms are removed before anything is computed.

/** How a scalar was computed. A constant is its number. */
type Origin = number | { readonly name: string; readonly operands: readonly Scalar[] }

/** Products with more terms are not expanded. */
const mostTerms = 24

/** A coefficient times a product of factors. A factor may occur several times. */
interface Term {
  readonly coefficient: number
  readonly factors: readonly Factor[]
}

interface Factor {
  /** Equal for equal values. */
  readonly id: string
  readonly scalar: (s: BasicSet) => Scalar
  /** Its square, where that is simpler: 1 for a sign, the argument for a root. */
  readonly square: Sum | null
}

type Sum = ReadonlyMap<string, Term>

/** Position of the step that computes the value below all dual numbers. Equal values have equal positions. */
function idOf(x: Scalar): number {
  return x instanceof DualOf ? idOf(x.value) : (x as RecordedValue).at
}

const bodies = /* @__PURE__ */ new WeakMap<RecordedValue, RecordedValue>()

/** The value of a call, computed by instructions. */
function bodyOf(x: RecordedValue, call: Call, operands: readonly RecordedValue[]): RecordedValue {
  let body = bodies.get(x)
  if (body === undefined) bodies.set(x, (body = expandCall(x.owner, call, operands)))
  return body
}

function originOf(x: Scalar): Origin | null {
  if (x instanceof DualOf) return x.name === null ? originOf(x.value) : { name: x.name, operands: x.operands }
  if (!(x instanceof ValueOf)) return null
  const { step, operands } = x.owner.origin(x)
  // Terms inside a named function may cancel: the program of 1 / cosh² x is 2c - c², where c = 1 - |tanh x|.
  if (step.name === 'call') return originOf(bodyOf(x, step, operands))
  return step.name === 'const' ? step.value : { name: step.name, operands }
}

const isConstant = (x: Scalar, value: number) => originOf(x) === value

/** The u of `select(0 < u, 1, select(u < 0, -1, u))`, the program of `sign(u)`; null for other programs. */
function argumentOfSign({ name, operands: [condition, one, rest] }: { name: string; operands: readonly Scalar[] }) {
  if (name === 'sign') return condition
  if (name !== 'select' || !isConstant(one, 1)) return null
  const [less, other] = [originOf(condition), originOf(rest)]
  if (typeof less !== 'object' || less?.name !== 'less' || typeof other !== 'object' || other?.name !== 'select')
    return null
  const u = less.operands[1]
  return isConstant(less.operands[0], 0) && isConstant(other.operands[1], -1) && idOf(other.operands[2]) === idOf(u)
    ? u
    : null
}

const product = (coefficient: number, factors: readonly Factor[]): Sum =>
  new Map([
    [
      factors
        .map(({ id }) => id)
        .sort()
        .join(' '),
      { coefficient, factors },
    ],
  ])

function combine(a: Sum, b: Sum, scale: number): Sum {
  const sum = new Map(a)
  for (const [key, term] of b) {
    const coefficient = (sum.get(key)?.coefficient ?? 0) + scale * term.coefficient
    if (coefficient === 0) sum.delete(key)
    else sum.set(key, { ...term, coefficient })
  }
  return sum
}

function multiply(a: Sum, b: Sum): Sum {
  let sum: Sum = new Map()
  for (const x of a.values())
    for (const y of b.values()) {
      let factors: Sum = product(x.coefficient * y.coefficient, [])
      const list = [...x.factors, ...y.factors]
      const left: Factor[] = []
      for (const factor of list) {
        const twin = factor.square === null ? -1 : left.findIndex(({ id }) => id === factor.id)
        if (twin < 0) left.push(factor)
        else {
          left.splice(twin, 1)
          factors = multiply(factors, factor.square!)
        }
      }
      for (const term of factors.values()) sum = combine(sum, product(term.coefficient, [...term.factors, ...left]), 1)
    }
  return sum
}

const one = product(1, [])

function atom(x: Scalar, square: Sum | null = null): Sum {
  return product(1, [{ id: String(idOf(x)), scalar: () => x, square }])
}

function sign(u: Scalar): Sum {
  return product(1, [{ id: `sign ${idOf(u)}`, scalar: (s) => s.sign(u), square: one }])
}

/** A scalar as a sum of terms; null where there are too many. */
function expand(x: Scalar, depth = 0): Sum | null {
  const origin = originOf(x)
  if (typeof origin === 'number')
    return Number.isFinite(origin) ? (origin === 0 ? new Map() : product(origin, [])) : null
  if (origin === null || depth > 12) return atom(x)
  const of = (index: number) => expand(origin.operands[index], depth + 1)
  const ofOperands = (f: (a: Sum, b: Sum) => Sum): Sum | null => {
    const [a, b] = [of(0), of(1)]
    return a === null || b === null || a.size * b.size > mostTerms ? null : f(a, b)
  }
  switch (origin.name) {
    case 'add':
      return ofOperands((a, b) => combine(a, b, 1))
    case 'sub':
      return ofOperands((a, b) => combine(a, b, -1))
    case 'mul':
      return ofOperands(multiply)
    case 'neg': {
      const a = of(0)
      return a && combine(new Map(), a, -1)
    }
    case 'abs': {
      const a = of(0)
      return a && multiply(sign(origin.operands[0]), a)
    }
    case 'sqrt':
      return atom(x, of(0))
    default: {
      const u = argumentOfSign(origin)
      if (u !== null) return sign(u)
      return withoutMask(origin, depth) ?? atom(x)
    }
  }
}

/**
 * The v of `select(u = 0, 0, v)`, the derivative of |u|, where every term of v has the factor sign(u), which is 0 at
 * 0.
 */
function withoutMask({ name, operands }: { name: string; operands: readonly Scalar[] }, depth: number): Sum | null {
  if (name !== 'select' || !isConstant(operands[1], 0)) return null
  const condition = originOf(operands[0])
  if (typeof condition !== 'object' || condition?.name !== 'equal' || !isConstant(condition.operands[1], 0)) return null
  const v = expand(operands[2], depth + 1)
  const id = `sign ${idOf(condition.operands[0])}`
  return v !== null && [...v.values()].every(({ factors }) => factors.some((factor) => factor.id === id)) ? v : null
}

/** A scalar as numerator and denominator. */
function split(x: Scalar): { over: Sum | null; under: Scalar | null } {
  const origin = originOf(x)
  const isQuotient = typeof origin === 'object' && origin?.name === 'div'
  return isQuotient ? { over: expand(origin.operands[0]), under: origin.operands[1] } : { over: expand(x), under: null }
}

/** Degree of a polynomial whose variables are the factors. Signs do not count. */
function degreeOf(sum: Sum): number {
  const degrees = [...sum.values()].map(({ factors }) => factors.filter(({ square }) => square !== one).length)
  return Math.max(0, ...degrees)
}

function evaluate(s: BasicSet, sum: Sum, like: Scalar): Scalar {
  const terms = [...sum.values()].map(({ coefficient, factors }) =>
    factors.reduce((value, factor) => s.mul(value, factor.scalar(s)), s.const(coefficient, like.dtype)),
  )
  return terms.length === 0 ? s.const(0, like.dtype) : terms.reduce((a, b) => s.add(a, b))
}

/**
 * `b da - a db` without the terms that cancel. Null unless the highest powers cancel. The result is divided by the
 * denominators of da and db.
 */
export function cancelled(s: BasicSet, a: Scalar, da: Scalar, b: Scalar, db: Scalar): Scalar | null {
  const [first, second] = [split(da), split(db)]
  const [factors, divisors] = [expand(a), expand(b)]
  if (first.over === null || second.over === null || factors === null || divisors === null) return null
  const shared = first.under !== null && second.under !== null && idOf(first.under) === idOf(second.under)
  const under = (x: Scalar | null) => (x === null || shared ? one : expand(x))
  const [left, right] = [under(second.under), under(first.under)]
  if (left === null || right === null) return null
  if (
    first.over.size * divisors.size * left.size > mostTerms ||
    second.over.size * factors.size * right.size > mostTerms
  )
    return null
  const positive = multiply(multiply(first.over, divisors), left)
  const negative = multiply(multiply(second.over, factors), right)
  const rest = combine(positive, negative, -1)
  // Where the highest powers remain, the expanded form gains little and overflows earlier than the factored one.
  if (degreeOf(rest) >= Math.max(degreeOf(positive), degreeOf(negative))) return null
  const numerator = evaluate(s, rest, a)
  const denominators = shared ? [first.under] : [first.under, second.under]
  return denominators.reduce((x: Scalar, d) => (d === null ? x : s.div(x, d)), numerator)
}
