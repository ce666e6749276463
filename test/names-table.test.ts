import { expect, it } from 'vitest'
import { filesPage } from '../scripts/names-table'

// If a row of pytorchLayers changed, `npm run docs:names` renews the table.
it('docs/files.md has the names of pytorchLayers', async () => {
  await expect(filesPage()).toMatchFileSnapshot('../docs/files.md')
})
