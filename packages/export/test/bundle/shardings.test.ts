import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from '../../src/bundle/shardings'

/** The same by a regular expression. A dot is put behind each segment, so that `**` may stand for none. */
function byExpression(pattern: string, name: string): boolean {
  const parts = pattern
    .split('.')
    .map((part) => (part === '**' ? '(?:[^.]+\\.)*' : part === '*' ? '[^.]+\\.' : `${part}\\.`))
  const segments = name.split('.')
  return segments.some((_, i) => new RegExp(`^${parts.join('')}$`).test(`${segments.slice(i).join('.')}.`))
}

const segment = fc.constantFrom('a', 'b', '0')
const name = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'))
const pattern = fc
  .array(fc.oneof(segment, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.'))

describe('a pattern', () => {
  it.each([
    ['weight', 'layers.0.weight', true],
    ['layers.*.weight', '0.mean.layers.0.weight', true],
    ['layers.*.weight', 'layers.0.cell.weight', false],
    ['layers.**.weight', 'layers.0.cell.weight', true],
    ['layers.**.weight', 'layers.weight', true],
    ['**', 'anything.at.all', true],
    ['*', 'anything.at.all', true],
    ['ayers.*.weight', 'layers.0.weight', false],
    ['layers', 'layers.0.weight', false],
  ])('%s and the name %s: %s', (given, of, expected) => {
    expect(matches(given, of)).toBe(expected)
  })

  it('matches what a regular expression matches', () => {
    fc.assert(
      fc.property(pattern, name, (given, of) => {
        expect(matches(given, of)).toBe(byExpression(given, of))
      }),
      { seed: 11, numRuns: 2000 },
    )
  })
})
