import {
  abs,
  add,
  big,
  div,
  exponentOf,
  isNegative,
  mul,
  neg,
  scale,
  sqrt,
  sub,
  toNumber,
  total,
  type Big,
} from './big'

// Every function by its textbook series after a simple reduction; accurate to more than 150 bits where it is used.

export const one = big(1)
const over = (a: Big, k: number) => div(a, big(k))

/** atan(1 / k) for Machin's formula. */
const arcOfReciprocal = (k: number) =>
  total(
    over(one, k),
    (t) => over(neg(t), k * k),
    (t, n) => over(t, 2 * n + 1),
  )
export const pi = scale(sub(scale(arcOfReciprocal(5), 2), arcOfReciprocal(239)), 2)
export const rootOfPi = sqrt(pi)

const atanhSeries = (s: Big) => {
  const square = mul(s, s)
  return total(
    s,
    (t) => mul(t, square),
    (t, n) => over(t, 2 * n + 1),
  )
}
export const ln2 = scale(atanhSeries(over(one, 3)), 1)

const expm1Series = (x: Big) => total(x, (t, k) => over(mul(t, x), k + 1))

export function exp(x: Big): Big {
  const n = Math.round(toNumber(x) / Math.LN2)
  return scale(add(one, expm1Series(sub(x, mul(big(n), ln2)))), n)
}

export const expm1 = (x: Big): Big => (Math.abs(toNumber(x)) < 0.5 ? expm1Series(x) : sub(exp(x), one))

export function log1p(x: Big): Big {
  if (Math.abs(toNumber(x)) < 0.4) return scale(atanhSeries(div(x, add(x, big(2)))), 1)
  return log(add(one, x))
}

export function log(x: Big): Big {
  const e = exponentOf(x)
  const m = scale(x, -e)
  const distance = sub(x, one)
  if (Math.abs(toNumber(distance)) < 0.4) return log1p(distance)
  return add(mul(big(e), ln2), toNumber(m) < 1.3 ? log1p(sub(m, one)) : add(ln2, log1p(sub(scale(m, -1), one))))
}

function sineAndCosine(x: Big): [Big, Big] {
  const n = Math.round(toNumber(x) / (Math.PI / 2))
  const r = sub(x, mul(big(n), scale(pi, -1)))
  const square = neg(mul(r, r))
  const sine = total(r, (t, k) => over(mul(t, square), 2 * k * (2 * k + 1)))
  const cosine = total(one, (t, k) => over(mul(t, square), 2 * k * (2 * k - 1)))
  const quadrant = ((n % 4) + 4) % 4
  if (quadrant === 0) return [sine, cosine]
  if (quadrant === 1) return [cosine, neg(sine)]
  return quadrant === 2 ? [neg(sine), neg(cosine)] : [neg(cosine), sine]
}

export function atan(x: Big): Big {
  if (isNegative(x)) return neg(atan(neg(x)))
  if (exponentOf(x) >= 1) return sub(scale(pi, -1), atan(div(one, x)))
  let t = x
  for (let i = 0; i < 3; i++) t = div(t, add(one, sqrt(add(one, mul(t, t)))))
  const square = neg(mul(t, t))
  return scale(
    total(
      t,
      (u) => mul(u, square),
      (u, n) => over(u, 2 * n + 1),
    ),
    3,
  )
}

export const oneMinusSquare = (x: Big) => mul(sub(one, x), add(one, x))

const erfSeries = (x: Big) => {
  const square = scale(mul(x, x), 1)
  const sum = total(x, (t, k) => over(mul(t, square), 2 * k + 1))
  return mul(div(scale(exp(neg(mul(x, x))), 1), rootOfPi), sum)
}

/** Laplace's continued fraction, from its 300th term back. */
const erfcFraction = (x: Big) => {
  let rest = x
  for (let k = 300; k >= 1; k--) rest = add(x, div(over(big(k), 2), rest))
  return div(exp(neg(mul(x, x))), mul(rootOfPi, rest))
}

export const erfc = (x: Big): Big => {
  if (isNegative(x)) return sub(big(2), erfc(neg(x)))
  return toNumber(x) < 2.5 ? sub(one, erfSeries(x)) : erfcFraction(x)
}

const acosh = (x: Big) => log1p(add(sub(x, one), sqrt(mul(sub(x, one), add(x, one)))))
const asinh = (x: Big): Big => {
  if (isNegative(x)) return neg(asinh(neg(x)))
  const square = mul(x, x)
  return log1p(add(x, div(square, add(one, sqrt(add(one, square))))))
}
const sinh = (x: Big) => scale(sub(expm1(x), expm1(neg(x))), -1)

/** The true functions, for finite arguments inside their domains. */
export const truth = {
  exp,
  expm1,
  log,
  log1p,
  log2: (x: Big) => div(log(x), ln2),
  sin: (x: Big) => sineAndCosine(x)[0],
  cos: (x: Big) => sineAndCosine(x)[1],
  tan: (x: Big) => div(...sineAndCosine(x)),
  asin: (x: Big) => atan(div(x, sqrt(oneMinusSquare(x)))),
  acos: (x: Big) => scale(atan(sqrt(div(sub(one, x), add(one, x)))), 1),
  atan,
  sinh,
  cosh: (x: Big) => scale(add(exp(x), exp(neg(x))), -1),
  tanh: (x: Big) => {
    const t = expm1(scale(x, 1))
    return div(t, add(t, big(2)))
  },
  asinh,
  acosh,
  atanh: (x: Big) => scale(log1p(div(scale(x, 1), sub(one, x))), -1),
  erf: (x: Big) => (toNumber(abs(x)) < 2.5 ? erfSeries(x) : sub(one, erfc(x))),
  erfc,
  gaussian: (x: Big) => exp(scale(neg(mul(x, x)), -1)),
  sechSquared: (x: Big) => {
    const e = exp(scale(neg(abs(x)), 1))
    const base = add(one, e)
    return div(scale(e, 2), mul(base, base))
  },
  sigmoid: (x: Big) => div(one, add(one, exp(neg(x)))),
  softplus: (x: Big) => (isNegative(x) ? log1p(exp(x)) : add(x, log1p(exp(neg(x))))),
  pow: (x: Big, y: Big) => exp(mul(y, log(x))),
  atan2: (y: Big, x: Big): Big => {
    const angle = atan(div(y, x))
    if (!isNegative(x)) return angle
    return isNegative(y) ? sub(angle, pi) : add(angle, pi)
  },
} satisfies Record<string, (x: Big, y: Big) => Big>
