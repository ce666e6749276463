import { compile, grad, tensor, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { drawnGraphs, fedBack, functionOf, lossOf, needOneMeaning, type Run, showing } from './drawn-graphs'
import { isFloat } from './graph-choices'
import { argumentsOf } from './graph-inputs'
import { interpreted } from '../backends/interpreted'
import { needSameBits } from '../backends/same-bits'
import { runs } from '../../../../test/effort'

// CT_EFFORT=<n> draws n times as many graphs; with FC_SEED they are others.

const drawnGraph = drawnGraphs(60)

const copied = (x: Tensor) => tensor(x.data.slice(), { shape: [...x.shape], dtype: x.dtype }) as Tensor

it('a graph gives the same bits when it is interpreted, run, traced and compiled', () => {
  fc.assert(
    fc.property(drawnGraph, (graph) => {
      const [f, args] = [functionOf(graph), argumentsOf(graph.drawn)]
      showing(f, args, () => needOneMeaning(f, args))
    }),
    { numRuns: runs(80) },
  )
}, 1e9)

it('so does a program that the interpreter runs', () => {
  fc.assert(
    fc.property(drawnGraph, (graph) => {
      const [f, args] = [functionOf(graph), argumentsOf(graph.drawn)]
      showing(f, args, () => interpreted(() => needOneMeaning(f, args)))
    }),
    { numRuns: runs(20) },
  )
}, 1e9)

it('so do its gradients', () => {
  let count = 0
  fc.assert(
    fc.property(drawnGraph, (graph) => {
      const args = argumentsOf(graph.drawn)
      const argument = args.flatMap((arg, i) => (isFloat(arg) ? [i] : []))
      if (argument.length === 0) return
      count++
      const gradient = grad(lossOf(functionOf(graph)), { argument, disconnected: 'zeros' }) as unknown as Run
      showing(gradient, args, () => needOneMeaning(gradient, args))
    }),
    { numRuns: runs(40) },
  )
  expect(count).toBeGreaterThan(runs(20))
}, 1e9)

it('a graph to which its arguments are donated gives the same bits', () => {
  fc.assert(
    fc.property(drawnGraph, (graph) => {
      const f = functionOf(graph)
      const args = argumentsOf(graph.drawn)
      const donating = compile(f, { donate: args.map((_, i) => i) })
      let [state, expected] = [args, interpreted(() => f(...args))]
      for (let call = 0; call < 3; call++) {
        const results = donating(...fedBack(args.map(copied), call === 0 ? [] : state.map(copied)))
        needSameBits(`call ${call}`, results, expected)
        state = results
        expected = interpreted(() => f(...fedBack(args, results)))
      }
    }),
    { numRuns: runs(40) },
  )
}, 1e9)
