import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import type { Loss } from '../../src/kit/journal/migration.ts';
import {
	nameLostColumn,
	nameLostTable,
	nameLostValues,
	nameOtherLoss,
} from '../../src/kit/journal/name-loss.ts';
import { readDownFile } from '../../src/kit/journal/read-down-file.ts';
import { type DownFileContent, writeDownFile } from '../../src/kit/journal/write-down-file.ts';

const upChecksum = '3f2a91c4'.padEnd(64, '0');

const content: DownFileContent = {
	tag: '0003_add_invoices',
	statements: ['DROP TABLE "invoices";', 'ALTER TABLE "users" DROP COLUMN "nickname";'],
	reversibility: 'lossy',
	loses: [nameLostTable('public', 'invoices', false), nameLostColumn('public', 'users', 'age', true)],
	upChecksum,
	serverVersion: '18.4',
};

function read(text: string, checksum: string | undefined = upChecksum) {
	return readDownFile({ file: 'a.down.sql', text, upChecksum: checksum });
}

describe('writeDownFile', () => {
	test('puts a header that people can read above the statements', () => {
		expect(writeDownFile(content)).toBe(`-- down of 0003_add_invoices: lossy
-- loses: table invoices; column users.age (already lost by the up)
-- proof: up 3f2a91c4, down 9bfb15f0, PostgreSQL 18.4
DROP TABLE "invoices";
--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "nickname";
`);
	});

	test('writes an irreversible migration as its header alone', () => {
		const { serverVersion, ...unproven } = content;
		const text = writeDownFile({
			...unproven,
			reversibility: 'irreversible',
			reason: 'an extension\nis --> dropped',
			loses: [],
		});
		expect(serverVersion).toBe('18.4');
		expect(text).toBe('-- down of 0003_add_invoices: irreversible: an extension is -> dropped\n');
		expect(read(text)).toMatchObject({
			reversibility: 'irreversible',
			reason: 'an extension is -> dropped',
			sql: '',
		});
	});
});

describe('readDownFile', () => {
	test('reads back what was written, proven', () => {
		expect(read(writeDownFile(content))).toMatchObject({
			sql: 'DROP TABLE "invoices";\n--> statement-breakpoint\nALTER TABLE "users" DROP COLUMN "nickname";',
			reversibility: 'lossy',
			loses: content.loses,
			proof: 'proven',
		});
	});

	test('still trusts a file whose line ends were changed, and not one whose SQL was', () => {
		const text = writeDownFile(content);
		expect(read(text.replaceAll('\n', '\r\n')).proof).toBe('proven');
		expect(read(text.replace('nickname', 'nick_name')).proof).toBe('edited');
		expect(read(text, 'ff'.repeat(32)).proof).toBe('edited');
		expect(readDownFile({ file: 'a', text }).proof).toBe('edited');
	});

	test('takes a file without a header as lossy and unproven', () => {
		expect(read('-- by hand\nDROP TABLE a;')).toMatchObject({
			sql: '-- by hand\nDROP TABLE a;',
			reversibility: 'lossy',
			loses: [],
			proof: 'missing',
		});
	});

	test('keeps a directive that stands among the header lines', () => {
		const text = `-- companion: no-transaction\n${writeDownFile(content)}`;
		expect(read(text).sql).toMatch(/^-- companion: no-transaction\nDROP TABLE/);
	});

	test.each([
		'',
		'\n',
		'--',
		'-- down of',
		'-- down of x',
		'-- down of x: maybe',
		'-- proof:',
		'-- loses:',
		'-- loses: ;;"',
	])('does not fall over %j', (text) => expect(read(text).reversibility).toBe('lossy'));

	test('copes with every name', () => {
		const name = fc.oneof(
			fc.string({ minLength: 1, unit: 'binary' }),
			fc.constantFrom(
				'user',
				'a.b',
				'a;b',
				'a"b',
				'a\nb',
				'--> statement-breakpoint',
				'\\',
				' ',
				"it's",
				'é',
			),
		);
		const loss: fc.Arbitrary<Loss> = fc.oneof(
			fc.tuple(name, name, fc.boolean()).map((parts) => nameLostTable(...parts)),
			fc.tuple(name, name, name, fc.boolean()).map((parts) => nameLostColumn(...parts)),
			fc.tuple(name, name, name, fc.boolean()).map((parts) => nameLostValues(...parts)),
			fc
				.tuple(fc.constantFrom('position of sequence "a;b"'), fc.boolean())
				.map((parts) => nameOtherLoss(...parts)),
		);
		fc.assert(
			fc.property(fc.array(loss), (loses) => {
				const text = writeDownFile({ ...content, loses });
				expect(text.split('\n').length).toBe(loses.length === 0 ? 6 : 7);
				expect(text.split('--> statement-breakpoint').length).toBe(2);
				const expected = loses.map((item) =>
					item.kind === 'other' ? { ...item, subject: item.subject.replaceAll(';', ',') } : item,
				);
				expect(read(text)).toMatchObject({ loses: expected, proof: 'proven' });
			}),
		);
	});

	test('holds in a checkout with other line ends, of the up file and its own', () => {
		const up = 'CREATE TABLE "a" ();\n--> statement-breakpoint\nCREATE TABLE "b" ();\n';
		const text = writeDownFile({ ...content, upChecksum: computeChecksum(up) });
		const [upSql, crlf] = [up, text].map((each) => each.replaceAll('\n', '\r\n')) as [string, string];
		const down = { file: 'a.down.sql', text: crlf, upChecksum: computeChecksum(upSql), upSql };
		expect(readDownFile(down).proof).toBe('proven');
		const edited = `${upSql}SELECT 1;`;
		expect(readDownFile({ ...down, upChecksum: computeChecksum(edited), upSql: edited }).proof).toBe(
			'edited',
		);
	});
});
