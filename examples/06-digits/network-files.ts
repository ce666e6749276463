// Networks in files, in the format safetensors.

import { FileError, load, save } from '@cotangent/io'
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError, reason, RunError } from './errors'
import type { Network } from './network'

/** Reads a network of the sizes of `like`. @throws InputError if the file cannot be read, or holds another network. */
export async function loadNetwork(file: string, like: Network): Promise<Network> {
  try {
    return await load(file, like)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    if (error.code !== 'file-mismatch')
      throw new InputError(`cannot load a network: ${error.message.replace('[load] ', '')}`)
    const differences = error.message.match(/(?<=^ {2}).*$/gm)!
    throw new InputError(
      `${file}: not the network that the images, --model and --hidden ask for: ${differences.join('; ')}`,
    )
  }
}

/** Whether a file can be written, to know it before training. @throws InputError if it cannot. */
export function checkTarget(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw new InputError(`cannot write to the folder ${dirname(file)}: ${reason(error)}`)
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new InputError(`cannot write ${file}: it is a folder`)
}

/** Writes a network, whole or not at all. @throws RunError if the file cannot be written. */
export async function saveNetwork(network: Network, file: string): Promise<void> {
  try {
    await save(network, file, { format: 'safetensors' })
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw new RunError(error.message.replace('[save] ', ''))
  }
}
