import { type Factorization, type Graph, trace, zeros } from '@cotangent/core'
import { factorProgram } from '../factors/program'
import type { Type } from './target'

/** A factorization as a graph of other ops. */
export function factorGraph(factorization: Factorization, inputs: readonly Type[], output: Type): Graph {
  const program = factorProgram(factorization, inputs, output)
  return trace((...given) => program(given), ...inputs.map(({ shape, dtype }) => zeros([...shape], { dtype })))
}
