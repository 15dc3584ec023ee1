export * from './comments.ts';
export * from './posts.ts';
export * from './users.ts';
