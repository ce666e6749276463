import { full, type Tensor, trace, zeros } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const elementsOf = (tensor: Tensor) => (tensor as unknown as { elements: unknown }).elements

describe('a large tensor of one number', () => {
  it('is printed as if its elements were stored, and takes no memory by it', () => {
    const large = full([3000, 2], -1.5)
    expect(String(large)).toBe(
      'Tensor float32[3000, 2] [[-1.5, -1.5], [-1.5, -1.5], [-1.5, -1.5], ..., [-1.5, -1.5], [-1.5, -1.5], [-1.5, -1.5]]',
    )
    expect(elementsOf(large)).toBeNull()
    expect(large.data).toEqual(new Float32Array(6000).fill(-1.5))
    expect(String(large)).toContain('[[-1.5, -1.5], ')
  })

  it('takes no memory in a graph that is printed', () => {
    const large = zeros([5000])
    expect(String(trace((x: Tensor) => x.add(large), zeros([5000])))).toContain('[0, 0, 0, ..., 0, 0, 0]')
    expect(elementsOf(large)).toBeNull()
  })
})
