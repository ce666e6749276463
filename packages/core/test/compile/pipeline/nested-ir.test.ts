import { checkpoint, compile, sum, tensor, type Tensor, trace } from '@cotangent/core'
import { expect, it } from 'vitest'
import { inline } from '../../../src/compile/pipeline/inline'
import { printIr } from '../../../src/compile/pipeline/ir'
import { lower } from '../../../src/compile/pipeline/lower'

it('a region owns the computation inside it until it is inlined', () => {
  const inner = compile((x: Tensor, y: Tensor) => [x.mul(y), sum(x)])
  const f = (x: Tensor) => checkpoint((y: Tensor) => inner(y, y.exp())[0].add(1))(x)
  const nested = lower(trace(f, tensor([1, 2])))
  expect(`\n${printIr(nested)}`).toBe(`
{
  %0: float32[2] = input args[0]
  %1: float32[] = constant 1
  %2: float32[2] = region checkpoint(%0, %1) {
    %0: float32[2] = input args.checkpoint[0]
    %1: float32[] = input args.checkpoint[1]
    %2: float32[2] = map exp(%0)
    %3: float32[2] = region compiled(%0, %2) {
      %0: float32[2] = input args.compiled[0]
      %1: float32[2] = input args.compiled[1]
      %2: float32[2] = map mul(%0, %1)
      %3: float32[] = reduce sum(%0)
      return %2, %3
    }
    %4: float32[2] = result compiled(%3).0
    %5: float32[] = result compiled(%3).1
    %6: float32[2] = map add(%4, %1)
    return %6
  }
  %3: float32[2] = result checkpoint(%2).0
  return %3
}`)
  expect(`\n${printIr(inline(nested))}`).toBe(`
{
  %0: float32[2] = input args[0]
  %1: float32[] = constant 1
  %2: float32[2] = map exp(%0)
  %3: float32[2] = map mul(%0, %2)
  %4: float32[] = reduce sum(%0)
  %5: float32[2] = map add(%3, %1)
  return %5
}`)
})
