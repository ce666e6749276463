// Prints the list of files of a bundle, for a test that compares it with the one of another process.

import { exportTraining } from '@cotangent/export'
import { manifestOf, network } from './networks'

const { step, ...options } = network()
process.stdout.write(JSON.stringify(manifestOf(exportTraining(step, options)).files))
