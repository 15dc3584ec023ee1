import { expect, test } from 'vitest';
import { isSameDefinition } from '../../src/kit/catalog/compare-definitions.ts';

test.each([
	[
		' SELECT t.id,\n    t.a\n   FROM public.t\n  WHERE (t.id > 1);',
		' SELECT id,\n    a\n   FROM public.t\n  WHERE (id > 1);',
	],
	[' SELECT p.id FROM public.posts p ORDER BY p.id;', ' SELECT id FROM public.posts p ORDER BY id;'],
	[
		' SELECT t.id FROM public.t WHERE (EXISTS ( SELECT 1 FROM public.u WHERE (u.id = t.id)));',
		' SELECT id FROM public.t WHERE (EXISTS ( SELECT 1 FROM public.u WHERE (u.id = t.id)));',
	],
])('sees that servers before and after 16 print one view: %j', async (one, other) => {
	expect(await isSameDefinition(one, other)).toBe(true);
});

test.each([
	[' SELECT t.id FROM public.t;', ' SELECT a FROM public.t;'],
	[' SELECT t.id FROM public.t, public.u;', ' SELECT u.id FROM public.t, public.u;'],
	['not sql', 'not sql'],
])('keeps views apart that are not the same: %j', async (one, other) => {
	expect(await isSameDefinition(one, other)).toBe(false);
});
