import * as exported from '@cotangent/export'
import { info, model, node } from '../../packages/export/test/import/build'
import type { Call } from './calls'
import { options } from './odd'

const bytes = model({ input: [info('x', ['n'])], node: [node('Relu', ['x'], ['y'])] })

export const models: Record<string, Call> = {
  fromONNX: {
    call: exported.fromONNX as any,
    args: [bytes, { parameters: () => true }],
    optional: 1,
    passes: { '1': options, '1.parameters': ['undefined', 'function', 'nothing function', 'class'] },
  },
}
