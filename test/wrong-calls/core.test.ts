import { Tensor, tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { faults } from './calls'
import { exported, functionCalls, methodCalls, operand, rows } from './functions'
import { numbers, odd } from './odd'

const forAll = (names: string, why: string) => Object.fromEntries(names.split(' ').map((name) => [name, why]))

/** What is no function of the engine's, and who checks the rest. */
const excluded: Readonly<Record<string, string>> = {
  Tensor: 'its constructor is internal',
  ...forAll('CotangentError DTypeError GradientError ShapeError TraceError ValueError', 'errors are made, not called'),
  checkArguments: 'it is the reader itself, whose callers are of the library',
  ...forAll(
    'checked checkValue flattenFor checkNothingBeyond checkSameStructure readable runAs',
    'its callers are of the library',
  ),
  applyAll: 'it takes an op and its attributes, which only the op knows',
  carries: 'it takes a law, and positions of an op',
}

it('knows every exported function of core', () => {
  const known = [...Object.keys(rows), ...Object.keys(excluded)]
  expect(exported.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
})

describe.each(Object.entries({ functionCalls, methodCalls }))('a wrong call, %s', (_, calls) => {
  it.each(Object.entries(calls))('of %s is an error of its own', async (name, call) => {
    expect(await faults(name, call)).toEqual([])
  })
})

describe('what is taken beside a right call', () => {
  const same = (a: unknown, b: unknown) => typeof a !== 'function' && expect(a).toEqual(b)

  it('is the same as a right call', () => {
    const f = Object.fromEntries(exported)
    for (const [name, { call, takes, options: fields, required = call.length }] of Object.entries(rows)) {
      // A number in place of a tensor is a scalar of float32.
      if (takes[0] === operand && call.length === 1)
        for (const kind of numbers) same(f[name](odd[kind]), f[name](tensor(odd[kind] as number)))
      // No options are the defaults.
      if (fields !== undefined && required < call.length) {
        const bare = call.slice(0, -1)
        same(f[name](...bare, {}), f[name](...bare))
        same(f[name](...bare, undefined), f[name](...bare))
      }
    }
  })
})

/** Functions of several tensors take a list of them first, and keys, shapes and functions are no tensors. */
const firstIsATensor = Object.entries(rows).filter(([, { call }]) => call[0] instanceof Tensor)

it('every function of a tensor chains: x.pipe(f, ...) is f(x, ...)', () => {
  expect(firstIsATensor.length).toBeGreaterThan(100)
  const f = Object.fromEntries(exported)
  const shown = (value: unknown) => (typeof value === 'function' ? 'function' : value)
  for (const [
    name,
    {
      call: [x, ...rest],
    },
  ] of firstIsATensor)
    // prettier-ignore
    expect(shown((x as Tensor).pipe(f[name] as never, ...(rest as never[]))), name).toEqual(shown(f[name](x, ...rest)))
})
