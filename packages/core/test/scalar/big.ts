/** Binary floating point with 256 bits over BigInt: slow, short, and independent of what it checks. */
export interface Big {
  readonly m: bigint
  readonly e: number
}

const bits = 256

const length = (m: bigint): number => (m < 0n ? -m : m).toString(16).length * 4
const shift = (m: bigint, n: number): bigint => (n >= 0 ? m << BigInt(n) : m >> BigInt(-n))

function normal(m: bigint, e: number): Big {
  const excess = length(m) - bits
  return excess > 0 ? { m: shift(m, -excess), e: e + excess } : { m, e }
}

/** A float64 exactly. */
export function big(x: number): Big {
  let e = 0
  while (!Number.isInteger(x)) {
    x *= 2
    e--
  }
  return normal(BigInt(x), e)
}

export const add = (a: Big, b: Big): Big => {
  if (a.m === 0n) return b
  if (b.m === 0n) return a
  const [low, high] = a.e < b.e ? [a, b] : [b, a]
  if (high.e - low.e > 3 * bits) return high
  return normal(low.m + shift(high.m, high.e - low.e), low.e)
}
export const neg = (a: Big): Big => ({ m: -a.m, e: a.e })
export const sub = (a: Big, b: Big): Big => add(a, neg(b))
export const mul = (a: Big, b: Big): Big => normal(a.m * b.m, a.e + b.e)
export const div = (a: Big, b: Big): Big => {
  const places = bits + length(b.m)
  return normal(shift(a.m, places) / b.m, a.e - b.e - places)
}
export const scale = (a: Big, n: number): Big => ({ m: a.m, e: a.e + n })
export const isNegative = (a: Big): boolean => a.m < 0n
export const abs = (a: Big): Big => (isNegative(a) ? neg(a) : a)

export function sqrt(a: Big): Big {
  const places = 2 * bits + (a.e & 1)
  const m = shift(a.m, places)
  if (m === 0n) return a
  let root = 1n << BigInt((length(m) >> 1) + 1)
  for (;;) {
    const next = (root + m / root) >> 1n
    if (next >= root) break
    root = next
  }
  return normal(root, (a.e - places) / 2)
}

/** floor(log2 |a|) */
export function exponentOf(a: Big): number {
  const m = a.m < 0n ? -a.m : a.m
  return m.toString(2).length - 1 + a.e
}

/** Rounded down to 60 bits or so, for estimates and errors. */
export function toNumber(a: Big): number {
  const excess = Math.max(0, length(a.m) - 60)
  const n = a.e + excess
  const m = Number(shift(a.m, -excess))
  return n < -1000 ? m * 2 ** -1000 * 2 ** Math.max(n + 1000, -1000) : m * 2 ** n
}

/** Σ of terms, the next from the last, until they no longer count. */
export function total(
  first: Big,
  next: (term: Big, k: number) => Big,
  share: (term: Big, k: number) => Big = (t) => t,
): Big {
  let sum = share(first, 0)
  let term = first
  for (let k = 1; term.m !== 0n; k++) {
    term = next(term, k)
    const part = share(term, k)
    if (part.m === 0n || exponentOf(part) < exponentOf(sum) - bits) break
    sum = add(sum, part)
  }
  return sum
}
