import { grad, hvp, jvp, mul, sum, type Tensor, treeLeaves } from '@cotangent/core'
import { expect } from 'vitest'

/** A scalar function of tensors. */
export type F = (...args: any[]) => Tensor
export type Transform = (f: F, args: readonly Tensor[]) => unknown

const all = (args: readonly Tensor[]) => args.map((_, i) => i) as unknown as [number, ...number[]]
export const gradient = (f: F, args: readonly Tensor[]): Tensor[] =>
  grad(f, { argument: all(args), disconnected: 'zeros' } as never)(...(args as [Tensor])) as unknown as Tensor[]
export const tangent = (f: F, args: readonly Tensor[]): Tensor => jvp(f, [...args], [...args])[1]
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

/** A function, and its derivatives in every order of modes up to the third order. */
export const transforms: Record<string, Transform> = {
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
export function distance(found: unknown, expected: unknown): number {
  const [a, b] = [found, expected].map((tree) => treeLeaves(tree).flatMap((leaf) => [...leaf.data]))
  expect(a.length).toBe(b.length)
  const scale = Math.max(1, ...b.map(Math.abs).filter(Number.isFinite))
  return Math.max(0, ...a.map((value, i) => (Object.is(value, b[i]) ? 0 : Math.abs(value - b[i])))) / scale
}
