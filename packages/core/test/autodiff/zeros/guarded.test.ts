import { checkpoint, compile, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { guardedFunctions } from './draw'
import { doubleWhere, f64, type Guarded, guardedAll, guardedRows, inner, rowwise, wrapped } from './guarded'
import { derivative, derivatives, expectClose, expectSame, type Mode } from './modes'
import { runs } from '../../../../../test/effort'

const modes = Object.keys(derivatives) as Mode[]
const firstAndSecond = modes.slice(0, 6)
const some = [
  'nothing',
  'sum',
  'softmax',
  'matmul',
  'gather',
  'prod',
  'own sum',
  'own diff',
  'customGradient of softmax',
]

/** The truth: the same function with a safe point in what is not taken, at a point where that is finite as well. */
function truth(mode: Mode, guarded: Guarded): Tensor {
  const { x, taken } = guarded
  const finite = f64([...x.data].map((value, i) => (taken.data[i] ? value : 0.5))).reshape(x.shape)
  return derivative(mode, doubleWhere(guarded), finite as Tensor)
}

function hold(what: string, guarded: Guarded, chosen: readonly Mode[]): void {
  for (const mode of chosen)
    expectClose(derivative(mode, guarded.f, guarded.x), truth(mode, guarded), `${what}, ${mode}`)
}

/** Compiled to the bit; and with the function checkpointed, or compiled by itself, inside of the transform. */
function holdCompiled(what: string, guarded: Guarded, mode: Mode): void {
  const { f, x } = guarded
  const eager = derivative(mode, f, x)
  expectSame(compile((y: Tensor) => derivative(mode, f, y))(x), eager, `${what}, ${mode}, compiled`)
  for (const [region, inside] of Object.entries({ checkpointed: checkpoint(f), 'compiled inside': compile(f) }))
    expectClose(derivative(mode, inside, x), truth(mode, guarded), `${what}, ${mode}, ${region}`)
}

describe('rows that are not taken contribute nothing', () => {
  it.each(Object.entries(rowwise))('through %s', (name, outer) => {
    for (const [of, [f, bad]] of Object.entries(inner)) {
      const isLong = of === 'sqrt' || some.includes(name)
      hold(`${name} of ${of}`, guardedRows(f, bad, outer), isLong ? firstAndSecond : ['reverse', 'forward'])
    }
    hold(`${name} of sqrt, all of it`, guardedRows(...inner.sqrt, outer, true), ['reverse', 'reverse of reverse'])
    hold(`${name} of sqrt, never`, guardedAll(...inner.sqrt, outer), ['reverse', 'forward', 'reverse of reverse'])
  })

  it.each(some)('through %s: in matrices of derivatives, to the third order, compiled and in regions', (name) => {
    const guarded = guardedRows(...inner.sqrt, rowwise[name])
    hold(name, guarded, modes.slice(6))
    holdCompiled(name, guarded, 'reverse')
    holdCompiled(name, guardedRows(...inner['x log x'], rowwise[name]), 'forward of reverse')
  })

  it.each(Object.entries(wrapped))('of a root in %s', (name, f) => {
    for (const outer of some)
      hold(`${outer} of ${name}`, guardedRows(f, 0, rowwise[outer]), ['reverse', 'forward', 'forward of reverse'])
    holdCompiled(`softmax of ${name}`, guardedRows(f, 0, rowwise.softmax), 'reverse')
  })
})

describe('drawn functions with a guard', () => {
  it('have the derivatives of their double-where form, in every mode', { timeout: 180_000 }, () => {
    fc.assert(
      fc.property(guardedFunctions, fc.constantFrom(...firstAndSecond), (drawn, mode) => hold('drawn', drawn, [mode])),
      { numRuns: runs(25) },
    )
  })

  it('and give the same bits compiled', { timeout: 180_000 }, () => {
    fc.assert(
      fc.property(guardedFunctions, fc.constantFrom<Mode>('reverse', 'forward', 'reverse of reverse'), (drawn, mode) =>
        holdCompiled('drawn', drawn, mode),
      ),
      { numRuns: runs(6) },
    )
  })
})
