// node scripts/sizes.ts — what the client weighs in a page, beside the clients of the field. The same table stands in
// docs/client-sizes.md (`npm run docs`).

import { sizesTable } from './docs/sizes.ts'

console.log(sizesTable())
