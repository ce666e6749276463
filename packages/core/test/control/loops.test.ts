import { checkpoint, grad, hvp, inlined, jvp, mul, stack, sum, type Tensor, treeLeaves, vmap } from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { type LoopProgram, programs } from './programs'

type F = LoopProgram['f']
type Transform = (f: F, args: readonly Tensor[]) => unknown

const all = (args: readonly Tensor[]) => args.map((_, i) => i) as unknown as [number, ...number[]]
const gradient = (f: F, args: readonly Tensor[]): Tensor[] =>
  grad(f, { argument: all(args), disconnected: 'zeros' } as never)(...(args as [Tensor])) as unknown as Tensor[]
const tangent = (f: F, args: readonly Tensor[]): Tensor => jvp(f, [...args], [...args])[1]
/** The derivative in reverse mode along the arguments themselves. */
const pulled: Transform = (f, args) =>
  gradient(f, args)
    .map((g, i) => sum(mul(g, args[i])))
    .reduce((a, b) => a.add(b))
const along =
  (transform: (f: F, args: readonly Tensor[]) => unknown): ((f: F) => F) =>
  (f) =>
  (...args) =>
    transform(f, args) as Tensor

const transforms: Record<string, Transform> = {
  value: (f, args) => f(...args),
  gradient,
  tangent,
  'reverse over reverse': (f, args) => gradient(along(pulled)(f), args),
  'forward over reverse': (f, args) => tangent(along(pulled)(f), args),
  'reverse over forward': (f, args) => gradient(along(tangent)(f), args),
  'forward over forward': (f, args) => tangent(along(tangent)(f), args),
  'reverse to the third order': (f, args) => gradient(along(pulled)(along(pulled)(f)), args),
  'reverse over forward over reverse': (f, args) => gradient(along(tangent)(along(pulled)(f)), args),
  'hessian-vector product': (f, args) => hvp(f, args[0], args[0], ...args.slice(1)),
}

/** The largest difference, relative to the largest expected entry. */
function distance(found: unknown, expected: unknown): number {
  const [a, b] = [found, expected].map((tree) => treeLeaves(tree).flatMap((leaf) => [...leaf.data]))
  expect(a.length).toBe(b.length)
  const scale = Math.max(1, ...b.map(Math.abs).filter(Number.isFinite))
  return Math.max(0, ...a.map((value, i) => (Object.is(value, b[i]) ? 0 : Math.abs(value - b[i])))) / scale
}

describe.each(Object.entries(programs))('%s', (_, { f, args }) => {
  it.each(Object.entries(transforms))('%s is that of the steps one by one', (_, transform) => {
    const expected = inlined(() => transform(f, args))()
    // Each of at most 20 steps adds rounding errors to sums of some terms.
    expect(distance(transform(f, args), expected)).toBeLessThan(1e-12)
  })

  it('is differentiated through a checkpoint', () => {
    const inside: F = (...own) => checkpoint(f)(...own)
    expect(distance(gradient(inside, args), gradient(f, args))).toBeLessThan(1e-13)
    expect(distance(tangent(inside, args), tangent(f, args))).toBeLessThan(1e-13)
  })

  it('gives the bits of single calls in a batch', () => {
    const examples = [0, 1, 2].map((at) => args.map((arg) => mul(arg, 1 + at / 4)))
    const batch = args.map((_, i) => stack(examples.map((own) => own[i])))
    const expected = stack(examples.map((own) => f(...own)))
    expect(distance(vmap(f)(...batch), expected)).toBe(0)
    const each = examples.map((own) => gradient(f, own))
    const gradients = vmap((...own: Tensor[]) => gradient(f, own))(...batch)
    gradients.forEach((found, i) => expect(distance(found, stack(each.map((own) => own[i])))).toBe(0))
  })

  it('has correct gradients, by differences', () => {
    const report = checkGradients(f, [...args], { seed: 1 })
    expect(report.ok, String(report)).toBe(true)
  })
})
