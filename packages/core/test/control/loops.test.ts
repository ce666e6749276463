import { checkpoint, inlined, mul, stack, type Tensor, vmap } from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { distance, type F, gradient, tangent, transforms } from './orders'
import { programs } from './programs'

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
