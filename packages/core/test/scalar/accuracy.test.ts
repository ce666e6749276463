import { describe, expect, it } from 'vitest'
import { big, exponentOf } from './big'
import { argumentsOf, names, precisions, run, ulps, type FunctionName, type Precision } from './sweep'
import { truth } from './truth'

/**
 * The bounds that docs/accuracy.md promises, in ulp. Functions that are rounded once from float64 stay within 0.501.
 */
const bounds: Record<FunctionName, Record<Precision, number>> = {
  exp: { float64: 1, float32: 1 },
  expm1: { float64: 1, float32: 1 },
  log: { float64: 1, float32: 1 },
  log1p: { float64: 1, float32: 1 },
  log2: { float64: 2, float32: 2 },
  sin: { float64: 1, float32: 0.501 },
  cos: { float64: 1, float32: 0.501 },
  tan: { float64: 2, float32: 0.501 },
  asin: { float64: 2.5, float32: 0.501 },
  acos: { float64: 2.5, float32: 0.501 },
  atan: { float64: 1.5, float32: 0.501 },
  sinh: { float64: 2.5, float32: 0.501 },
  cosh: { float64: 2, float32: 0.501 },
  tanh: { float64: 2.5, float32: 2.5 },
  asinh: { float64: 2, float32: 0.501 },
  acosh: { float64: 2.5, float32: 0.501 },
  atanh: { float64: 2, float32: 0.501 },
  erf: { float64: 1.5, float32: 1.5 },
  erfc: { float64: 3, float32: 3 },
  gaussian: { float64: 1, float32: 1 },
  sechSquared: { float64: 4, float32: 4 },
  sigmoid: { float64: 2.5, float32: 2.5 },
  softplus: { float64: 2, float32: 2 },
  pow: { float64: 1, float32: 0.501 },
  atan2: { float64: 2, float32: 0.501 },
}

const perDraw = 250

function worst(name: FunctionName, precision: Precision): { error: number; at: number[] } {
  const points = argumentsOf(name, precision, perDraw, 1)
  const results = run(name, precision, points)
  let result = { error: 0, at: [] as number[] }
  points.forEach((point, i) => {
    if (point.includes(0) || (name === 'pow' && point[0] === Infinity)) return
    if (point.some((x) => !Number.isFinite(x)) || (name === 'log1p' && point[0] <= -1)) return
    if (['asin', 'acos', 'atanh'].includes(name) && Math.abs(point[0]) >= 1) return
    if (name === 'acosh' && point[0] <= 1) return
    const exact = truth[name](big(point[0]), big(point[1] ?? 0))
    if (name === 'sechSquared' && exponentOf(exact) < (precision === 'float32' ? -126 : -1022)) return
    const error = ulps(results[i], exact, precision)
    if (error > result.error) result = { error, at: point }
  })
  return result
}

describe('accuracy against 256-bit arithmetic', () => {
  const measured = new Map<string, number>()
  for (const name of names)
    for (const precision of precisions)
      it(`${name} in ${precision} is within ${bounds[name][precision]} ulp`, () => {
        const { error, at } = worst(name, precision)
        measured.set(`${name} ${precision}`, error)
        expect(error, `at ${at.join(', ')}`).toBeLessThanOrEqual(bounds[name][precision])
      })

  it.each([
    ['exp', -1, 1],
    ['expm1', -1, 1],
    ['tanh', -1, 1],
    ['sigmoid', -4, 4],
    ['softplus', -4, 4],
    ['log', 0.5, 1.5],
    ['log1p', -0.7, 1],
    ['log2', 0.7, 1.5],
  ] as const)('%s in float32 keeps its bound densely between %d and %d', (name, from, to) => {
    const points = Array.from({ length: 20_000 }, (_, i) => [Math.fround(from + ((to - from) * (i + 0.5)) / 20_000)])
    const [narrow, wide] = [run(name, 'float32', points), run(name, 'float64', points)]
    const error = points.map((_, i) => ulps(narrow[i], big(wide[i]), 'float32')).reduce((a, b) => Math.max(a, b))
    expect(error).toBeLessThanOrEqual(bounds[name].float32)
  })

  it('is what docs/accuracy.md says', async () => {
    const widths = [13, 13, 16, 13, 16]
    const row = (cells: string[]) =>
      `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
    const lines = names.map((name) =>
      row([
        `\`${name}\``,
        ...precisions.flatMap((precision) => [
          String(bounds[name][precision]),
          (measured.get(`${name} ${precision}`) ?? NaN).toFixed(3),
        ]),
      ]),
    )
    const text = `# Accuracy of the scalar functions

This table has the largest error in units in the last place (ulp) of the true value. The bounds hold over the whole domain,
with subnormal arguments and results. \`packages/core/test/scalar/accuracy.test.ts\` measures the errors in a sweep, and compares them
with the table. Rounding alone costs up to 0.5 ulp. The functions are programs over the exactly rounded scalar instructions, so every platform gives the same bits.

${row(['function', 'float64 bound', 'float64 measured', 'float32 bound', 'float32 measured'])}
${row(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : '-'.repeat(width - 1) + ':')))}
${lines.join('\n')}

\`sin\`, \`cos\` and \`tan\` take |x| up to 2^48 and return NaN beyond, where neighbouring float64 numbers are 1/16 apart.
\`sechSquared\` is 0 where its value would be subnormal. Derivatives have [a table of their own](accuracy-of-derivatives.md).
`
    await expect(text).toMatchFileSnapshot('../../../../docs/accuracy.md')
  })
})
