import { checkGradients, explain, gradientCoverage } from '@cotangent/check'
import { CotangentError, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { brokenTrees } from '../../../test/broken-trees'

// Whatever function a tree is given to, its errors name that function.

const total: (...args: readonly unknown[]) => Tensor = () => tensor(1)
const x = tensor([1, 2])
const calls: [string, (tree: unknown) => unknown][] = [
  ['checkGradients', (tree) => checkGradients(total, [tree])],
  ['checkGradients', (tree) => checkGradients(total, [x, tree])],
  ['checkGradients', (tree) => checkGradients((_: Tensor) => tree, [x])],
  ['gradientCoverage', (tree) => gradientCoverage(total, [tree])],
  ['gradientCoverage', (tree) => gradientCoverage((_: Tensor) => tree, [x])],
  ['explain', (tree) => explain(tree, total)],
  ['explain', (tree) => explain(x, total, tree)],
  ['explain', (tree) => explain(x, () => tree)],
]

describe.each(Object.entries(brokenTrees))('an error about %s', (_, tree) => {
  it.each(calls.map(([name, call], i) => [name, i, call] as const))('names %s (%i)', (name, __, call) => {
    let thrown: unknown
    try {
      call(tree)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(CotangentError)
    const { code, message } = thrown as CotangentError
    expect(message.slice(0, message.indexOf(']') + 1)).toBe(`[${name}]`)
    expect(code).toMatch(/^(hidden-tensor|private-state|tree-cycle)$/)
  })
})
