import { describe, expect, it } from 'vitest'
import { generator, isBinary, names, precisions, run, type FunctionName } from './sweep'

const inf = Infinity
const special = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 5e-324, -5e-324, 2 ** -149, 1e30, -1e30, inf, -inf, NaN]

describe('special values', () => {
  // JavaScript's own functions get zeros, infinities and NaN right; only their last bits are not to be relied on.
  const reference: Partial<Record<FunctionName, (x: number) => number>> = {
    exp: Math.exp,
    expm1: Math.expm1,
    log: Math.log,
    log1p: Math.log1p,
    log2: Math.log2,
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    asin: Math.asin,
    acos: Math.acos,
    atan: Math.atan,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tanh: Math.tanh,
    asinh: Math.asinh,
    acosh: Math.acosh,
    atanh: Math.atanh,
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    softplus: (x) => (x > 700 ? x : Math.log1p(Math.exp(x))),
  }
  for (const [name, exact] of Object.entries(reference))
    for (const precision of precisions)
      it(`${name} in ${precision}`, () => {
        const tooLarge = ['sin', 'cos', 'tan'].includes(name)
        const points = special.filter((x) => !tooLarge || Math.abs(x) < 1e20 || Math.abs(x) === inf)
        const results = run(
          name as FunctionName,
          precision,
          points.map((x) => [x]),
        )
        points.forEach((x, i) => {
          const rounded = precision === 'float32' ? Math.fround(x) : x
          const value = exact(rounded)
          const expected = precision === 'float32' ? Math.fround(value) : value
          if (expected === 0 || !Number.isFinite(expected)) expect(results[i], `${name}(${rounded})`).toBe(expected)
          else expect(Math.abs(results[i] / expected - 1), `${name}(${rounded})`).toBeLessThan(1e-6)
        })
      })

  it('erf and erfc', () => {
    const at = [0, -0, inf, -inf, NaN, 30, -30, 1e300].map((x) => [x])
    expect([...run('erf', 'float64', at)]).toEqual([0, -0, 1, -1, NaN, 1, -1, 1])
    expect([...run('erfc', 'float64', at)]).toEqual([1, 1, 0, 2, NaN, 0, 2, 0])
  })

  it('sin, cos and tan are NaN beyond 2^48', () => {
    for (const name of ['sin', 'cos', 'tan'] as const)
      expect([...run(name, 'float64', [[2 ** 49], [-1e300], [2 ** 48]])].map(Number.isNaN)).toEqual([true, true, false])
  })

  it('atan2 has the quadrants of C', () => {
    for (const precision of precisions)
      for (const y of special)
        for (const x of special) {
          const [result] = run('atan2', precision, [[y, x]])
          const round = precision === 'float32' ? Math.fround : (v: number) => v
          const expected = round(Math.atan2(round(y), round(x)))
          if (expected === 0 || Number.isNaN(expected)) expect(result, `atan2(${y}, ${x})`).toBe(expected)
          else expect(Math.abs(result / expected - 1), `atan2(${y}, ${x})`).toBeLessThan(1e-6)
        }
  })

  it('pow has the values of C99', () => {
    const pow = (x: number, y: number) => run('pow', 'float64', [[x, y]])[0]
    for (const x of special) {
      expect(pow(x, 0)).toBe(1)
      expect(pow(x, -0)).toBe(1)
      expect(pow(1, x)).toBe(1)
    }
    expect(pow(-1, inf)).toBe(1)
    expect(pow(-1, -inf)).toBe(1)
    // Elsewhere JavaScript agrees with C99.
    for (const x of special)
      for (const y of [...special, 2.5, -2.5, 2 ** 53, 1e300]) {
        if (x === 1 || (x === -1 && Math.abs(y) === inf)) continue
        const expected = x ** y
        if (expected === 0 || !Number.isFinite(expected)) expect(pow(x, y), `${x} ** ${y}`).toBe(expected)
        else expect(Math.abs(pow(x, y) / expected - 1), `${x} ** ${y}`).toBeLessThan(1e-12)
      }
  })

  it('pow of small integers is exact', () => {
    for (let x = 1; x <= 30; x++)
      for (let y = 0; x ** y < 2 ** 53 && y < 54; y++) {
        expect(run('pow', 'float64', [[x, y]])[0], `${x} ** ${y}`).toBe(Number(BigInt(x) ** BigInt(y)))
        expect(run('pow', 'float64', [[-x, y]])[0]).toBe(Number(BigInt(-x) ** BigInt(y)) || 0)
      }
  })
})

describe('determinism', () => {
  it('gives the same bits everywhere', () => {
    const random = generator(7)
    let hash = 0x811c9dc5
    for (const name of names)
      for (const precision of precisions) {
        const points = [
          ...special,
          ...Array.from({ length: 200 }, () => (random() - 0.5) * 2 ** Math.floor(random() * 20 - 10)),
        ].map((x) => (isBinary(name) ? [x, (random() - 0.5) * 8] : [x]))
        const results = run(name, precision, points)
        // Little-endian bytes by hand, and one NaN: neither may depend on the machine.
        const view = new DataView(new ArrayBuffer(8))
        for (const value of results) {
          view.setFloat64(0, Number.isNaN(value) ? 0 : value, true)
          for (let i = 0; i < 8; i++)
            hash = Math.imul(hash ^ view.getUint8(i) ^ (Number.isNaN(value) ? 0xa5 : 0), 0x01000193)
        }
      }
    expect((hash >>> 0).toString(16)).toMatchInlineSnapshot(`"ba938536"`)
  })
})
