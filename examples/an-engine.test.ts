import { readFileSync } from 'node:fs'
import * as core from '@cotangent/core'
import { tensor } from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

vi.spyOn(console, 'log').mockImplementation(() => {})
const engine = await import('./00-an-engine')

const file = new URL('./00-an-engine.ts', import.meta.url)

/** What both engines have, as far as a program can tell. */
interface Ops<T> {
  add: (a: T | number, b: T | number) => T
  mul: (a: T | number, b: T | number) => T
  exp: (x: T) => T
  tanh: (x: T) => T
  sum: (x: T) => T
  grad: (f: (...x: T[]) => T) => (...x: T[]) => T
}

// Programs of two arguments.
const programs: Record<string, <T>(ops: Ops<T>, x: T, y: T) => T> = {
  'a chain': ({ exp, mul, sum, tanh }, x, y) => sum(exp(mul(tanh(x), tanh(y)))),
  'values used twice': ({ add, mul, sum, tanh }, x, y) => sum(mul(tanh(x), add(mul(x, x), mul(tanh(x), y)))),
  'a sum that broadcasts': ({ add, mul, sum, tanh }, x, y) => sum(mul(y, tanh(add(sum(mul(x, y)), 0.5)))),
}
/** A gradient within: its own derivative depends on what encloses it, in one argument and in the other. */
const nested: typeof programs = Object.fromEntries(
  Object.entries(programs).flatMap(([name, f]) => [
    [
      `the gradient of ${name}`,
      <T>(ops: Ops<T>, x: T, y: T) => ops.sum(ops.mul(ops.grad((z) => f(ops, z, y))(x), ops.tanh(x))),
    ],
    [
      `the gradient of ${name} in an argument from outside`,
      <T>(ops: Ops<T>, x: T, y: T) => ops.sum(ops.mul(x, ops.grad((z) => f(ops, x, z))(y))),
    ],
  ]),
)

const own: Ops<InstanceType<typeof engine.Tensor>> = engine
const real = core as unknown as Ops<core.Tensor>

const number = fc.double({ min: -1, max: 1, noNaN: true })
const numbers = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 4 })
const float64 = (values: readonly number[]) => tensor([...values], { dtype: 'float64' })
const unused: (typeof programs)[string] = ({ exp, mul, sum }, x) => sum(exp(mul(x, -1)))
const all = Object.entries({ ...programs, ...nested, 'an argument without use': unused })

describe('examples/00-an-engine.ts', () => {
  it('has 150 lines and imports nothing of Cotangent', () => {
    const text = readFileSync(file, 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
    expect(text).not.toMatch(/from '(@cotangent|\.)/)
  })

  it('points to files that exist', () => {
    const named = readFileSync(file, 'utf8').match(/\b[a-z-]+\/[a-z-]+\.ts\b/g) ?? []
    expect(named.length).toBeGreaterThan(8)
    for (const name of named)
      expect(() => readFileSync(new URL(`../packages/core/src/${name}`, import.meta.url))).not.toThrow()
  })

  // Math.exp and Math.tanh differ from the ones of core by about an ulp, 2⁻⁵². The values of these programs stay below
  // 100, and the largest has some 50 ops: 100 · 50 · 2⁻⁵² = 1e-12.
  it.each(all)('gives the gradients of @cotangent/core: %s', (_, f) => {
    fc.assert(
      fc.property(numbers, (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)]
        const found = own.grad((x, y) => f(own, x, y))(new engine.Tensor(x), new engine.Tensor(y)).values
        const expected = real.grad((x, y) => f(real, x, y))(float64(x), float64(y)).data
        expect(found.length).toBe(expected.length)
        found.forEach((each, i) => expect(Math.abs(each - expected[i])).toBeLessThan(1e-12))
      }),
      { numRuns: 30 },
    )
  })

  // A central difference at h = 2⁻¹⁷ has an error of h²/6 · f''' (values and third derivatives are below 1000 here:
  // 1e-8) and of 1000 · 2⁻⁵² / h (3e-8) by rounding.
  it.each(all)('gives what differences give: %s', (_, f) => {
    const value = (x: readonly number[], y: readonly number[]) =>
      f(own, new engine.Tensor(x), new engine.Tensor(y)).values[0]
    const h = 2 ** -17
    fc.assert(
      fc.property(numbers, (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)]
        const found = own.grad((x, y) => f(own, x, y))(new engine.Tensor(x), new engine.Tensor(y)).values
        x.forEach((at, i) => {
          const difference = (value(x.with(i, at + h), y) - value(x.with(i, at - h), y)) / (2 * h)
          expect(Math.abs(found[i] - difference)).toBeLessThan(4e-8)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('does not confuse the perturbations of nested gradients', () => {
    // d/dx (x · d/dy (x + y)) = 1 at any point; an engine that mixes up x and y gives 2.
    const one = new engine.Tensor([1])
    const inner = (x: typeof one) => own.grad((y) => own.add(x, y))(one)
    expect(own.grad((x) => own.mul(x, inner(x)))(one).values).toEqual([1])
  })

  it('lets go of what it recorded', () => {
    let kept: InstanceType<typeof engine.Tensor> | undefined
    own.grad((x) => own.sum((kept = own.mul(x, 2))))(new engine.Tensor([1, 2]))
    expect(kept?.producer).toBeNull()
  })
})
