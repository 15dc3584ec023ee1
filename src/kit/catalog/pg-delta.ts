/** What we use of pg-delta, and nothing else: in the package it is part of this file, which loads eight times as fast as its hundred modules. */
export { buildFactBase, extract, plan } from '@supabase/pg-delta';
