/** Adds colour to text, or leaves it as it is where colour is off. */
export type Brush = (text: string) => string;

/** The colours that renderers use. */
export interface Paint {
	readonly bold: Brush;
	readonly dim: Brush;
	readonly red: Brush;
	readonly green: Brush;
	readonly yellow: Brush;
	readonly cyan: Brush;
}
