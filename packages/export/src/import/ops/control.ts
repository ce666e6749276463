import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { damaged } from '../../onnx/proto/wire'
import { type Body, operator, type Operators } from '../node'
import { fromStart } from '../values'
import { checkBody, conditionOf, known, runOf } from './bodies'
import { loop } from './loop'

/** Loops and branches. */
export const control: Operators = {
  If: operator(
    1,
    (node) => {
      const [then, otherwise] = [node.body('then_branch'), node.body('else_branch')]
      for (const body of [then, otherwise]) checkBody(node, body, 0, node.outputs.length)
      return (given) => {
        const condition = conditionOf(given.tensor(0))
        const value = known(condition)
        // Where a shape decides, the branches may have results of different ranks.
        if (value !== null) return (value === 0 ? otherwise : then).run(given.outside, [])
        const branch = (body: Body) => runOf(body, given, node.label)
        return ct.cond(condition, branch(then), branch(otherwise))
      }
    },
    { outputs: Infinity },
  ),
  Loop: operator(
    [2, Infinity],
    (node) => {
      const body = node.body('body')
      checkBody(node, body, node.inputs.length, node.outputs.length + 1)
      return (given) => loop(node, body, given)
    },
    { outputs: Infinity },
  ),
  Scan: operator(
    [1, Infinity],
    (node) => {
      const body = node.body('body')
      checkBody(node, body, node.inputs.length, node.outputs.length)
      const rows = node.int('num_scan_inputs')
      const carried = node.inputs.length - rows
      const stacked = node.outputs.length - carried
      if (rows < 1 || carried < 0 || stacked < 0) throw damaged(`carries and rows of ${node.label}`, `${rows} rows`)
      const along = (name: string, count: number) => node.ints(name) ?? Array.from({ length: count }, () => 0)
      const [inputAxes, inputTurns] = [along('scan_input_axes', rows), along('scan_input_directions', rows)]
      const [outputAxes, outputTurns] = [along('scan_output_axes', stacked), along('scan_output_directions', stacked)]
      const turned = (x: Tensor, turns: number) => (turns === 1 ? ct.flip(x, 0) : x)
      return (given) => {
        const run = runOf(body, given, node.label)
        const step = (carries: Tensor[], xs: Tensor[]) => {
          const results = run(...carries, ...xs)
          return [results.slice(0, carried), results.slice(carried)] as const
        }
        const xs = given.all.slice(carried).map((x, i) => {
          const axis = fromStart(inputAxes[i], x.rank, node.label)
          return turned(ct.moveAxis(x, axis, 0), inputTurns[i])
        })
        const [carries, stacks] = ct.scan(step, given.all.slice(0, carried), xs)
        const results = (stacks as Tensor[]).map((stack, i) => {
          const axis = fromStart(outputAxes[i], stack.rank, node.label)
          return ct.moveAxis(turned(stack, outputTurns[i]), 0, axis)
        })
        return [...carries, ...results]
      }
    },
    { outputs: Infinity },
  ),
}
