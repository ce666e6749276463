import * as core from '@cotangent/core'
import { checkOp } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { composites, fixedDTypes, untested } from './composites'
import { libraryOps } from '../../src/graph/library-ops'
import { allOps } from './discover'
import { cross, neighbours, norm, softsign } from './external-op'
import { runs } from '../../../../test/effort'

const cases = runs(2)

describe('every op of the library keeps every law', () => {
  it('finds them all, each with its own name, a law and a domain', () => {
    expect(allOps.length).toBeGreaterThan(80)
    expect(new Set(libraryOps())).toEqual(new Set(allOps))
    expect(new Set(allOps.map(({ name }) => name)).size).toBe(allOps.length)
    for (const { name, law, domain } of allOps)
      expect([typeof law.kind, typeof domain], name).toEqual(['string', 'function'])
  })

  it.each(allOps.map((op) => [op.name, op] as const))('%s', (name, op) => {
    checkOp(op, { runs: cases, fixedDType: fixedDTypes.has(name) }).throwIfFailed()
  })
})

describe('every function made of ops keeps every law', () => {
  it.each(composites.map((each) => [each.name, each] as const))('%s', (name, { call, domain }) => {
    checkOp(call, { name, domain, runs: cases, fixedDType: fixedDTypes.has(name) }).throwIfFailed()
  })
})

describe('ops made outside the library keep every law', () => {
  it.each([softsign, neighbours, norm, cross].map((op) => [op.op.name, op] as const))('%s', (_, op) => {
    checkOp(op, { runs: runs(25) }).throwIfFailed()
  })
})

it('no exported function is left out', () => {
  const tested = new Set([...composites.map(({ name }) => name), ...untested])
  const exported = Object.entries<unknown>(core).filter(([, value]) => typeof value === 'function')
  expect(
    exported.filter(([name, value]) => !('op' in (value as object)) && !tested.has(name)).map(([name]) => name),
  ).toEqual([])
})
