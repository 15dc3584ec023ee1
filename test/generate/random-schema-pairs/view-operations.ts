import type { Random } from '../../reverse/random-schema/random.ts';
import { listViewColumns, type Model, type View } from './model.ts';
import {
	nameRelation,
	nextId,
	onOne,
	pickSchema,
	removeOne,
	renameOrMove,
	type WeightedOperations,
} from './operation.ts';

/** Views, materialized or not, of tables and of views. */
export const viewOperations: WeightedOperations = [
	[2, addView],
	[1, ({ views }, random) => removeOne(views, random)],
	[1, onOne(({ views }) => views, changeView)],
	[0.7, onOne(({ views }) => views, renameOrMove)],
];

function addView(model: Model, random: Random): void {
	const sources = random.chance(0.25) && model.views.length > 0 ? model.views : model.tables;
	const source = random.pick<{ readonly id: number }>(sources)?.id;
	if (source === undefined) return;
	const view: View = {
		id: nextId(model),
		name: nameRelation(model, random, '_view'),
		schema: pickSchema(model, random),
		isMaterialized: random.chance(0.3),
		source,
		columns: [],
		form: 'builder',
		where: undefined,
		options: '',
	};
	model.views.push(view);
	redefine(view, model, random);
}

function changeView(view: View, model: Model, random: Random): void {
	if (random.chance(0.2)) view.isMaterialized = !view.isMaterialized;
	else redefine(view, model, random);
}

function redefine(view: View, model: Model, random: Random): void {
	view.columns = [];
	view.form = random.oneOf('builder', 'builder', 'sql', 'count');
	const available = listViewColumns(model, view);
	const isWhole = view.form === 'builder' && random.chance(0.3);
	view.columns = isWhole || view.form === 'count' ? [] : [...random.some(available, 4)];
	view.where = random.chance(0.3) ? random.pick(available) : undefined;
	view.options = random.chance(0.25)
		? view.isMaterialized
			? random.oneOf('.withNoData()', '.with({ fillfactor: 80 })')
			: random.oneOf('.with({ securityInvoker: true })', '.with({ securityBarrier: true })')
		: '';
}
