import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseCompanyFile } from '../../core/access/company-file.ts';

test('the sample company is a valid company file', () => {
  expect(parseCompanyFile(readFileSync('prisma/sample/company.yaml', 'utf8')).groups).toHaveLength(8);
});
